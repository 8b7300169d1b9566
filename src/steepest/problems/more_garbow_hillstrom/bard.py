"""Bard's function: a rational model with three parameters."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Bard"]

Y = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39])
U = np.arange(1.0, 16.0)
V = 16.0 - U
LESS = np.minimum(U, V)
LEAST = known(0.00821487730657898, [0.08241055974978899, 1.1330360920297224, 2.3436951786425366])


class Bard(LeastSquares):
    """A rational curve through fifteen points. It also falls towards f = 17.4286 as w2 and w3 go to minus infinity."""

    number = 8
    least_n = most_n = standard_n = 3
    usual_m = 15
    formula = "sum over i = 1 ... 15 of (y[i] - w1 - i / (v w2 + min(i, v) w3))^2, v = 16 - i"
    source = (
        f"{MGH} 8; from Y. Bard, 'Comparison of gradient methods for the solution of nonlinear parameter "
        "estimation problems', SIAM Journal on Numerical Analysis 7, 1970"
    )

    def standard_start(self) -> Array:
        return np.ones(3)

    @property
    def minimum(self) -> Minimum:
        return LEAST

    def residuals(self, w: Any) -> Any:
        return Y - (w[0] + U / (V * w[1] + LESS * w[2]))

    def jacobian(self, w: Array) -> Array:
        share = U / (V * w[1] + LESS * w[2]) ** 2
        return np.stack([-np.ones(15), share * V, share * LESS], axis=1)
