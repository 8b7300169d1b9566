"""Rosenbrock's valley as two residuals."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["Rosenbrock"]


class Rosenbrock(LeastSquares):
    """A curved valley: the residuals are zero along a parabola and along a line, which meet in the minimum."""

    number = 1
    least_n = most_n = standard_n = 2
    formula = "(10 (w2 - w1^2))^2 + (1 - w1)^2"
    source = (
        f"{MGH} 1; from H. H. Rosenbrock, 'An automatic method for finding the greatest or least value of a "
        "function', The Computer Journal 3, 1960"
    )

    def standard_start(self) -> Array:
        return np.array([-1.2, 1.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, 2)))

    def residuals(self, w: Any) -> Any:
        x, y = w
        return np.array([10.0 * (y - x * x), 1.0 - x])

    def jacobian(self, w: Array) -> Array:
        return np.array([[-20.0 * w[0], 10.0], [-1.0, 0.0]])
