"""The one-cycle policy: up to a high rate, then down to almost nothing, both along half a cosine."""

from typing import Annotated, NamedTuple

import numpy as np

from ...base.fields import Field
from .shared import Array, Horizon, Level, between, filled, half_cosine, horizon, one

__all__ = ["OneCycle"]


class OneCycle(NamedTuple):
    """From ``peak * start_factor`` to ``peak`` in the first ``warm`` share of the steps, then down to
    ``peak * start_factor * end_factor``, reached at t = steps and kept. The end is relative to the start, not to the
    peak, as in torch and optax.

    This is torch's OneCycleLR without its third phase (its default; div_factor = 1 / start_factor, final_div_factor =
    1 / end_factor), but for one update: torch is at the peak at t = warm * steps - 1 and at the end at t = steps - 1.
    optax's cosine_onecycle_schedule is this one where warm * steps is whole, which it rounds down otherwise.

    Source: L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning
    rates", 2018; the cosine is fastai's and torch's, the paper's lines are straight.
    """

    peak: Level
    steps: Horizon = None
    warm: Annotated[float, Field(low=0, high=1, low_open=True, high_open=True)] = 0.3
    start_factor: Level = 1 / 25
    end_factor: Level = 1e-4
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        t, steps = np.asarray(t, dtype=float), horizon(self)
        top = self.warm * steps
        start = self.peak * self.start_factor
        rising = between(start, self.peak, half_cosine(np.clip(t / top, 0, 1)))
        falling = between(self.peak, start * self.end_factor, half_cosine(np.clip((t - top) / (steps - top), 0, 1)))
        return np.where(t < top, rising, falling)

    def resolved(self, total: float) -> "OneCycle":
        return filled(self, total)

    def __call__(self, t: float) -> float:
        return one(self, t)
