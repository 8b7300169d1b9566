"""Schedule-free Adam: averaging takes the place of Adam's momentum, and of a schedule."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["ScheduleFreeAdam"]


class ScheduleFreeAdam(NamedTuple):
    """``y = (1 - beta1) z + beta1 x;  v <- beta2 v + (1 - beta2) g(y)^2``
    ``z <- z - learning_rate * g(y) / (sqrt(v / (1 - beta2^t)) + epsilon)``
    ``c = learning_rate^2 / (sum of all learning_rate^2 so far);  x <- (1 - c) x + c z``.

    What is reported (rows, f, the gradient test) is the average x; the gradient is taken at y. The defaults are the
    paper's. As its reference code and optax.contrib.schedule_free_adamw, warm-up left to the schedule of learning_rate;
    they weigh with the highest rate so far: another c only where a schedule falls. torch does not have this rule.

    ``as_published=True`` has the rate learning_rate sqrt(1 - beta2^t), in c too, in place of dividing v: the paper's
    experiments, of which the authors' code says that it can be unstable.

    Source: A. Defazio et al., "The road less scheduled", 2024, algorithm 1.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8
    as_published: bool = False

    averages_free_points = True  # type: ignore[misc]

    def init(self, w: Any, xp: Any) -> tuple[Any, Any, Any]:
        return w + 0.0, xp.zeros_like(w), xp.zeros_like(w)

    def look(self, w: Any, slots: tuple[Any, Any, Any], t: Any, xp: Any) -> Any:
        return (1 - self.beta1) * w + self.beta1 * slots[0]

    def read(self, w: Any, slots: tuple[Any, Any, Any], t: Any, xp: Any) -> Any:
        return slots[0]

    def update(self, w: Any, g: Any, slots: tuple[Any, Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any, Any]]:
        correction = 1 - self.beta2**t
        v = self.beta2 * slots[1] + (1 - self.beta2) * g * g
        rate, size = self.learning_rate, v / correction
        if self.as_published:
            rate, size = rate * correction**0.5, v
        step = -rate * g / (xp.sqrt(size) + self.epsilon)  # type: ignore[operator]
        weights = slots[2] + rate**2  # type: ignore[operator]
        c = rate**2 / xp.where(weights > 0, weights, 1.0)  # type: ignore[operator]
        return step, ((1 - c) * slots[0] + c * (w + step), v, weights)
