"""Cosine annealing: half a cosine wave from the start to the end."""

from typing import NamedTuple

import numpy as np

from .shared import Array, Horizon, Level, between, filled, half_cosine, horizon, one

__all__ = ["Cosine"]


class Cosine(NamedTuple):
    """``end + (start - end) * (1 + cos(pi * t / steps)) / 2`` up to t = steps, then ``end``.

    Over a run of ``steps`` updates the last one, t = steps - 1, is made with a value just above ``end``: no update is
    wasted on a rate of 0. optax's cosine_decay_schedule has the same values, with alpha = end / start. torch's
    CosineAnnealingLR(T_max=steps, eta_min=end) agrees up to t = steps, after which it rises again.

    Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5.
    """

    start: Level
    end: Level = 0.0
    steps: Horizon = None
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        fraction = np.clip(np.asarray(t, dtype=float) / horizon(self), 0, 1)
        return between(self.start, self.end, half_cosine(fraction))

    def resolved(self, total: float) -> "Cosine":
        return filled(self, total)

    def __call__(self, t: float) -> float:
        return one(self, t)
