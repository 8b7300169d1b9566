"""What the runs of a sweep came to, as arrays; the Run of each is made when it is asked for."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import RunError
from ..records.outcome import Outcome
from ..records.record import Record
from .run import Run

__all__ = ["ERROR", "NOT_RUN", "Results"]

NOT_RUN, ERROR = -1, -2
"""Codes beside those of ``Outcome``: the sweep was interrupted before the run; the run raised."""
NAMES = {NOT_RUN: "NOT_RUN", ERROR: "ERROR", **{outcome.value: outcome.name for outcome in Outcome}}
STOPPED_SHORT = (NOT_RUN, Outcome.INTERRUPTED.value)
NUMBERS = ("f", "best_f", "grad_norm", "seconds")


class Results:
    """``code`` (runs,) says how each ended; ``f best_f grad_norm seconds`` (runs,) are NaN and ``nit`` 0 where there is
    nothing. ``errors`` holds what was raised, by run."""

    def __init__(self, count: int) -> None:
        self.code: NDArray[np.int64] = np.full(count, NOT_RUN)
        self.f, self.best_f, self.grad_norm, self.seconds = (np.full(count, np.nan) for _ in NUMBERS)
        self.nit: NDArray[np.int64] = np.zeros(count, dtype=np.int64)
        self.errors: dict[int, str] = {}
        self._made: dict[int, Run] = {}
        self._records: dict[int, Record] = {}
        self._problem: Any = None
        self.broken = False
        """Ctrl-C came while the last runs went side by side."""
        self._makers: dict[int, tuple[Callable[..., Run], Sequence[Any], int]] = {}

    def __len__(self) -> int:
        return len(self.code)

    def finished(self, cells: Any) -> NDArray[np.bool_]:
        """Which of the runs need not be done again."""
        return ~np.isin(self.code[cells], STOPPED_SHORT)

    @property
    def done(self) -> int:
        return int(self.finished(slice(None)).sum())

    @property
    def interrupted(self) -> bool:
        return self.broken or bool((self.code == Outcome.INTERRUPTED.value).any())

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Runs whose numbers went wrong, that raised, or that were not run."""
        return (self.code < 0) | np.isin(self.code, [outcome.value for outcome in Outcome if outcome.failed])

    def names(self) -> NDArray[Any]:
        return np.array([NAMES[code] for code in self.code.tolist()], dtype=object)

    def put_together(self, cells: Any, endings: Any, finish: Callable[..., Run], seconds: float) -> None:
        """The endings of runs that went side by side; ``finish(i, ending)`` makes a Run."""
        told = summary_of(endings)
        for name in ("f", "best_f", "grad_norm", "nit"):
            if name in told:
                getattr(self, name)[cells] = told[name]
        self.code[cells] = told["outcome"]
        self.seconds[cells] = seconds / len(cells)
        self.broken = bool(getattr(endings, "interrupted", False))
        for k, i in enumerate(np.asarray(cells).tolist()):
            self.forget(i)
            if told["outcome"][k] != NOT_RUN:
                self._makers[i] = finish, endings, k

    def forget(self, i: int) -> None:
        for kept in (self._made, self._makers, self._records, self.errors):
            kept.pop(i, None)

    def put_records(self, records: dict[int, Record], problem: Any) -> None:
        """Runs out of a file; the arrays are set beside."""
        self._records, self._problem = dict(records), problem

    def has_run(self, i: int) -> bool:
        """Whether there is a Run to be had."""
        return i in self._made or i in self._makers or i in self._records

    def put_run(self, i: int, run: Any) -> None:
        """A run that is done, or the sentence of what it raised."""
        self.forget(i)
        if isinstance(run, str):
            self.code[i], self.errors[i] = ERROR, run
            return
        record = run.record
        self.code[i], self.nit[i] = record.outcome.value, record.nit
        self.f[i], self.best_f[i], self.grad_norm[i] = record.f, record.best.f, record.grad_norm
        self.seconds[i] = record.seconds
        self._made[i] = run

    def run(self, i: int) -> Run:
        if i not in self._made and i in self._records:
            self._made[i] = Run(self._records[i], self._problem)
        if i not in self._made:
            if i not in self._makers:
                why = f"raised {self.errors[i]}" if i in self.errors else "was not run; sweep.resume() goes on"
                raise RunError(f"run {i} {why}")
            finish, endings, k = self._makers[i]
            self._made[i] = finish(i, endings[k])
        return self._made[i]

    def history(self, i: int) -> Any:
        """The history of a run, without making the Run; None where there is none."""
        if i in self._made:
            return self._made[i].history
        if i in self._records:
            return self._records[i].history
        if i not in self._makers:
            return None
        _, endings, k = self._makers[i]
        return endings[k].session.history()


def summary_of(endings: Any) -> dict[str, Any]:
    """Arrays of outcome (codes), f, best_f, nit and grad_norm of many endings."""
    if hasattr(endings, "summary"):
        return dict(vars(endings.summary()))
    return {
        "outcome": np.array([ending.outcome.value for ending in endings]),
        "f": np.array([ending.session.f for ending in endings]),
        "best_f": np.array([ending.session.best.f for ending in endings]),
        "grad_norm": np.array([ending.session.grad_norm for ending in endings]),
        "nit": np.array([ending.nit for ending in endings]),
    }
