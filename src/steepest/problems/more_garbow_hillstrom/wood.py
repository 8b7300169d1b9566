"""Wood's function: two Rosenbrock valleys, coupled."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["Wood"]


class Wood(LeastSquares):
    """Near (-1, 1, -1, 1) the surface is almost flat with f = 7.88, where methods that stop early stop."""

    number = 14
    unconstrained = True
    least_n = most_n = standard_n = 4
    usual_m = 6
    formula = "100 (w2 - w1^2)^2 + (1 - w1)^2 + 90 (w4 - w3^2)^2 + (1 - w3)^2 + 10 (w2 + w4 - 2)^2 + (w2 - w4)^2 / 10"
    source = (
        f"{MGH} 14; from A. R. Colville, 'A comparative study of nonlinear programming codes', IBM New York "
        "Scientific Center Report 320-2949, 1968"
    )

    def standard_start(self) -> Array:
        return np.array([-3.0, -1.0, -3.0, -1.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, 4)))

    def residuals(self, w: Any) -> Any:
        a, b, c, d = w
        return np.array([
            10.0 * (b - a * a), 1.0 - a, 90.0**0.5 * (d - c * c), 1.0 - c, 10.0**0.5 * (b + d - 2.0),
            0.1**0.5 * (b - d),
        ])  # fmt: skip

    def jacobian(self, w: Array) -> Array:
        a, c = w[0], w[2]
        return np.array([
            [-20.0 * a, 10.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, -2.0 * 90.0**0.5 * c, 90.0**0.5], [0.0, 0.0, -1.0, 0.0],
            [0.0, 10.0**0.5, 0.0, 10.0**0.5], [0.0, 0.1**0.5, 0.0, -(0.1**0.5)],
        ])  # fmt: skip
