"""Sessions that begin in the middle: of a run that was judged in company so far, as if its Session had seen every row.

This is the only file that reaches into Session, Watch and Recorder from outside.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...records.record import Best
from ..session import Session

__all__ = ["Kept", "Seen", "caps", "put_rows", "put_watch", "stored_columns"]

Array = NDArray[np.float64]
FACTOR = 1e6
"""The caps of stopping.Watch: this often the start, above the lowest value so far."""


class Seen(NamedTuple):
    """What a watch remembers of ``rows`` rows without suspicion; f as it is minimised."""

    rows: int
    f0: float
    low: float
    high_first: float
    low_first: float
    """The largest and the lowest value of the first stopping.BLOCK rows."""
    last: float
    w: Array
    """Of the last row."""


class Kept(NamedTuple):
    """What a session has kept of ``rows`` rows: those that its stride leaves, and the last and the best one; f as it is
    minimised."""

    rows: int
    iteration: NDArray[np.int64]
    columns: Mapping[str, Array]
    stride: int
    last: Mapping[str, Any]
    """w, f, grad_norm ... of the last row."""
    best: Best


def caps(f0: Any) -> tuple[Any, Any]:
    """``(early cap, floor)`` of runs that start at f0: what is higher above the lowest value so far, or lower, is
    suspicious."""
    early = FACTOR * np.maximum(np.abs(f0), 1.0)
    return early, f0 - early


def stored_columns(session: Session) -> tuple[str, ...]:
    """The columns that are stored row by row."""
    return session._stored


def put_watch(session: Session, seen: Seen) -> None:
    """Makes the session's watch one that has seen these rows."""
    if not seen.rows:
        return
    watch = session.watch
    early, floor = caps(seen.f0)
    watch._f0, watch._low, watch._high, watch._last = seen.f0, seen.low, seen.high_first, seen.last
    watch._early_cap, watch._floor = float(early), float(floor)
    watch._cap = FACTOR * max(abs(seen.f0), seen.high_first - seen.low_first, 1.0)
    if session.task.settings.tolerant:
        watch._w = seen.w.copy()


def put_rows(session: Session, kept: Kept) -> None:
    """Makes the session one that has stored these rows."""
    recorder, sign = session._recorder, session.sign
    if not kept.rows:  # the room that it has reserved is let go: there may be thousands of them
        recorder._columns = {name: column[:0].copy() for name, column in recorder._columns.items()}
        recorder._iteration, recorder._capacity = recorder._iteration[:0].copy(), 0
        return
    signed = {"f": sign, "running_f": sign}
    recorder._iteration = kept.iteration
    recorder._columns = {
        name: np.ascontiguousarray(signed[name] * kept.columns[name] if name in signed else kept.columns[name])
        for name in session._stored
    }
    recorder._rows = recorder._capacity = len(kept.iteration)
    recorder._stride = kept.stride
    recorder._last = {name: np.array(signed.get(name, 1.0) * kept.last[name]) for name in session._stored}
    recorder._last_iteration = kept.rows - 1
    session.best = Best(kept.best.w.copy(), sign * kept.best.f, kept.best.iteration)
    session.w, session.f = np.array(kept.last["w"]), sign * float(kept.last["f"])
    norm = kept.last.get("grad_norm")
    session.grad_norm = float("nan") if norm is None else float(norm)
    session._finite_row = kept.rows - 1
