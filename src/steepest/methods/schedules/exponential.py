"""Exponential decay: each update's value is a fixed multiple of the last one's."""

from typing import NamedTuple

import numpy as np

from ...base.fields import Positive
from .shared import Array, Level, one

__all__ = ["Exponential"]


class Exponential(NamedTuple):
    """``start * factor^t``. A factor above 1 grows: the ramp of a learning-rate range test.

    This is torch's ExponentialLR(gamma=factor), and optax's exponential_decay with decay_rate =
    factor^transition_steps. With a factor below 1 the values sum to start / (1 - factor): a run of bounded gradients
    can only go so far. Growing values end in inf.

    Source of the range test: L. N. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3.
    """

    start: Positive
    factor: Level
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        with np.errstate(over="ignore"):
            found: Array = self.start * np.power(self.factor, np.asarray(t, dtype=float))
        return found

    def resolved(self, total: float) -> "Exponential":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)
