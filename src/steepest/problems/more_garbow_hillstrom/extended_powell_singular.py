"""Powell's singular function for any multiple of four variables."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["ExtendedPowellSingular"]


class ExtendedPowellSingular(LeastSquares):
    """The Hessian at the minimum has half its rank."""

    number = 22
    unconstrained = True
    least_n = n_multiple = 4
    standard_n = 12
    formula = "sum over k of (a + 10 b)^2 + 5 (c - d)^2 + (b - 2 c)^4 + 10 (a - d)^4, (a, b, c, d) = w[4k-3 ... 4k]"
    source = (
        f"{MGH} 22; from E. Spedicato, 'Computational experience with quasi-Newton algorithms for minimization "
        "problems of moderately large size', Report CISE-N-175, 1975"
    )

    def standard_start(self) -> Array:
        return np.resize([3.0, -1.0, 0.0, 1.0], self.n)

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def residuals(self, w: Any) -> Any:
        a, b, c, d = w[0::4], w[1::4], w[2::4], w[3::4]
        rows = [a + 10.0 * b, 5.0**0.5 * (c - d), (b - 2.0 * c) ** 2, 10.0**0.5 * (a - d) ** 2]
        return np.stack(rows, axis=1).ravel()

    def jacobian(self, w: Array) -> Array:
        J, k = np.zeros((self.n, self.n)), np.arange(0, self.n, 4)
        inner, outer = 2.0 * (w[k + 1] - 2.0 * w[k + 2]), 2.0 * 10.0**0.5 * (w[k] - w[k + 3])
        J[k, k], J[k, k + 1] = 1.0, 10.0
        J[k + 1, k + 2], J[k + 1, k + 3] = 5.0**0.5, -(5.0**0.5)
        J[k + 2, k + 1], J[k + 2, k + 2] = inner, -2.0 * inner
        J[k + 3, k], J[k + 3, k + 3] = outer, -outer
        return J
