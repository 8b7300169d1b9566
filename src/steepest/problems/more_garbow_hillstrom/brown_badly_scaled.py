"""Brown's badly scaled function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["BrownBadlyScaled"]


class BrownBadlyScaled(LeastSquares):
    """The minimum is a million away along one variable and a millionth away along the other."""

    number = 4
    unconstrained = True
    least_n = most_n = standard_n = 2
    usual_m = 3
    formula = "(w1 - 10^6)^2 + (w2 - 2 10^-6)^2 + (w1 w2 - 2)^2"
    source = f"{MGH} 4; there called unpublished"

    def standard_start(self) -> Array:
        return np.ones(2)

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[1e6, 2e-6]]))

    def residuals(self, w: Any) -> Any:
        x, y = w
        return np.array([x - 1e6, y - 2e-6, x * y - 2.0])

    def jacobian(self, w: Array) -> Array:
        return np.array([[1.0, 0.0], [0.0, 1.0], [w[1], w[0]]])
