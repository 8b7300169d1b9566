"""Many full-batch runs on one least-squares problem: the data are read, and the curvature factorised, once for all."""

import copy
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import CompileError
from ..chunks import looks_ahead
from ..numba.threads import threads
from ..quadratic.engine import FIRST_PRODUCTS, Confirmed, Loop
from ..quadratic.model import Quadratic
from ..session import Session
from .alike import Alike
from .driving import Part, drive
from .ledger import Ledger
from .rows import Columns

__all__ = ["run_least_squares"]

CELLS, CHUNK_BYTES = 32, 2**23
"""Runs that are computed side by side, enough for judging them together, and bytes of their rows at a time: larger
chunks were a tenth slower, since their memory is new each time."""


def run_least_squares(tasks: Alike, adopt: Callable[[NDArray[np.intp], Ledger], None], report: Any = None) -> None:
    """Runs them all, which start at the same point: that is where the minimum is sought from. ``adopt(which, ledger)``
    is told who keeps them before they begin."""
    first = tasks.first
    limit = first.settings.time_limit
    deadline = np.inf if limit is None else (first.began or time.perf_counter()) + limit
    with np.errstate(all="ignore"):
        model = Quadratic(first.problem, first.w0, deadline)
    if not model.usable:
        raise CompileError("the quadratic engine needs the squares of the data, which overflow; scale the columns of X")
    passes = 2 if looks_ahead(first.rule) else 1
    rows = max(1, FIRST_PRODUCTS // (passes * first.w0.size * model.shape[0]))
    for start in range(0, len(tasks), CELLS):
        portion = np.arange(start, min(start + CELLS, len(tasks)))
        count = min(threads(), len(portion))  # type: ignore[no-untyped-call]
        parts = []
        for k in range(count):
            which = portion[k::count]
            cells = Cells(tasks.part(which), model)
            ledger = Ledger(cells.tasks, True, passes, cells.session, spent_on_data)
            adopt(which, ledger)
            parts.append(Part(ledger, cells))
        rows = drive(parts, rows, report=report, most_bytes=CHUNK_BYTES)


def spent_on_data(session: Session) -> None:
    """The passes over the data that a run alone would have made."""
    assert isinstance(session, Confirmed)
    session.nfev = session.njev = session.model.passes


class Cells:
    """Some runs, each with the loop that it would have alone."""

    def __init__(self, tasks: Alike, model: Quadratic) -> None:
        self.tasks, self.model = tasks, model
        self.loops = [Loop(task, model) for task in tasks]
        self.going = list(self.loops)

    def compute(self, first: int, rows: int) -> Columns:
        n = self.tasks.first.w0.size
        w = np.empty((len(self.going), rows, n))
        f, g = np.empty((len(self.going), rows)), np.empty((len(self.going), rows))
        for k, loop in enumerate(self.going):
            w[k], f[k], g[k], _ = loop.chunk(first, rows)
        return Columns(w.transpose(1, 0, 2), f.T, g.T)

    def begin(self, first: int, rows: int) -> None:
        """The kernels work when they are called."""

    def keep(self, going: NDArray[np.bool_]) -> None:
        self.going = [loop for loop, goes in zip(self.going, going, strict=True) if goes]

    def session(self, k: int) -> Session:
        """The session of run k, with the loop as it stands; what it corrects is its own."""
        own = copy.copy(self.model)
        session, loop = Confirmed(self.loops[k].task, own), self.loops[k]
        loop.model, session.loop = own, loop
        return session
