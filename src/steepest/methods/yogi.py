"""Yogi: Adam whose mean square moves by steps of the squared gradient's size, so that it never falls fast."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["Yogi"]


class Yogi(NamedTuple):
    """``m <- beta1 m + (1 - beta1) g;  s <- s - (1 - beta2) sign(s - g^2) g^2``
    ``w <- w - learning_rate * (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)``.

    Where gradients shrink, Adam's s falls by a fraction of itself and its rate rises fast; Yogi's s falls only by a
    fraction of g^2.
    The corrections are optax.yogi's; ``bias_correction=False`` leaves them out, as in the paper. optax starts m at 1e-6
    too (``initial_mean=1e-6``); in the paper and here it starts at 0. torch does not have this rule.

    beta1, beta2, epsilon 0.001 and the start of s at 1e-6 are those of the paper's experiments, and optax's.

    Source: M. Zaheer, S. Reddi, D. Sachan, S. Kale, S. Kumar, "Adaptive methods for nonconvex optimization", 2018,
    algorithm 2.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-3
    initial_accumulator: Annotated[float, Field(low=0, log=True)] = 1e-6
    initial_mean: Annotated[float, Field(low=0, log=True)] = 0.0
    bias_correction: bool = True

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.full_like(w, self.initial_mean), xp.full_like(w, self.initial_accumulator)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        s = slots[1] - (1 - self.beta2) * xp.sign(slots[1] - g * g) * g * g
        mean, square = m, s
        if self.bias_correction:
            mean, square = m / (1 - self.beta1**t), s / (1 - self.beta2**t)
        return -self.learning_rate * mean / (xp.sqrt(square) + self.epsilon), (m, s)  # type: ignore[operator]
