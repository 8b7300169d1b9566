"""Nadam: Adam with Nesterov's look-ahead, the momentum warming up."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["Nadam"]


class Nadam(NamedTuple):
    """``mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2);  p_t = mu_1 mu_2 ... mu_t``
    ``m <- beta1 m + (1 - beta1) g;  s <- beta2 s + (1 - beta2) g^2``
    ``ahead = mu_(t+1) m / (1 - p_(t+1)) + (1 - mu_t) g / (1 - p_t)``
    ``w <- w - learning_rate * ahead / (sqrt(s / (1 - beta2^t)) + epsilon)``.

    This is torch.optim.NAdam. optax.nadam has no warming up, mu = beta1 from the start: a momentum_decay of 1e6 gives
    its steps. epsilon_root is optax's eps_root, inside the root.

    momentum_decay 0.004 is the paper's and torch's: mu rises from beta1 / 2 to beta1, half of the way by step 4,245.
    The other defaults are Adam's, as in torch.

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016, algorithm 2 and its schedule for mu.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8
    momentum_decay: Annotated[float, Field(low=0, log=True)] = 4e-3
    epsilon_root: Annotated[float, Field(low=0, log=True)] = 0.0

    def init(self, w: Any, xp: Any) -> tuple[Any, Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w), xp.full_like(w, 1.0)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any, Any]]:
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        after = self.beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * self.momentum_decay))
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        s = self.beta2 * slots[1] + (1 - self.beta2) * g * g
        product = mu * slots[2]
        ahead = after * m / (1 - after * product) + (1 - mu) * g / (1 - product)
        root = xp.sqrt(s / (1 - self.beta2**t) + self.epsilon_root) + self.epsilon
        return -self.learning_rate * ahead / root, (m, s, product)  # type: ignore[operator]
