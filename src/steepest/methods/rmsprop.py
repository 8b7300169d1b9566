"""RMSProp: the gradient divided by its running root mean square."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["RMSProp"]


class RMSProp(NamedTuple):
    """``s <- decay s + (1 - decay) g^2;  v <- momentum v + g / (sqrt(s) + epsilon)``
    ``w <- w - learning_rate * v``.

    ``centered=True`` divides by the standard deviation, ``m <- decay m + (1 - decay) g`` and ``sqrt(s - m^2)``.
    The running mean is not corrected for its start at zero: the first step is learning_rate / sqrt(1 - decay).

    This is torch.optim.RMSprop; where rounding makes s - m^2 negative, torch gives NaN and we take 0. optax.rmsprop is
    ``epsilon_inside=True, decay=0.9``; its initial_scale is initial_accumulator, and under a schedule it keeps each
    step's own rate in v. Its bias_correction is Adam with beta1 0.

    decay 0.99 (the lecture: 0.9), epsilon and no momentum are torch's defaults.

    Source: T. Tieleman, G. Hinton, "Lecture 6.5: rmsprop", 2012; centred: A. Graves, "Generating sequences with
    recurrent neural networks", 2013, equations 38 to 45.
    """

    learning_rate: Rate = None
    decay: Fraction = 0.99
    momentum: Fraction = 0.0
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8
    initial_accumulator: Annotated[float, Field(low=0, log=True)] = 0.0
    centered: bool = False
    epsilon_inside: bool = False

    def init(self, w: Any, xp: Any) -> tuple[Any, Any, Any]:
        return xp.full_like(w, self.initial_accumulator), xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any, Any]]:
        s = self.decay * slots[0] + (1 - self.decay) * g * g
        m, square = slots[2], s
        if self.centered:
            m = self.decay * m + (1 - self.decay) * g
            square = xp.maximum(s - m * m, 0.0)
        root = xp.sqrt(square + self.epsilon) if self.epsilon_inside else xp.sqrt(square) + self.epsilon
        v = self.momentum * slots[1] + g / root
        return -self.learning_rate * v, (s, v, m)  # type: ignore[operator]
