"""AdaBelief: Adam scaled by how far gradients lie from their running mean, not by their size."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["AdaBelief"]


class AdaBelief(NamedTuple):
    """``m <- beta1 m + (1 - beta1) g;  s <- beta2 s + (1 - beta2) (g - m)^2 + epsilon_root``
    ``w <- w - learning_rate * (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)``.

    Where gradients are as foreseen the steps are long, where they scatter the steps are short. The m in s is the new
    one, and epsilon_root is added to s at every step, so that it gathers: both as in the paper, where the two epsilons
    are one number. The first step is learning_rate / beta1. torch does not have this rule; optax.adabelief is the same.

    beta1 and beta2 are the paper's; the epsilons are optax's and the authors' later code's (the paper: 1e-8), so small
    that noiseless gradients are not held back.

    Source: J. Zhuang and others, "AdaBelief optimizer: adapting stepsizes by the belief in observed gradients", 2020,
    algorithm 2.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-16
    epsilon_root: Annotated[float, Field(low=0, log=True)] = 1e-16

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        s = self.beta2 * slots[1] + (1 - self.beta2) * (g - m) * (g - m) + self.epsilon_root
        root = xp.sqrt(s / (1 - self.beta2**t)) + self.epsilon
        return -self.learning_rate * (m / (1 - self.beta1**t)) / root, (m, s)  # type: ignore[operator]
