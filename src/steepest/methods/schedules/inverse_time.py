"""Inverse-time decay: the classical 1/t rate of stochastic gradient descent."""

from typing import NamedTuple

import numpy as np

from .shared import Array, Level, one

__all__ = ["InverseTime"]


class InverseTime(NamedTuple):
    """``start / (1 + decay * t)``. On a strongly convex problem decay = start * (the smallest curvature) is the usual
    choice. It is RobbinsMonro with power 1 and offset 1 / decay: the sum of the values is infinite, that of their
    squares finite.

    Source: L. Bottou, "Stochastic gradient descent tricks", 2012.
    """

    start: Level
    decay: Level
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        return self.start / (1 + self.decay * np.asarray(t, dtype=float))

    def resolved(self, total: float) -> "InverseTime":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)
