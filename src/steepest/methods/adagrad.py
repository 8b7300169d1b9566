"""AdaGrad: each coordinate's rate falls with the root of all its squared gradients so far."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Rate

__all__ = ["AdaGrad"]


class AdaGrad(NamedTuple):
    """``s <- s + g^2;  w <- w - learning_rate / (1 + (t - 1) rate_decay) * g / (sqrt(s) + epsilon)``.

    The first step is learning_rate in every coordinate, and the steps shrink like 1 / sqrt(t): large rates are safe.
    This is torch.optim.Adagrad, whose lr_decay is rate_decay. optax.adagrad has epsilon inside the root,
    ``sqrt(s + epsilon)``, and s starting at 0.1: ``epsilon_inside=True, initial_accumulator=0.1, epsilon=1e-7``.

    The defaults are torch's: no start and an epsilon of 1e-10 that only keeps 0 / 0 away, which is the paper's rule.

    Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", 2011, figure 1 (diagonal).
    """

    learning_rate: Rate = None
    rate_decay: Annotated[float, Field(low=0, log=True)] = 0.0
    initial_accumulator: Annotated[float, Field(low=0, log=True)] = 0.0
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-10
    epsilon_inside: bool = False

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.full_like(w, self.initial_accumulator),)

    def update(self, w: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        s = slots[0] + g * g
        rate = self.learning_rate / (1 + (t - 1) * self.rate_decay)
        root = xp.sqrt(s + self.epsilon) if self.epsilon_inside else xp.sqrt(s) + self.epsilon
        return -rate * g / root, (s,)
