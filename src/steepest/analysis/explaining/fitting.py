"""Fits to the tail of a run: at what rate a positive series decays, and whether values still move on the whole."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decay", "Drift", "decay_of", "drift_of"]

Array = NDArray[np.float64]
LEAST_ROWS = 6
FLOOR = 1e-14
"""Values that are smaller than the largest by this factor are rounding."""


class Decay(NamedTuple):
    """``rate`` is -log r of a value that falls like r^t, by iteration; ``steady`` says whether both halves of the tail
    agree on it within a third."""

    rate: float
    early: float
    late: float

    @property
    def steady(self) -> bool:
        return abs(self.early - self.late) <= max(abs(self.early), abs(self.late)) / 3


class Drift(NamedTuple):
    """Of the rows of a tail: the mean of the first half less that of the second, the standard deviation about the
    line through them, and the share of steps that go down."""

    fall: float
    spread: float
    down: float
    rows: int

    @property
    def error(self) -> float:
        """The standard error of ``fall`` for rows that are independent."""
        return float(2 * self.spread / max(self.rows, 1) ** 0.5)


def decay_of(at: Array, values: Array, part: float = 0.5) -> Decay | None:
    """The geometric decay of ``values`` (rows,) over the last ``part`` of the iterations ``at`` (rows,).

    What is fitted is the largest value from each row on, so that values that swing through zero count by their swings;
    the last twentieth, where that has too few rows to see, is left out. None where there is too little to fit.
    """
    fine = np.isfinite(values) & (values > 0)
    at, values = at[fine], values[fine]
    if values.size < LEAST_ROWS:
        return None
    above = values > FLOOR * values.max()
    envelope = np.maximum.accumulate(values[::-1])[::-1]
    first, last = at[0] + (1 - part) * (at[-1] - at[0]), at[-1] - 0.05 * (at[-1] - at[0])
    chosen = above & (at >= first) & (at <= last)
    if int(chosen.sum()) < LEAST_ROWS:
        chosen = above & (at >= first)
    if int(chosen.sum()) < LEAST_ROWS // 2:
        return None
    x, y = at[chosen], np.log(envelope[chosen])
    half = x.size // 2
    return Decay(-slope(x, y), -slope(x[: half + 1], y[: half + 1]), -slope(x[half:], y[half:]))


def slope(x: Array, y: Array) -> float:
    """Of the least-squares line; 0 for a single point."""
    x = x - x.mean()
    square = float(x @ x)
    return float(x @ y) / square if square > 0 else 0.0


def drift_of(values: Array) -> Drift:
    """How the rows of a tail move on the whole, and about it."""
    values = values[np.isfinite(values)]
    if values.size < 2:
        return Drift(0.0, 0.0, 0.0, int(values.size))
    x = np.arange(values.size, dtype=float)
    line = values.mean() + slope(x, values) * (x - x.mean())
    half = values.size // 2
    fall = float(values[:half].mean() - values[-half:].mean())
    return Drift(fall, float((values - line).std()), float((np.diff(values) < 0).mean()), int(values.size))
