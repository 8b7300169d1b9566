"""The schedule that does not change: what a plain number is."""

from typing import NamedTuple

import numpy as np

from .shared import Array, Level, one

__all__ = ["Constant"]


class Constant(NamedTuple):
    """``value`` at every t."""

    value: Level
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        return np.full(np.shape(t), self.value, dtype=float)

    def resolved(self, total: float) -> "Constant":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)
