"""Barzilai-Borwein: steepest descent whose rate is the inverse curvature along the step before."""

from typing import Any, NamedTuple

from ..base.fields import Rate

__all__ = ["BarzilaiBorwein"]

TINY = 1e-300
"""Of smaller products the quotient is no longer accurate."""


class BarzilaiBorwein(NamedTuple):
    """``w <- w - a g,  a = (s . s) / (s . y)``, s the change of w and y that of the gradient in the step before (BB1).

    ``short=True`` takes ``a = (s . y) / (y . y)`` (BB2), the shorter one. ``learning_rate`` is that of the first step
    only. Where s . y <= 0 (f curves down along the step) the last rate is kept. f rises now and then, which is how
    the method is fast: on quadratics it converges all the same. Elsewhere nothing is promised, as there is no search.
    ``history.learning_rate`` has the rate of each step, read off the path.

    The long rate is the default, as most often in comparisons; neither wins always.

    Source: J. Barzilai, J. M. Borwein, "Two-point step size gradient methods", 1988, equations 5 and 6.
    """

    learning_rate: Rate = None
    short: bool = False

    full_batch_only = True  # type: ignore[misc]
    rates_of_its_own = True  # type: ignore[misc]

    def init(self, w: Any, xp: Any) -> tuple[Any, Any, Any]:
        return w + xp.zeros_like(w), xp.zeros_like(w), xp.full_like(w, self.learning_rate)

    def step(
        self, w: Any, f: Any, g: Any, slots: tuple[Any, Any, Any], t: Any, xp: Any
    ) -> tuple[Any, tuple[Any, Any, Any]]:
        s, y = w - slots[0], g - slots[1]
        sy, last = s @ y, slots[2].max()  # the rate, in every component
        good = sy > TINY  # false at the first step, where s is 0
        below = xp.where(good, y @ y if self.short else sy, 1.0)
        rate = xp.where(good, (sy if self.short else s @ s) / below, last)
        return -rate * g, (w, 1.0 * g, 0.0 * g + rate)  # a copy: callers may fill one array anew
