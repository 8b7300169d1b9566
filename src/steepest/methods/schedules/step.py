"""Step decay: the value is multiplied by a factor at regular intervals."""

from typing import NamedTuple

import numpy as np

from ...base.fields import Positive
from .shared import Array, Level, one

__all__ = ["Step"]


class Step(NamedTuple):
    """``start * factor^floor(t / every)``: a tenth after each ``every`` updates, by default.

    This is torch's StepLR(step_size=every, gamma=factor), and optax's exponential_decay with staircase=True.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016, section 3.4, where
    the rate is divided by 10 whenever the error stops falling; the fixed intervals are common practice.
    """

    start: Level
    every: Positive
    factor: Level = 0.1
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        return self.start * np.power(self.factor, np.floor(np.asarray(t, dtype=float) / self.every))

    def resolved(self, total: float) -> "Step":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)
