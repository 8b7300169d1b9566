"""Powell's singular function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["PowellSingular"]


class PowellSingular(LeastSquares):
    """The Hessian at the minimum is singular, so that methods which are fast elsewhere become linear here."""

    number = 13
    least_n = most_n = standard_n = 4
    formula = "(w1 + 10 w2)^2 + 5 (w3 - w4)^2 + (w2 - 2 w3)^4 + 10 (w1 - w4)^4"
    source = (
        f"{MGH} 13; from M. J. D. Powell, 'An iterative method for finding stationary values of a function of "
        "several variables', The Computer Journal 5, 1962"
    )

    def standard_start(self) -> Array:
        return np.array([3.0, -1.0, 0.0, 1.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, 4)))

    def residuals(self, w: Any) -> Any:
        a, b, c, d = w
        return np.array([a + 10.0 * b, 5.0**0.5 * (c - d), (b - 2.0 * c) ** 2, 10.0**0.5 * (a - d) ** 2])

    def jacobian(self, w: Array) -> Array:
        a, b, c, d = w
        inner, outer = 2.0 * (b - 2.0 * c), 2.0 * 10.0**0.5 * (a - d)
        return np.array([
            [1.0, 10.0, 0.0, 0.0], [0.0, 0.0, 5.0**0.5, -(5.0**0.5)],
            [0.0, inner, -2.0 * inner, 0.0], [outer, 0.0, 0.0, -outer],
        ])  # fmt: skip
