"""``steepest.show``: a problem or a run of this Python in the lab: in the browser, or in the notebook's cell."""

import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..base.errors import ArgumentError, MissingExtraError
from ..verbs.arguments import as_problem
from ..verbs.progress import in_notebook
from ..verbs.run import Run
from .held import Opening
from .serving import Lab, opened

if TYPE_CHECKING:
    from .widget import LabWidget

__all__ = ["Shown", "show"]

PLACES = ("auto", "browser", "notebook")

_lock = threading.Lock()
_labs: list[Lab] = []
"""The lab that serves this process's objects: at most one."""


class Shown(str):
    """The address at which something is shown; it opens the page once. ``close()`` ends the lab behind it."""

    lab: Lab

    def close(self) -> None:
        """Ends the lab, and with it every page of it; a later ``show`` starts another."""
        self.lab.close()


def show(problem_or_run: Any, w0: Any = None, open_browser: bool = True, where: str = "auto") -> "Shown | LabWidget":
    """Opens the lab on a problem or on a run: in a notebook as a widget, elsewhere in the browser.

    The widget is the value that is returned; the cell that ends with it shows it. Its Python is the notebook's own
    kernel: nothing listens, so that it works wherever the notebook does. ``widget.height = 900`` makes it higher,
    ``widget.close()`` ends it. It needs the extra ``notebook``.

    In the browser the lab runs in a thread of this process and is used again by later calls; it listens on this machine
    only and ends with the process, or with ``close()`` of the address that is returned. The address opens one page;
    call ``show`` again for another browser. It needs the extra ``lab``.

    ``problem_or_run`` is a Run, a formula, a problem of the gallery or of your own, or a callable; ``w0``, shape (n,),
    is where to start on a problem, and a callable needs it. ``where`` is "notebook", "browser", or "auto" for whichever
    this Python runs in. ``open_browser=False`` only returns the address.

    Raises ArgumentError for what is none of these, and MissingExtraError where the extra is not installed.
    """
    if where not in PLACES:
        raise ArgumentError(f"where must be one of {', '.join(map(repr, PLACES))}; got {where!r}")
    if isinstance(problem_or_run, Run):
        opening = Opening(problem_or_run)
    else:
        opening = Opening(*as_problem(problem_or_run, w0, None, (), False, None, 0))
    if where == "notebook" or (where == "auto" and open_browser and in_notebook()):
        if find_spec("anywidget") is not None:
            from .widget import LabWidget

            return LabWidget(opening)
        sentence = 'the lab in a notebook\'s cell needs anywidget: pip install "steepest[notebook]"'
        if where == "notebook":
            raise MissingExtraError(sentence)
        print(f"opened in the browser; {sentence}")
    return in_browser(opening, open_browser)


def in_browser(opening: Opening, open_browser: bool) -> Shown:
    """The address of the lab that this process serves."""
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
