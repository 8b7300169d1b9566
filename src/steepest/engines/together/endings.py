"""The endings of many runs, settled one by one when they are asked for; what is known of all without settling any."""

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ..task import Ending
from .ledger import Ledger
from .summary import Summary

__all__ = ["Endings"]

NOBODY = -1


class Endings(Sequence[Ending]):
    """The Ending of each task, in their order. ``interrupted`` is True after Ctrl-C; some may not have been run then
    (``has_run(k)``)."""

    def __init__(self, count: int) -> None:
        self._alone: dict[int, Ending] = {}
        self._ledgers: list[Ledger] = []
        self._keeper, self._place = np.full(count, NOBODY), np.zeros(count, dtype=np.int64)
        """The number of the ledger that keeps each run, and the run's place there."""
        self.interrupted = False
        self.in_lanes = False
        """Runs went in lanes of JAX, and ``chaotic`` says something of them."""

    def adopt(self, which: NDArray[np.intp], ledger: Ledger) -> None:
        """These runs are kept by a ledger."""
        self._keeper[which], self._place[which] = len(self._ledgers), np.arange(len(which))
        self._ledgers.append(ledger)

    def put(self, k: int, ending: Ending) -> None:
        """A run that was made alone."""
        self._alone[k] = ending

    def __len__(self) -> int:
        return len(self._keeper)

    @overload
    def __getitem__(self, k: int) -> Ending: ...
    @overload
    def __getitem__(self, k: slice) -> list[Ending]: ...
    def __getitem__(self, k: int | slice) -> Ending | list[Ending]:
        if isinstance(k, slice):
            return [self[at] for at in range(*k.indices(len(self)))]
        k = range(len(self))[k]
        if not self.has_run(k):
            raise ArgumentError(f"run {k} has not begun: the runs were interrupted before; run it again")
        return self._alone[k] if k in self._alone else self._ledgers[self._keeper[k]].ending(int(self._place[k]))

    def has_run(self, k: int) -> bool:
        """Whether the run has a row at least."""
        if k in self._alone:
            return True
        return bool(self._keeper[k] != NOBODY) and self._ledgers[self._keeper[k]].has_run(int(self._place[k]))

    @property
    def ended(self) -> int:
        """How many runs are over by now."""
        return len(self._alone) + sum(int(ledger.over.sum()) for ledger in self._ledgers)

    @property
    def best_f(self) -> float:
        """The best f of all runs so far, in the user's sign; NaN where there is none yet."""
        alone = self._alone.values()
        signs = [ending.session.sign for ending in alone] + [ledger.settings.sign for ledger in self._ledgers]
        values = [ending.session.best.f for ending in alone] + [ledger.best_f for ledger in self._ledgers]
        known = [(sign * f, f) for sign, f in zip(signs, values, strict=True) if np.isfinite(f)]
        return min(known)[1] if known else float("nan")

    def summary(self) -> Summary:
        """Arrays over all runs."""
        sizes = [ending.session.w.size for ending in self._alone.values()]
        sizes += [ledger.tasks.first.w0.size for ledger in self._ledgers]
        found = Summary.nothing(len(self), sizes[0] if sizes else 0)
        for number, ledger in enumerate(self._ledgers):
            which = np.flatnonzero(self._keeper == number)
            found.place(which, ledger.summary(), self._place[which])
        for k, ending in self._alone.items():
            found.put(k, ending)
        return found
