"""Rosenbrock's valley for any even number of variables, pair by pair."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["ExtendedRosenbrock"]


class ExtendedRosenbrock(LeastSquares):
    """The pairs do not know each other, so the condition number stays what it is for two."""

    number = 21
    unconstrained = True
    least_n = n_multiple = 2
    standard_n = 10
    formula = "sum over k = 1 ... n/2 of (10 (w[2k] - w[2k-1]^2))^2 + (1 - w[2k-1])^2"
    source = (
        f"{MGH} 21; from E. Spedicato, 'Computational experience with quasi-Newton algorithms for minimization "
        "problems of moderately large size', Report CISE-N-175, 1975"
    )

    def standard_start(self) -> Array:
        return np.resize([-1.2, 1.0], self.n)

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, self.n)))

    def residuals(self, w: Any) -> Any:
        x, y = w[0::2], w[1::2]
        return np.stack([10.0 * (y - x * x), 1.0 - x], axis=1).ravel()

    def jacobian(self, w: Array) -> Array:
        J, k = np.zeros((self.n, self.n)), np.arange(0, self.n, 2)
        J[k, k], J[k, k + 1], J[k + 1, k] = -20.0 * w[k], 10.0, -1.0
        return J
