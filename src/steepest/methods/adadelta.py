"""Adadelta: steps scaled by the ratio of the last steps' size to the last gradients' size; it needs no rate."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["Adadelta"]


class Adadelta(NamedTuple):
    """``s <- decay s + (1 - decay) g^2;  d = sqrt(a + epsilon) / sqrt(s + epsilon) * g``
    ``a <- decay a + (1 - decay) d^2;  w <- w - learning_rate * d``.

    d has the unit of w, so that the learning rate is a pure factor: "auto" is 1, the paper's rule. The first step is
    about sqrt(epsilon / (1 - decay)) in every coordinate, and steps grow from there: a run from afar takes long to get
    going. torch.optim.Adadelta and optax.adadelta are the same; the defaults are theirs (the paper: decay 0.95).

    Source: M. D. Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1.
    """

    learning_rate: Rate = None
    decay: Fraction = 0.9
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-6

    def own_rate(self) -> float:
        return 1.0

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        s = self.decay * slots[0] + (1 - self.decay) * g * g
        d = xp.sqrt(slots[1] + self.epsilon) / xp.sqrt(s + self.epsilon) * g
        a = self.decay * slots[1] + (1 - self.decay) * d * d
        return -self.learning_rate * d, (s, a)  # type: ignore[operator]
