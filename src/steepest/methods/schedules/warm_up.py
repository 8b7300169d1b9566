"""Warm-up: a straight line up to another schedule, which then begins."""

from typing import Any, NamedTuple

import numpy as np

from ...base.fields import Positive
from .constant import Constant
from .schedule import Schedule, as_schedule
from .shared import Array, Level, between, one

__all__ = ["WarmUp"]


class WarmUp(NamedTuple):
    """``start + (target - start) * t / steps`` for t < steps, where the target is the first value of ``then``; from
    t = steps on ``then``, a schedule (or a callable, or a number), counted from its own 0.

    ``per_epoch`` of the warm-up says what both count; a schedule that counts epochs needs a warm-up that does.
    This is optax's join of a linear_schedule and another schedule, as in warmup_cosine_decay_schedule.

    Source: P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, section 2.2.
    """

    then: Any
    steps: Positive
    start: Level = 0.0
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        t, then = np.asarray(t, dtype=float), scheduled(self.then)
        late = t >= self.steps
        found = between(then(0.0), self.start, t / self.steps)
        found[late] = then.values(t[late] - self.steps)
        return found

    def resolved(self, total: float) -> "WarmUp":
        """What is left of the run after the warm-up is the horizon of ``then``."""
        return self._replace(then=scheduled(self.then).resolved(total - self.steps))

    def __call__(self, t: float) -> float:
        return one(self, t)


def scheduled(then: Any) -> Schedule:
    schedule = as_schedule(then)
    return Constant(then) if schedule is None else schedule
