"""Brown and Dennis's function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["BrownDennis"]

TWENTY = known(85822.20162635631, [
    -11.594439904762165, 13.203630051207202, -0.4034394881768595, 0.23677877445573628,
])  # fmt: skip


class BrownDennis(LeastSquares):
    """Residuals that are large at the minimum: the second derivatives Gauss-Newton leaves out matter."""

    number = 16
    unconstrained = True
    least_n = most_n = standard_n = 4
    free_m = True
    most_m = 100
    usual_m = 20
    formula = "sum over i = 1 ... m of ((w1 + t w2 - exp(t))^2 + (w3 + w4 sin(t) - cos(t))^2)^2, t = i / 5"
    source = (
        f"{MGH} 16; from K. M. Brown, J. E. Dennis, 'New computational algorithms for minimizing a sum of squares "
        "of nonlinear functions', Report 71-6, Yale University, 1971"
    )

    def standard_start(self) -> Array:
        return np.array([25.0, 5.0, -5.0, -1.0])

    @property
    def minimum(self) -> Minimum | None:
        return TWENTY if self.m == 20 else None

    def residuals(self, w: Any) -> Any:
        t = np.arange(1, self.m + 1) / 5.0
        return (w[0] + t * w[1] - np.exp(t)) ** 2 + (w[2] + w[3] * np.sin(t) - np.cos(t)) ** 2

    def jacobian(self, w: Array) -> Array:
        t = np.arange(1, self.m + 1) / 5.0
        a, b = 2.0 * (w[0] + t * w[1] - np.exp(t)), 2.0 * (w[2] + w[3] * np.sin(t) - np.cos(t))
        return np.stack([a, a * t, b, b * np.sin(t)], axis=1)
