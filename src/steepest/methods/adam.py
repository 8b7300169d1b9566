"""Adam: momentum over a running root-mean-square of the gradient, both corrected for their start at zero."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["Adam"]


class Adam(NamedTuple):
    """``m <- beta1 m + (1 - beta1) g;  s <- beta2 s + (1 - beta2) g^2``
    ``w <- w - learning_rate * (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)``.

    The first step is learning_rate in every coordinate, whatever the gradient's size. Epsilon stands outside the root,
    as in the paper and in torch.optim.Adam; epsilon_root is added inside it, after the correction (optax's eps_root).
    The defaults of beta1, beta2 and epsilon are the paper's.

    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8
    epsilon_root: Annotated[float, Field(low=0, log=True)] = 0.0

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        s = self.beta2 * slots[1] + (1 - self.beta2) * g * g
        root = xp.sqrt(s / (1 - self.beta2**t) + self.epsilon_root) + self.epsilon
        return -self.learning_rate * (m / (1 - self.beta1**t)) / root, (m, s)  # type: ignore[operator]
