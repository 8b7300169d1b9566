"""Heavy-ball momentum: each step adds a fraction of the last one."""

from typing import Any, NamedTuple

from ..base.fields import Fraction, Rate

__all__ = ["Momentum"]


class Momentum(NamedTuple):
    """``v <- momentum * v - learning_rate * g;  w <- w + v`` (the default: the rate is inside the velocity).

    ``rate_outside=True`` is torch.optim.SGD's form, ``v <- momentum * v + g;  w <- w - learning_rate * v``. With a
    constant rate the two make the same steps; under a schedule they differ, since the first keeps the rate that was in
    force when each gradient was added. Momentum 0.9 is the usual default: an average over the last ten gradients.

    Stable on a quadratic of curvature L up to learning_rate = 2 (1 + momentum) / L.

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """

    learning_rate: Rate = None
    momentum: Fraction = 0.9
    rate_outside: bool = False

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.zeros_like(w),)

    def update(self, w: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        if self.rate_outside:
            v = self.momentum * slots[0] + g
            return -self.learning_rate * v, (v,)  # type: ignore[operator]
        v = self.momentum * slots[0] - self.learning_rate * g
        return v, (v,)

    def stability(self) -> tuple[float, str]:
        return 2 * (1 + self.momentum), "2 (1 + momentum)"
