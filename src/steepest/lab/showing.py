"""``steepest.show``: a problem or a run of this Python in the lab, which is started when there is none."""

import threading
from typing import Any

from ..verbs.arguments import as_problem
from ..verbs.run import Run
from .held import Opening
from .serving import Lab, opened

__all__ = ["Shown", "show"]

_lock = threading.Lock()
_labs: list[Lab] = []
"""The lab that serves this process's objects: at most one."""


class Shown(str):
    """The address at which something is shown; it opens the page once. ``close()`` ends the lab behind it."""

    lab: Lab

    def close(self) -> None:
        """Ends the lab, and with it every page of it; a later ``show`` starts another."""
        self.lab.close()


def show(problem_or_run: Any, w0: Any = None, open_browser: bool = True) -> Shown:
    """Opens the lab on a problem or on a run, and returns its address.

    The lab runs in a thread of this process and is used again by later calls; it listens on this machine only and ends
    with the process, or with ``close()`` of what is returned. The address opens one page; call ``show`` again for
    another browser.

    ``problem_or_run`` is a Run, a formula, a problem of the gallery or of your own, or a callable; ``w0``, shape (n,),
    is where to start on a problem, and a callable needs it. ``open_browser=False`` only returns the address.

    Raises ArgumentError for what is none of these, and MissingExtraError where the extra ``lab`` is not installed.
    """
    if isinstance(problem_or_run, Run):
        opening = Opening(problem_or_run)
    else:
        opening = Opening(*as_problem(problem_or_run, w0, None, (), False, None, 0))
    with _lock:
        if not (_labs and _labs[0].serving):
            _labs[:] = [Lab()]
            _labs[0].start()
        lab = _labs[0]
    address = Shown(lab.address(show=lab.held.show(opening)))
    address.lab = lab
    if open_browser:
        opened(address)
    return address
