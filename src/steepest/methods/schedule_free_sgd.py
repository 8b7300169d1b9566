"""Schedule-free gradient descent: steps at a constant rate, their average reported, no schedule to choose."""

from typing import Any, NamedTuple

from ..base.fields import Fraction, Rate

__all__ = ["ScheduleFreeSGD"]


class ScheduleFreeSGD(NamedTuple):
    """``y = (1 - momentum) z + momentum x;  z <- z - learning_rate * g(y)``
    ``c = learning_rate^2 / (sum of all learning_rate^2 so far);  x <- (1 - c) x + c z``.

    What is reported (rows, f, the gradient test) is the average x; the gradient is taken at y. At a constant rate
    c = 1 / t. Momentum 0 is Polyak's averaging; the default 0.9 is the paper's.

    As the paper's reference code and optax.contrib.schedule_free with optax.sgd, warm-up left to the schedule of
    learning_rate. These weigh with the highest rate so far: another c only where a schedule falls. optax works x out
    of y and z, which costs digits at a small momentum; here x is kept. torch does not have this rule.

    Source: A. Defazio et al., "The road less scheduled", 2024, equations 2 to 4 and 23.
    """

    learning_rate: Rate = None
    momentum: Fraction = 0.9

    averages_free_points = True  # type: ignore[misc]

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return w + 0.0, xp.zeros_like(w)

    def look(self, w: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> Any:
        return (1 - self.momentum) * w + self.momentum * slots[0]

    def read(self, w: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> Any:
        return slots[0]

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        step = -self.learning_rate * g  # type: ignore[operator]
        weights = slots[1] + self.learning_rate**2  # type: ignore[operator]
        c = self.learning_rate**2 / xp.where(weights > 0, weights, 1.0)  # type: ignore[operator]
        return step, ((1 - c) * slots[0] + c * (w + step), weights)
