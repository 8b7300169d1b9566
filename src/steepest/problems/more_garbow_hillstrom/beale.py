"""Beale's function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["Beale"]

Y, K = np.array([1.5, 2.25, 2.625]), np.arange(1, 4)


class Beale(LeastSquares):
    """A flat floor between steep corners: each residual is a constant less a curve that flattens out."""

    number = 5
    unconstrained = True
    least_n = most_n = standard_n = 2
    usual_m = 3
    formula = "sum over i = 1, 2, 3 of (y[i] - w1 (1 - w2^i))^2, y = (1.5, 2.25, 2.625)"
    source = (
        f"{MGH} 5; from E. M. L. Beale, 'On an iterative method for finding a local minimum of a function of more "
        "than one variable', Technical Report 25, Princeton University, 1958"
    )

    def standard_start(self) -> Array:
        return np.ones(2)

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[3.0, 0.5]]))

    def residuals(self, w: Any) -> Any:
        return Y - w[0] * (1.0 - w[1] ** K)

    def jacobian(self, w: Array) -> Array:
        x, y = w
        return np.stack([y**K - 1.0, x * K * y ** (K - 1)], axis=1)
