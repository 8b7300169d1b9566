"""AdaMax: Adam with a decaying maximum of the gradient's size in place of its root mean square."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["AdaMax"]


class AdaMax(NamedTuple):
    """``m <- beta1 m + (1 - beta1) g;  u <- max(beta2 u, |g| + epsilon)``
    ``w <- w - learning_rate * (m / (1 - beta1^t)) / u``.

    No coordinate ever moves by much more than learning_rate. u needs no correction for its start at zero. The paper has
    no epsilon; torch.optim.Adamax and optax.adamax both add it to |g|, so that a gradient of 0 divides by no 0.

    beta1 and beta2 are the paper's, epsilon is torch's and optax's.

    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        u = xp.maximum(self.beta2 * slots[1], xp.abs(g) + self.epsilon)
        return -self.learning_rate * (m / (1 - self.beta1**t)) / u, (m, u)  # type: ignore[operator]
