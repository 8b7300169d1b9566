"""The exact line search on a quadratic, by one more gradient."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base.text import number
from .search import Array, Found, no_descent, slope_along

__all__ = ["Exact"]


class Exact(NamedTuple):
    """``a = -(g . d) / (d . H d)``, the minimiser along the step of a quadratic with Hessian H.

    ``H d`` is a difference of two gradients, ``(gradient(w + s d) - g) / s``, exact on quadratics but for rounding; s
    makes the probe s d as long as the larger of w and 1 (largest components), so that little is lost in the
    subtraction. On other functions it is the minimiser of the parabola that has f's slopes at w and at the far end of
    the probe: a guess that does not look at f, and f may rise. It costs one gradient an update and no value.

    With gradient descent, on a quadratic of condition k, each update multiplies f - min f by at most
    ((k - 1) / (k + 1))^2.

    Source: A. Cauchy, 1847; L. V. Kantorovich, "Functional analysis and applied mathematics", 1948, for the bound;
    J. Nocedal, S. Wright, "Numerical Optimization", 2006, equations 3.26 and 3.29.
    """

    def search(
        self, value: Callable[[Array], Any], gradient: Callable[[Array], Any], w: Array, f: float, g: Array,
        direction: Array, last: float | None,
    ) -> Found:  # fmt: skip
        with np.errstate(all="ignore"):
            slope = slope_along(g, direction)
            if not slope < 0:
                return Found(0.0, 0, 0, no_descent(slope))
            s = max(1.0, float(np.abs(w).max())) / float(np.abs(direction).max())
            curvature = slope_along(np.asarray(gradient(w + s * direction)) - g, direction) / s
            rate = -slope / curvature if curvature > 0 else 0.0
        if rate > 0 and np.isfinite(rate):
            return Found(rate, 0, 1)
        note = f"the curvature along the step, d . H d, is {number(curvature)}; an exact line search needs it above 0"
        return Found(0.0, 0, 1, note)
