"""Box's three-dimensional function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["Box3d"]


class Box3d(LeastSquares):
    """Two exponentials with given rates, their rates unknown. Besides the two points all of w1 = w2, w3 = 0 is a
    line of minima."""

    number = 12
    unconstrained = True
    least_n = most_n = standard_n = 3
    free_m = True
    most_m = 100
    usual_m = 10
    formula = "sum over i = 1 ... m of (exp(-t w1) - exp(-t w2) - w3 (exp(-t) - exp(-10 t)))^2, t = i / 10"
    source = (
        f"{MGH} 12; from M. J. Box, 'A comparison of several current optimization methods, and the use of "
        "transformations in constrained problems', The Computer Journal 9, 1966"
    )

    def standard_start(self) -> Array:
        return np.array([0.0, 10.0, 20.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[1.0, 10.0, 1.0], [10.0, 1.0, -1.0]]))

    def residuals(self, w: Any) -> Any:
        t = np.arange(1, self.m + 1) / 10.0
        return np.exp(-t * w[0]) - np.exp(-t * w[1]) - w[2] * (np.exp(-t) - np.exp(-10.0 * t))

    def jacobian(self, w: Array) -> Array:
        t = np.arange(1, self.m + 1) / 10.0
        return np.stack([-t * np.exp(-t * w[0]), t * np.exp(-t * w[1]), np.exp(-10.0 * t) - np.exp(-t)], axis=1)
