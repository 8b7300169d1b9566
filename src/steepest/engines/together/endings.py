"""The endings of many runs, settled one by one when they are asked for; what is known of all without settling any."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ..task import Ending
from .ledger import Ledger

__all__ = ["NOT_RUN", "Endings", "Summary"]

Array = NDArray[np.float64]
NOT_RUN = -1


@dataclass(frozen=True, eq=False)
class Summary:
    """Of each run: ``outcome`` (runs,) the value of its Outcome, or NOT_RUN; f, best_f and grad_norm (runs,), in the
    user's sign, NaN where unknown; nit (runs,); w (runs, n)."""

    outcome: NDArray[np.int64]
    f: Array
    best_f: Array
    grad_norm: Array
    nit: NDArray[np.int64]
    w: Array


class Endings(Sequence[Ending]):
    """The Ending of each task, in their order. ``interrupted`` is True after Ctrl-C; some may not have been run then
    (``has_run(k)``)."""

    def __init__(self, count: int) -> None:
        self._alone: list[Ending | None] = [None] * count
        self._kept: list[tuple[Ledger, int] | None] = [None] * count
        self._ledgers: list[Ledger] = []
        self.interrupted = False

    def adopt(self, which: Sequence[int], ledger: Ledger) -> None:
        """These runs are kept by a ledger."""
        self._ledgers.append(ledger)
        for place, k in enumerate(which):
            self._kept[k] = ledger, place

    def put(self, k: int, ending: Ending) -> None:
        """A run that was made alone."""
        self._alone[k] = ending

    def __len__(self) -> int:
        return len(self._alone)

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
        alone, kept = self._alone[k], self._kept[k]
        if alone is not None:
            return alone
        assert kept is not None
        return kept[0].ending(kept[1])

    def has_run(self, k: int) -> bool:
        """Whether the run has a row at least."""
        kept = self._kept[k]
        return self._alone[k] is not None or (kept is not None and kept[0].has_run(kept[1]))

    @property
    def ended(self) -> int:
        """How many runs are over by now."""
        alone = sum(ending is not None for ending in self._alone)
        return alone + sum(int(ledger.over.sum()) for ledger in self._ledgers)

    @property
    def best_f(self) -> float:
        """The best f of all runs so far, in the user's sign; NaN where there is none yet."""
        alone = [ending for ending in self._alone if ending is not None]
        signs = [ending.session.sign for ending in alone] + [ledger.settings.sign for ledger in self._ledgers]
        values = [ending.session.best.f for ending in alone] + [ledger.best_f for ledger in self._ledgers]
        known = [(sign * f, f) for sign, f in zip(signs, values, strict=True) if np.isfinite(f)]
        return min(known)[1] if known else float("nan")

    def summary(self) -> Summary:
        """Arrays over all runs."""
        rows: list[dict[str, Any] | None] = []
        for k, (alone, kept) in enumerate(zip(self._alone, self._kept, strict=True)):
            if not self.has_run(k):
                rows.append(None)
            elif alone is not None:
                rows.append(of_ending(alone))
            else:
                assert kept is not None
                ledger, place = kept
                settled = ledger.endings.get(place)
                rows.append(ledger.standing_of(place) if settled is None else of_ending(settled))
        n = next((row["w"].size for row in rows if row is not None), 0)
        nothing = {
            "outcome": NOT_RUN, "f": np.nan, "best_f": np.nan, "grad_norm": np.nan, "nit": 0, "w": np.full(n, np.nan),
        }  # fmt: skip
        whole = [nothing if row is None else row for row in rows]
        columns = {name: np.array([row[name] for row in whole]) for name in nothing}
        return Summary(**columns)


def of_ending(ending: Ending) -> dict[str, Any]:
    session = ending.session
    return {
        "outcome": ending.outcome.value, "f": session.f, "best_f": session.best.f, "grad_norm": session.grad_norm,
        "nit": ending.nit, "w": session.w,
    }  # fmt: skip
