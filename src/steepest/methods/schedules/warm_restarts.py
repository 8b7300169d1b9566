"""Cosine annealing that starts anew again and again, each cycle longer than the last where it is told to grow."""

from typing import Annotated, NamedTuple

import numpy as np

from ...base.fields import Field, Positive
from .shared import Array, Level, between, half_cosine, one

__all__ = ["WarmRestarts"]


class WarmRestarts(NamedTuple):
    """Cycles of period, period * growth, period * growth^2, ... updates, each a half cosine from ``start`` towards
    ``end``; the first update of a cycle has ``start``.

    This is torch's CosineAnnealingWarmRestarts(T_0=period, T_mult=growth, eta_min=end), and optax's sgdr_schedule
    without warm-up.

    Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5.
    """

    start: Level
    period: Positive
    end: Level = 0.0
    growth: Annotated[float, Field(low=1)] = 1.0
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        t = np.asarray(t, dtype=float)
        cycle = np.floor(self._cycles(t))
        # The logarithm may round across a restart: the beginnings of the cycles decide.
        cycle -= t < self._begins(cycle)
        cycle += t >= self._begins(cycle + 1)
        fraction = (t - self._begins(cycle)) / (self.period * self.growth**cycle)
        return between(self.start, self.end, half_cosine(np.clip(fraction, 0, 1)))

    def _cycles(self, t: Array) -> Array:
        """How many cycles are over after ``t`` updates, with the fraction of the present one in some measure."""
        if self.growth == 1:
            return t / self.period
        cycles: Array = np.log1p(t / self.period * (self.growth - 1)) / np.log(self.growth)
        return cycles

    def _begins(self, cycle: Array) -> Array:
        """The update that cycle 0, 1, ... begins with: period * (1 + growth + ... + growth^(cycle - 1))."""
        if self.growth == 1:
            return self.period * cycle
        begins: Array = self.period * ((self.growth**cycle - 1) / (self.growth - 1))
        return begins

    def resolved(self, total: float) -> "WarmRestarts":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)
