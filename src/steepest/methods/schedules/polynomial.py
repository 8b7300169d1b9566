"""Polynomial decay: a straight line from the start to the end, or a power of it."""

from typing import NamedTuple

import numpy as np

from ...base.fields import Positive
from .shared import Array, Horizon, Level, between, filled, horizon, one

__all__ = ["Polynomial"]


class Polynomial(NamedTuple):
    """``end + (start - end) * (1 - t / steps)^power`` up to t = steps, then ``end``; power 1 is the straight line.

    This is optax's polynomial_schedule, and torch's PolynomialLR(total_iters=steps), whose end is 0.

    Source: L.-C. Chen, G. Papandreou, I. Kokkinos, K. Murphy, A. L. Yuille, "DeepLab", 2018 (the
    "poly" policy, with power 0.9).
    """

    start: Level
    end: Level = 0.0
    steps: Horizon = None
    power: Positive = 1.0
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        left = 1 - np.clip(np.asarray(t, dtype=float) / horizon(self), 0, 1)
        return between(self.start, self.end, np.power(left, self.power))

    def resolved(self, total: float) -> "Polynomial":
        return filled(self, total)

    def __call__(self, t: float) -> float:
        return one(self, t)
