"""The linear function of rank one."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["LinearRankOne"]


class LinearRankOne(LeastSquares):
    """Only one direction matters: the minimum is a hyperplane, of which the point nearest the origin is given."""

    number = 33
    standard_n = 10
    free_m = True
    formula = "sum over i = 1 ... m of (i s - 1)^2, s = sum over j of j w[j]"
    source = f"{MGH} 33; there called unpublished"

    def standard_start(self) -> Array:
        return np.ones(self.n)

    @property
    def minimum(self) -> Minimum:
        m, j = self.m, np.arange(1.0, self.n + 1.0)
        return Minimum(m * (m - 1.0) / (2.0 * (2.0 * m + 1.0)), 3.0 / (2.0 * m + 1.0) * j[None] / (j @ j))

    def residuals(self, w: Any) -> Any:
        s = (np.arange(1, self.n + 1) * w).sum()
        return np.arange(1, self.m + 1) * s - 1.0

    def jacobian(self, w: Array) -> Array:
        return np.arange(1.0, self.m + 1.0)[:, None] * np.arange(1.0, self.n + 1.0)

    @classmethod
    def standard_m(cls, n: int) -> int:
        return 2 * n
