"""Runs whose end is plain without their watch: where many end in a chunk, their ends are worked out as arrays, and the
session of each is made only when it is asked for."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...records.outcome import Outcome
from ..stopping import HUGE, WINDOW
from .resuming import caps
from .rows import Columns

if TYPE_CHECKING:
    from .ledger import Ledger, Standing

__all__ = ["MANY", "Settled", "settle"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
MANY = 16
"""Of so many runs that end in a chunk the sessions are made when they are asked for."""


class Settled(NamedTuple):
    """What the session of a run is made of whose end was plain: how all runs stood before the rows of its end, these
    rows of all runs that ended so, its place among them, and the first row that a watch would have to look at."""

    before: "Standing"
    columns: Columns
    seconds: Array
    at: int
    begun: int


def settle(ledger: "Ledger", columns: Columns, seconds: Array, loud: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ends those of the runs at these places whose end is plain without their watch: the gradient meets its
    tolerance, or f stops being finite before a watch would say anything else. Returns the others."""
    s, now = ledger.settings, ledger.now
    fresh = loud[~ledger.judged[ledger.active[loud]]]
    if s.patient or s.patience > 1 or s.gradient_noise or len(fresh) < MANY:
        return loud
    runs, f, w = ledger.active[fresh], columns.f[:, fresh], columns.w[:, fresh]
    finite, whole, met = np.abs(f) <= HUGE, np.isfinite(w).all(axis=2), np.zeros(f.shape, dtype=bool)
    if s.grad_tol is not None and columns.grad_norm is not None:
        met = columns.grad_norm[:, fresh] <= s.grad_tol
    rows, places = np.arange(len(f))[:, None], np.arange(len(fresh))
    early, floor = caps(f[0] if now.row == 0 else now.f0[runs])
    lowest = np.minimum.accumulate(np.concatenate([now.low[runs][None], f]))[:-1]
    odd = ~(finite & whole & (f >= floor) & (f - lowest <= early))
    end, begun = first_of(met | ~finite), first_of(odd)
    at = np.minimum(end, len(f) - 1)
    fails = ~finite[at, places] & (end - begun <= WINDOW)
    meets = met[at, places] & (begun > end) & (w[at, places] != ledger.tasks.starts[runs]).any(axis=1)
    plain = (end < len(f)) & (now.row + end > 0) & (fails | meets)
    if s.f_target is not None:
        plain &= ~((rows <= end) & (f <= s.sign * s.f_target)).any(axis=0)
    if s.tolerant:
        plain &= ~((rows < end) & ledger.near(columns, fresh)).any(axis=0)
    chosen = np.flatnonzero(plain)
    if not chosen.size:
        return loud
    last, which = int(end[chosen].max()) + 1, fresh[chosen]
    norms, running = (None if c is None else c[:last, which] for c in (columns.grad_norm, columns.running_f))
    own = Columns(columns.w[:last, which], columns.f[:last, which], norms, running)
    for k, run in enumerate(runs[chosen].tolist()):
        ledger.settled[run] = Settled(now, own, seconds, k, int(min(begun[chosen[k]], end[chosen[k]])))
    kept = np.asarray(finite & whole & ((rows < end) | ((rows == end) & meets)))
    tell(ledger, runs[chosen], own, kept[:last, chosen], end[chosen], np.where(meets, np.nan, early)[chosen])
    return loud[~np.isin(loud, which)]


def tell(
    ledger: "Ledger", runs: NDArray[np.int64], own: Columns, kept: Mask, end: NDArray[np.int64], early: Array
) -> None:
    """Notes what settled runs came to, in row ``end`` of ``own``; ``kept`` (rows, runs) are their sound rows. Those
    without an early cap have converged."""
    now, told, sign, places = ledger.now, ledger.told, ledger.settings.sign, np.arange(len(runs))
    some, last = np.asarray(kept.any(axis=0)), len(kept) - 1 - kept[::-1].argmax(axis=0)
    before = np.where(end > 0, own.f[np.maximum(end - 1, 0), places], now.last[runs])
    failed = np.where(before > early, Outcome.DIVERGED.value, Outcome.NOT_FINITE.value)
    told.outcome[runs] = np.where(np.isnan(early), Outcome.CONVERGED.value, failed)
    told.nit[runs] = now.row + end
    told.f[runs] = sign * np.where(some, own.f[last, places], now.last[runs])
    told.w[runs] = np.where(some[:, None], own.w[last, places], now.w[runs])
    if own.grad_norm is not None:
        told.grad_norm[runs] = np.where(some, own.grad_norm[last, places], now.norm[runs])
    told.best_f[runs] = sign * np.minimum(np.where(kept, own.f, np.inf).min(axis=0), now.best_f[runs])
    ledger.judged[runs] = ledger.over[runs] = True


def first_of(true: Mask) -> NDArray[np.int64]:
    """The first row of each column that is true; the number of rows where none is."""
    return np.where(true.any(axis=0), true.argmax(axis=0), len(true))
