"""The rows of a loop that is not ours: kept within the budget of a history, judged by the tests of our own runs."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...engines.stopping import HUGE, Settings, Verdict, Watch
from ...records.history import BUDGET, History, Recorder
from ...records.outcome import Outcome
from ...records.record import Best

__all__ = ["FEWEST", "Row", "Rows", "fits"]

Array = NDArray[np.float64]
FEWEST = 8
"""A path is kept where at least so many rows of it fit the budget."""
COLUMNS = ("f", "grad_norm", "learning_rate", "seconds")
EMPTY: Array = np.empty(0)
NAN = float("nan")


def fits(n: int) -> bool:
    """Whether the path of ``n`` variables is kept, not only its norms."""
    return 8 * n * FEWEST <= BUDGET


class Row(NamedTuple):
    """``w`` (n,) after ``iteration`` updates, None where it is not kept; f, the infinity norm of the gradient there and
    the rate that made the row, None where unknown. ``sizes`` stand for w in the tests of how runs end where w is None:
    its norms by part."""

    iteration: int
    w: Array | None
    f: float | None = None
    grad_norm: float | None = None
    learning_rate: float | None = None
    sizes: Array = EMPTY


@dataclass
class Rows:
    """Rows as they come in, of iterations that rise; the first is row 0 unless the start was not seen."""

    sign: float = 1.0
    unit: str = "iteration"

    def __post_init__(self) -> None:
        self.count, self.last = 0, -1
        self.w0 = self.w = EMPTY
        self.f = self.grad_norm = NAN
        self.best = Best(EMPTY, NAN, 0)
        self.verdict: Verdict | None = None
        """How the run would end if it ended now, where its numbers have failed."""
        self._recorder: Recorder | None = None
        self._watch = Watch(Settings(1, sign=self.sign), self.unit, lambda: None)
        self._given: set[str] = set()
        self._keeps_w = False

    def add(self, row: Row, seconds: float) -> None:
        """Keeps a row; one that is not after the last is passed over."""
        if row.iteration <= self.last:
            return
        f = NAN if row.f is None else row.f
        if self._recorder is None:
            self._keeps_w = row.w is not None
            self.w0 = self.w = EMPTY if row.w is None else row.w
            self.best = Best(self.w0, f, row.iteration)
            names = ("w", *COLUMNS, "at") if self._keeps_w else (*COLUMNS, "at")
            self._recorder = Recorder(self.w0.size, names, 1, BUDGET, 2)
        self._judge(row)
        values = {"f": row.f, "grad_norm": row.grad_norm, "learning_rate": row.learning_rate, "seconds": seconds}
        self._given |= {name for name, value in values.items() if value is not None}
        columns: dict[str, Any] = {"at": np.array([float(row.iteration)]), "w": None if row.w is None else row.w[None]}
        columns |= {name: np.array([NAN if value is None else value]) for name, value in values.items()}
        self._recorder.extend(self.count, 1, columns)
        self.count, self.last = self.count + 1, row.iteration

    def _judge(self, row: Row) -> None:
        sizes = row.sizes if row.w is None else row.w
        whole = bool(np.isfinite(sizes).all())
        found = None
        if row.f is not None:
            with np.errstate(all="ignore"):
                found = self._watch.row(row.iteration if self.count else 0, self.sign * row.f, sizes)
        if found is None and not whole:
            found = Verdict(Outcome.NOT_FINITE, f"w is not finite at {self.unit} {row.iteration:,}", row.iteration)
        if found is None or self.verdict is None:  # of rows that failed one after the other, the first
            self.verdict = found
        if not whole or (row.f is not None and not abs(row.f) <= HUGE):
            return
        if row.w is not None:
            self.w = row.w
        self.grad_norm = NAN if row.grad_norm is None else row.grad_norm
        if row.f is not None:
            self.f = row.f
            if not self.sign * self.best.f <= self.sign * row.f:
                self.best = Best(self.w, row.f, row.iteration)

    def history(self, counted: bool) -> History:
        """The columns that were ever given; ``counted``: an update takes one gradient (one pass)."""
        if self._recorder is None:
            return History(np.empty(0, dtype=np.int64))
        columns = self._recorder.finish()
        columns.pop("iteration")
        iteration = columns.pop("at").astype(np.int64)
        kept = {name: column for name, column in columns.items() if name == "w" or name in self._given}
        return History(iteration=iteration, n_grad=iteration.copy() if counted else None, **kept)
