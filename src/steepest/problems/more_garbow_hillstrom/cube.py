"""The cube: Rosenbrock's valley bent to a cubic, chained over n variables."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MW, LeastSquares

__all__ = ["Cube"]


class Cube(LeastSquares):
    """Each link cubes the distance from the last, so errors of the first variable grow at a great rate."""

    least_n, standard_n = 2, 5
    formula = "(w1 - 1)^2 + sum over i = 2 ... n of (10 (w[i] - w[i-1]^3))^2"
    source = (
        f"{MW} 20; for n = 2 from A. Leon, 'A comparison among eight known optimizing procedures', in A. Lavi, T. "
        "P. Vogl (eds.), Recent Advances in Optimization Techniques, 1966"
    )

    def standard_start(self) -> Array:
        return np.full(self.n, 0.5)

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, self.n)))

    def residuals(self, w: Any) -> Any:
        return np.concatenate([w[:1] - 1.0, 10.0 * (w[1:] - w[:-1] ** 3)])

    def jacobian(self, w: Array) -> Array:
        J = 10.0 * np.eye(self.n)
        J[0, 0] = 1.0
        i = np.arange(1, self.n)
        J[i, i - 1] = -30.0 * w[:-1] ** 2
        return J
