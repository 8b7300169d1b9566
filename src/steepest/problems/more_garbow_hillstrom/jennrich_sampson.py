"""Jennrich and Sampson's function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["JennrichSampson"]

TEN = known(124.36218235561485, [0.2578252136703641, 0.2578252136703641])


class JennrichSampson(LeastSquares):
    """Two exponentials fitted to a straight line: they do best as one, and the residuals at the minimum are large."""

    number = 6
    least_n = most_n = standard_n = 2
    free_m = True
    most_m = 100
    usual_m = 10
    formula = "sum over i = 1 ... m of (2 + 2 i - exp(i w1) - exp(i w2))^2"
    source = (
        f"{MGH} 6; from R. I. Jennrich, P. F. Sampson, 'Application of stepwise regression to nonlinear "
        "estimation', Technometrics 10, 1968"
    )

    def standard_start(self) -> Array:
        return np.array([0.3, 0.4])

    @property
    def minimum(self) -> Minimum | None:
        return TEN if self.m == 10 else None

    def residuals(self, w: Any) -> Any:
        i = np.arange(1, self.m + 1)
        return 2.0 + 2.0 * i - np.exp(i * w[0]) - np.exp(i * w[1])

    def jacobian(self, w: Array) -> Array:
        i = np.arange(1, self.m + 1)
        return np.stack([-i * np.exp(i * w[0]), -i * np.exp(i * w[1])], axis=1)
