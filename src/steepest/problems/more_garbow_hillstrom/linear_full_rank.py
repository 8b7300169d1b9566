"""The linear function of full rank."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["LinearFullRank"]


class LinearFullRank(LeastSquares):
    """A quadratic with two curvatures: conjugate gradients need two steps."""

    number = 32
    standard_n = 10
    free_m = True
    formula = "sum over i <= n of (w[i] - 2/m sum over j of w[j] - 1)^2 + (m - n) (2/m sum over j of w[j] + 1)^2"
    source = f"{MGH} 32; there called unpublished"

    def standard_start(self) -> Array:
        return np.ones(self.n)

    @property
    def minimum(self) -> Minimum:
        return Minimum(float(self.m - self.n), np.full((1, self.n), -1.0))

    def residuals(self, w: Any) -> Any:
        shared = 2.0 / self.m * w.sum() + 1.0
        return np.concatenate([w, np.zeros(self.m - self.n)]) - shared

    def jacobian(self, w: Array) -> Array:
        return np.eye(self.m, self.n) - 2.0 / self.m

    @classmethod
    def standard_m(cls, n: int) -> int:
        return 2 * n
