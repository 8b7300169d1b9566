"""Armijo's rule: the rate is shrunk until the value falls by a fair share of what the slope promises."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np

from ...base.fields import Field, Positive
from ...base.text import count, number
from .search import Array, Found, no_descent, slope_along

__all__ = ["Armijo"]

Share = Annotated[float, Field(low=0, high=1, low_open=True, high_open=True, log=True)]


class Armijo(NamedTuple):
    """The first rate ``a`` with a finite ``f(w + a d) <= f + decrease * a * (g . d)``, so that f never rises.

    The first trial of a run is ``start``, later ones are ``grow`` times the rate before; each refused one is
    multiplied by ``shrink``, at most ``most`` times. It costs one value a trial, about two an update once the rate has
    settled, and no gradient.

    Source: L. Armijo, "Minimization of functions having Lipschitz continuous first partial derivatives", 1966;
    J. Nocedal, S. Wright, "Numerical Optimization", 2006, algorithm 3.1 (decrease = 1e-4 there).
    """

    start: Positive = 1.0
    decrease: Share = 1e-4
    shrink: Share = 0.5
    grow: Annotated[float, Field(low=1)] = 2.0
    most: Annotated[int, Field(low=1, help="the most times a rate is shrunk")] = 50

    def search(
        self, value: Callable[[Array], Any], gradient: Callable[[Array], Any], w: Array, f: float, g: Array,
        direction: Array, last: float | None,
    ) -> Found:  # fmt: skip
        with np.errstate(all="ignore"):  # a trial may well lie where f overflows; it is refused then
            slope = slope_along(g, direction)
            if not slope < 0:
                return Found(0.0, 0, 0, no_descent(slope))
            rate = last * self.grow if last is not None and last > 0 else self.start  # a rate of 0 cannot grow
            for trial in range(self.most + 1):
                rate = rate * self.shrink if trial else rate
                reached = float(value(w + rate * direction))
                if np.isfinite(reached) and reached <= f + self.decrease * rate * slope:
                    return Found(rate, trial + 1, 0)
        note = f"no rate down to {number(rate)} made f fall ({count(self.most, 'shrinking')}); the slope promised it"
        return Found(0.0, self.most + 1, 0, note)
