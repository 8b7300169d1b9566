"""Progress on standard error, for runs over a second, in terminals and notebooks."""

import sys
from collections.abc import Callable
from typing import Any

from ..base.errors import ArgumentTypeError
from ..base.text import number
from ..engines.task import announce

__all__ = ["Bar", "bar", "in_notebook"]

WIDTH = 10
"""Characters of the bar."""


class Bar:
    """Called with (row, rows at most, f); shows itself on the first call."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self._progress: Any = None
        self._task: Any = None

    def __call__(self, row: int, most: int, f: float) -> None:
        if self._progress is None:
            from rich.console import Console
            from rich.progress import Progress, TextColumn, TimeRemainingColumn

            columns = (  # rich's own bar is not ASCII
                TextColumn("{task.description}"), TextColumn("{task.fields[bar]}", markup=False),
                TextColumn("{task.percentage:>3.0f}%"),
            )  # fmt: skip
            console = Console(stderr=True)
            watched = console.is_terminal or console.is_jupyter  # anywhere else, such as a log, the last state stays
            self._progress = Progress(*columns, TimeRemainingColumn(), console=console, transient=watched)
            self._task = self._progress.add_task("", total=most, bar="")
            self._progress.start()
        text = f"{self.unit} {row:,} of {most:,}, f {number(f)}"
        done = WIDTH * row // max(most, 1)
        drawn = f"[{'#' * done}{'.' * (WIDTH - done)}]"
        self._progress.update(self._task, completed=row, description=text, bar=drawn)

    def note(self, text: str) -> None:
        """A line of its own, for what is slow before the run begins."""
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class Teller:
    """A callable of the caller's, in a bar's place."""

    def __init__(self, tell: Callable[[int, int, float], None]) -> None:
        self._tell, self._around = tell, announce.get()

    def __call__(self, row: int, most: int, f: float) -> None:
        self._tell(row, most, f)

    def note(self, text: str) -> None:
        """For whoever is told around the run: the callable asked for rows."""
        if self._around is not None:
            self._around(text)

    def close(self) -> None:
        """Nothing is open."""


def bar(progress: Any, unit: str) -> Bar | Teller | None:
    """A bar where ``progress`` asks for one: True, or 'auto' in a terminal or a notebook; a callable in its place."""
    if callable(progress):
        return Teller(progress)
    if progress not in (True, False, "auto"):
        raise ArgumentTypeError(f"progress must be True, False, 'auto' or a callable; got {progress!r}")
    if progress == "auto":
        progress = sys.stderr is not None and (sys.stderr.isatty() or in_notebook())
    return Bar(unit) if progress else None


def in_notebook() -> bool:
    """Whether this Python is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None
