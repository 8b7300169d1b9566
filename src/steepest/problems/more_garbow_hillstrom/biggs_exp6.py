"""Biggs's EXP6 function: three exponentials recovered from their sum."""

from itertools import permutations
from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["BiggsExp6"]


class BiggsExp6(LeastSquares):
    """The terms may be exchanged: six minima. For m = 13 there is a whole line of local ones, f = 5.65565e-3, where
    two rates are equal: w1 = w5 = 1.7114, w3 + w6 = 2.3263, these two of opposite signs."""

    number = 18
    unconstrained = True
    least_n = most_n = standard_n = 6
    free_m = True
    most_m = 100
    usual_m = 13
    formula = (
        "sum over i = 1 ... m of (w3 exp(-t w1) - w4 exp(-t w2) + w6 exp(-t w5) - y)^2, t = i / 10, y = exp(-t) -"
        " 5 exp(-10 t) + 3 exp(-4 t)"
    )
    source = (
        f"{MGH} 18; from M. C. Biggs, 'Minimization algorithms making use of non-quadratic properties of the "
        "objective function', Journal of the Institute of Mathematics and its Applications 8, 1971"
    )

    def standard_start(self) -> Array:
        return np.array([1.0, 2.0, 1.0, 1.0, 1.0, 1.0])

    @property
    def minimum(self) -> Minimum:
        terms = permutations(((1.0, 1.0), (10.0, -5.0), (4.0, 3.0)))  # (rate, amplitude)
        return Minimum(0.0, np.array([[a, b, p, -q, c, r] for (a, p), (b, q), (c, r) in terms]))

    def residuals(self, w: Any) -> Any:
        t = np.arange(1, self.m + 1) / 10.0
        y = np.exp(-t) - 5.0 * np.exp(-10.0 * t) + 3.0 * np.exp(-4.0 * t)
        return w[2] * np.exp(-t * w[0]) - w[3] * np.exp(-t * w[1]) + w[5] * np.exp(-t * w[4]) - y

    def jacobian(self, w: Array) -> Array:
        t = np.arange(1, self.m + 1) / 10.0
        a, b, c = np.exp(-t * w[0]), np.exp(-t * w[1]), np.exp(-t * w[4])
        return np.stack([-t * w[2] * a, t * w[3] * b, a, -b, -t * w[5] * c, c], axis=1)
