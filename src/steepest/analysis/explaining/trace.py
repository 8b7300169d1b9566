"""What the record of a run shows by itself: how f moved, how the steps lay to each other, cycles, how long it took."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...records.record import Record
from .fitting import Decay, Drift, decay_of, drift_of

__all__ = ["Swing", "Trace"]

Array = NDArray[np.float64]
MOST_ROWS = 2000
"""Rows of a tail that are looked at in full."""
MOST_NUMBERS = 4_000_000
PERIODS = 32
"""The longest cycle that is looked for."""


@dataclass(frozen=True)
class Swing:
    """Steps of the last rows along the direction in which they are longest: the share of them that turn back, their
    sizes, and how the sizes of the last quarter compare with those of the first (1: undamped)."""

    turns: float
    size: float
    kept: float
    rows: int

    @property
    def period(self) -> float:
        """Iterations from one swing to the next to the same side."""
        return 2 / self.turns if self.turns > 0 else float("inf")


class Trace:
    """The rows of a record, f in the sense in which it is minimised."""

    def __init__(self, record: Record) -> None:
        history = record.history
        self.record = record
        self.nit = record.nit
        self.at = np.asarray(history.iteration, dtype=float)
        self.recorded = history.f is not None and history.f.size > 0
        sign = record.sign
        self.f: Array = sign * np.asarray(history.f if self.recorded else [], dtype=float)
        if not self.recorded:
            self.at = np.zeros(0)
        fine = np.isfinite(self.f)
        self.last = int(np.flatnonzero(fine)[-1]) if fine.any() else -1
        """The last row whose f is a number."""
        self.f_end = sign * record.f
        self.f_least = sign * record.best.f

    @property
    def f_start(self) -> float:
        return float(self.f[0]) if self.recorded else float("nan")

    @property
    def fallen(self) -> float:
        """How far f is below its start; NaN where that is not recorded."""
        return self.f_start - self.f_end

    @cached_property
    def tail(self) -> Array:
        """f over the second half of the rows, numbers only."""
        f = self.f[: self.last + 1]
        return f[f.size // 2 :]

    @cached_property
    def drift(self) -> Drift:
        return drift_of(self.tail)

    @cached_property
    def gradients(self) -> Array | None:
        """The gradient's norm at each row that has a number, or None."""
        norms = self.record.history.grad_norm
        return None if norms is None or not self.recorded else np.asarray(norms[: self.last + 1], dtype=float)

    @cached_property
    def decay(self) -> Decay | None:
        """Of the gradient's norm where it is recorded, else of the distance of w from its end, else of f from its
        lowest."""
        at = self.at[: self.last + 1]
        if self.gradients is not None:
            return decay_of(at, self.gradients)
        w = self.w
        if w is not None and len(w) == at.size:
            with np.errstate(all="ignore"):
                moved = np.linalg.norm(np.diff(w, axis=0), axis=1) / np.diff(at)
            return decay_of(at[1:], moved)
        found = decay_of(at, self.f[: self.last + 1] - self.f_least)
        return None if found is None else Decay(*(0.5 * rate for rate in found))  # f falls as the square

    @cached_property
    def w(self) -> Array | None:
        """Rows up to the last that has a number (rows, n), or None."""
        w = self.record.history.w
        return None if w is None or not self.recorded else np.asarray(w[: self.last + 1], dtype=float)

    @cached_property
    def recent(self) -> Array:
        """The rows of w of the second half that follow each other without a gap (rows, n), at most ``MOST_ROWS``;
        no row where w is not recorded."""
        w = self.w
        if w is None or len(w) < 3:
            return np.zeros((0, self.record.w0.size))
        gaps = np.diff(self.at[: len(w)])
        odd = np.flatnonzero(gaps != 1)
        first = max(len(w) // 2, int(odd[-1]) + 1 if odd.size else 0)
        most = max(8, min(MOST_ROWS, MOST_NUMBERS // w.shape[1]))
        return w[max(first, len(w) - most) :]

    @cached_property
    def swing(self) -> Swing | None:
        """None where rows are missing or do not move."""
        steps = np.diff(self.recent, axis=0)
        with np.errstate(all="ignore"):
            size = float(np.linalg.norm(steps))
        if len(steps) < 4 or not 0 < size < np.inf:
            return None
        # each step at length one: while steps shrink, the first of them would be all there is to see
        units = steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-300)
        direction = leading(units)
        along = steps @ direction
        keep = np.abs(along) > 1e-9 * np.abs(along).max()
        signs = np.sign(along[keep])
        if signs.size < 4:
            return None
        sizes = np.abs(along)
        quarter = max(1, len(sizes) // 4)
        first, last = float(sizes[:quarter].max()), float(sizes[-quarter:].max())
        turns = float((signs[1:] != signs[:-1]).mean())
        return Swing(turns, float(np.median(sizes)), last / first if first > 0 else 0.0, len(steps))

    @cached_property
    def straightness(self) -> float:
        """How far the second half leads as a part of how long it is: 1 for a straight line, NaN where w is missing."""
        w = self.w
        if w is None or len(w) < 3:
            return float("nan")
        w = w[len(w) // 2 :]
        with np.errstate(all="ignore"):
            length = float(np.linalg.norm(np.diff(w, axis=0), axis=1).sum())
            return float(np.linalg.norm(w[-1] - w[0])) / length if length > 0 else float("nan")

    @cached_property
    def pace(self) -> float:
        """The distance that w comes along in an iteration, over the last fifth of the rows; NaN where w is missing."""
        w = self.w
        if w is None or len(w) < 3:
            return float("nan")
        back = max(1, len(w) // 5)
        rows = float(self.at[len(w) - 1] - self.at[len(w) - 1 - back])
        return float(np.linalg.norm(w[-1] - w[-1 - back])) / rows

    @cached_property
    def extent(self) -> float:
        """The largest distance between two coordinates of the last rows."""
        rows = self.recent
        return float(np.ptp(rows, axis=0).max()) if len(rows) else float("nan")

    @cached_property
    def cycle(self) -> int:
        """The number of iterations after which w comes back, at most ``PERIODS``; 0 where it does not, or rests."""
        rows = self.recent[-(4 * PERIODS) :]
        if len(rows) < 8 or not self.extent > 1e-12 * max(1.0, float(np.abs(rows).max())):
            return 0
        extent = float(np.ptp(rows, axis=0).max())
        if extent < 0.2 * self.extent:  # it is still on its way to somewhere
            return 0
        for period in range(2, min(PERIODS, len(rows) // 3) + 1):
            if np.abs(rows[period:] - rows[:-period]).max() <= 1e-3 * extent:
                return period
        return 0

    def first_at(self, holds: NDArray[np.bool_]) -> int:
        """The iteration of the first row from which on ``holds`` (rows,) is true to the end; the last row's where it is
        not true there."""
        if not holds.size:
            return self.nit
        false = np.flatnonzero(~holds)
        k = int(false[-1]) + 1 if false.size else 0
        return int(self.at[min(k, holds.size - 1)])

    def below(self, level: float) -> int:
        """The iteration of the first row with f at most ``level``; the last one's where there is none."""
        found = np.flatnonzero(self.f <= level)
        return int(self.at[found[0]]) if found.size else self.nit


def leading(steps: Array) -> Array:
    """The unit vector (n,) along which the rows of ``steps`` are longest, by the smaller of the two Gram matrices."""
    rows, n = steps.shape
    if n <= rows:
        return np.asarray(np.linalg.eigh(steps.T @ steps)[1][:, -1])
    chosen = steps[-200:]
    _, vectors = np.linalg.eigh(chosen @ chosen.T)
    direction = chosen.T @ vectors[:, -1]
    return np.asarray(direction / max(float(np.linalg.norm(direction)), 1e-300))
