"""Robbins and Monro's decreasing rates, under which stochastic gradient descent converges in spite of the noise."""

from typing import Annotated, NamedTuple

import numpy as np

from ...base.fields import Field, Positive
from .shared import Array, Level, one

__all__ = ["RobbinsMonro"]


class RobbinsMonro(NamedTuple):
    """``start * (offset / (t + offset))^power``: ``start`` at t = 0; with power 1 half of it at t = offset.

    The values a_t meet both conditions of the paper: their sum is infinite (power <= 1), so that any minimum can be
    reached, and the sum of their squares is finite (power > 1/2), so that the noise averages out. Powers outside
    (0.5, 1] break one of the two and are refused. Small powers suffer less from a wrong ``start``.

    Source: H. Robbins, S. Monro, "A stochastic approximation method", 1951.
    """

    start: Level
    power: Annotated[float, Field(low=0.5, high=1, low_open=True)] = 0.6
    offset: Positive = 1.0
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        return self.start * np.power(self.offset / (np.asarray(t, dtype=float) + self.offset), self.power)

    def resolved(self, total: float) -> "RobbinsMonro":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)
