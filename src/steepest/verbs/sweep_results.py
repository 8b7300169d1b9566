"""What the runs of a sweep came to, as arrays; the Run of each is made when it is asked for."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import RunError
from ..engines.choose import ENGINES
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
        self.engine: NDArray[np.int8] = np.zeros(count, dtype=np.int8)
        """The place in ENGINES of the one that made each run; 0 where there is none."""
        self.chaotic: NDArray[np.bool_] | None = None
        """Runs in lanes of JAX of which rounding decides where they end; None where no run went so."""
        self.errors: dict[int, str] = {}
        self._made: dict[int, Run] = {}
        self._records: dict[int, Record] = {}
        self._problem: Any = None
        self.broken = False
        """Ctrl-C came while the last runs went side by side."""
        self._passes: list[tuple[Callable[..., Run], Any]] = []
        self._pass, self._place = np.full(count, NOT_RUN), np.zeros(count, dtype=np.int64)
        """Which of the passes a run went with, and its place there."""

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

    def put_together(self, cells: Any, endings: Any, finish: Callable[..., Run], seconds: float, engine: str) -> None:
        """The endings of runs that went side by side in an engine; ``finish(i, ending)`` makes a Run."""
        told = endings.summary()
        for name in ("f", "best_f", "grad_norm", "nit"):
            getattr(self, name)[cells] = getattr(told, name)
        self.code[cells], self.engine[cells] = told.outcome, ENGINES.index(engine)
        if endings.in_lanes:
            self.chaotic = np.zeros(len(self), dtype=bool) if self.chaotic is None else self.chaotic
            self.chaotic[cells] = told.chaotic
        self.seconds[cells] = seconds / len(cells)
        self.broken = bool(endings.interrupted)
        if self._made or self._records or self.errors:
            for i in cells.tolist():
                self.forget(i)
        self._pass[cells] = np.where(told.outcome == NOT_RUN, NOT_RUN, len(self._passes))
        self._place[cells] = np.arange(len(cells))
        self._passes.append((finish, endings))

    def take_back(self, cells: Any) -> None:
        """These are to be run again, as if they had not been."""
        self.code[cells], self.nit[cells], self.engine[cells] = NOT_RUN, 0, 0
        for name in NUMBERS:
            getattr(self, name)[cells] = np.nan
        for i in cells.tolist():
            self.forget(i)

    def engines(self) -> dict[str, int]:
        """How many runs each engine made, most first; of those of old files nothing is known."""
        made = {name: int((self.engine == k).sum()) for k, name in enumerate(ENGINES) if k}
        return {name: made[name] for name in sorted(made, key=lambda name: -made[name]) if made[name]}

    def forget(self, i: int) -> None:
        self._pass[i] = NOT_RUN
        for kept in (self._made, self._records, self.errors):
            kept.pop(i, None)

    def put_records(self, records: dict[int, Record], problem: Any) -> None:
        """Runs out of a file; the arrays are set beside."""
        self._records, self._problem = dict(records), problem

    def has_run(self, i: int) -> bool:
        """Whether there is a Run to be had."""
        return i in self._made or self._pass[i] != NOT_RUN or i in self._records

    def put_run(self, i: int, run: Any) -> None:
        """A run that is done, or the sentence of what it raised."""
        self.forget(i)
        if isinstance(run, str):
            self.code[i], self.errors[i] = ERROR, run
            return
        record = run.record
        self.code[i], self.nit[i] = record.outcome.value, record.nit
        self.engine[i] = ENGINES.index(record.engine)
        self.f[i], self.best_f[i], self.grad_norm[i] = record.f, record.best.f, record.grad_norm
        self.seconds[i] = record.seconds
        self._made[i] = run

    def run(self, i: int) -> Run:
        if i not in self._made and i in self._records:
            self._made[i] = Run(self._records[i], self._problem)
        if i not in self._made:
            if self._pass[i] == NOT_RUN:
                why = f"raised {self.errors[i]}" if i in self.errors else "was not run; sweep.resume() goes on"
                raise RunError(f"run {i} {why}")
            finish, endings = self._passes[self._pass[i]]
            self._made[i] = finish(i, endings[int(self._place[i])])
        return self._made[i]

    def history(self, i: int) -> Any:
        """The history of a run, without making the Run; None where there is none."""
        if i in self._made:
            return self._made[i].history
        if i in self._records:
            return self._records[i].history
        if self._pass[i] == NOT_RUN:
            return None
        return self._passes[self._pass[i]][1][int(self._place[i])].session.history()
