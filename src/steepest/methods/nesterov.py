"""Nesterov momentum as torch.optim writes it: the gradient where w is, the step ahead of the velocity."""

from typing import Any, NamedTuple

from ..base.fields import Fraction, Rate

__all__ = ["Nesterov"]


class Nesterov(NamedTuple):
    """``v <- momentum * v + g;  w <- w - learning_rate * (g + momentum * v)``.

    This is torch.optim.SGD(nesterov=True). Its w is the look-ahead point of Sutskever's form (``nesterov_lookahead``):
    with a constant rate the two runs are the same one, seen at two points.

    Stable on a quadratic of curvature L up to learning_rate = (2 + 2 momentum) / (L (1 + 2 momentum)).

    Source: Y. Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k^2)", 1983;
    this form: Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, "Advances in optimizing recurrent networks", 2013.
    """

    learning_rate: Rate = None
    momentum: Fraction = 0.9

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.zeros_like(w),)

    def update(self, w: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        v = self.momentum * slots[0] + g
        return -self.learning_rate * (g + self.momentum * v), (v,)  # type: ignore[operator]

    def stability(self) -> tuple[float, str]:
        return (2 + 2 * self.momentum) / (1 + 2 * self.momentum), "(2 + 2 momentum) / (1 + 2 momentum)"
