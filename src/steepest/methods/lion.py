"""Lion: a step of the sign of a momentum, the same size in every coordinate."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["Lion"]


class Lion(NamedTuple):
    """``w <- w - learning_rate * (sign(beta1 m + (1 - beta1) g) + weight_decay w);  m <- beta2 m + (1 - beta2) g``.

    Found by a search over programs. Every coordinate moves by learning_rate at every step, so that a run closes in on a
    minimum only as far as the rate falls; the paper takes rates 3 to 10 times smaller than for AdamW. The decay is
    multiplied by the learning rate. torch does not have this rule; optax.lion is the same.

    beta1 and beta2 are the paper's. weight_decay is 0 as in the authors' code (optax: 1e-3), so that the minimum sought
    is the problem's own.

    Source: X. Chen and others, "Symbolic discovery of optimization algorithms", 2023, algorithm 2.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.99
    weight_decay: Annotated[float, Field(low=0, log=True)] = 0.0

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.zeros_like(w),)

    def update(self, w: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        direction = xp.sign(self.beta1 * slots[0] + (1 - self.beta1) * g)
        m = self.beta2 * slots[0] + (1 - self.beta2) * g
        return -self.learning_rate * (direction + self.weight_decay * w), (m,)  # type: ignore[operator]
