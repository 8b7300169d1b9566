"""Nesterov momentum in Sutskever's form: the gradient is taken ahead, where the velocity is about to carry w."""

from typing import Any, NamedTuple

from ..base.fields import Fraction, Rate

__all__ = ["NesterovLookahead"]


class NesterovLookahead(NamedTuple):
    """``g = grad f(w + momentum * v);  v <- momentum * v - learning_rate * g;  w <- w + v``.

    The rows of the history are w, not the look-ahead points; a gradient test at w costs a second gradient an iteration
    (``grad_tol=None`` saves it).

    Stable on a quadratic of curvature L up to learning_rate = (2 + 2 momentum) / (L (1 + 2 momentum)).

    Source: I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum in deep
    learning", 2013, equations 3 and 4.
    """

    learning_rate: Rate = None
    momentum: Fraction = 0.9

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.zeros_like(w),)

    def look(self, w: Any, slots: tuple[Any], t: Any, xp: Any) -> Any:
        return w + self.momentum * slots[0]

    def update(self, w: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        v = self.momentum * slots[0] - self.learning_rate * g
        return v, (v,)

    def stability(self) -> tuple[float, str]:
        return (2 + 2 * self.momentum) / (1 + 2 * self.momentum), "(2 + 2 momentum) / (1 + 2 momentum)"
