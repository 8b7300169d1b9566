"""AdamW: Adam with weight decay beside its step, so that the decay is not divided by the gradient's size."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["AdamW"]


class AdamW(NamedTuple):
    """``m <- beta1 m + (1 - beta1) g;  s <- beta2 s + (1 - beta2) g^2``
    ``w <- w - learning_rate * (weight_decay w + (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon))``.

    The decay is multiplied by the learning rate, as in torch.optim.AdamW and in optax.adamw; in the paper it is
    multiplied by the schedule only. It settles near the minimum of f where weight_decay w balances the scaled gradient.

    weight_decay is 0.01 as in torch (optax: 1e-4). epsilon_root is optax's eps_root, inside the root. The other
    defaults are Adam's.

    Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8
    weight_decay: Annotated[float, Field(low=0, log=True)] = 0.01
    epsilon_root: Annotated[float, Field(low=0, log=True)] = 0.0

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        s = self.beta2 * slots[1] + (1 - self.beta2) * g * g
        root = xp.sqrt(s / (1 - self.beta2**t) + self.epsilon_root) + self.epsilon
        scaled = m / (1 - self.beta1**t) / root
        return -self.learning_rate * (self.weight_decay * w + scaled), (m, s)  # type: ignore[operator]
