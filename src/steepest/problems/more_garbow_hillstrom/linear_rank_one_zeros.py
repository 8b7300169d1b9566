"""The linear function of rank one with zero columns and rows."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["LinearRankOneZeros"]


class LinearRankOneZeros(LeastSquares):
    """As the one of rank one, without any say of the first and the last variable and residual."""

    number = 34
    least_n, standard_n = 3, 10
    free_m = True
    formula = "2 + sum over i = 2 ... m-1 of ((i - 1) s - 1)^2, s = sum over j = 2 ... n-1 of j w[j]"
    source = f"{MGH} 34; there called unpublished"

    def standard_start(self) -> Array:
        return np.ones(self.n)

    @property
    def minimum(self) -> Minimum:
        m, j = self.m, self._columns()
        return Minimum((m * m + 3.0 * m - 6.0) / (2.0 * (2.0 * m - 3.0)), 3.0 / (2.0 * m - 3.0) * j[None] / (j @ j))

    def residuals(self, w: Any) -> Any:
        return self._rows() * (self._columns() * w).sum() - 1.0

    def jacobian(self, w: Array) -> Array:
        return self._rows()[:, None] * self._columns()

    def _columns(self) -> Array:
        return np.concatenate([[0.0], np.arange(2.0, self.n), [0.0]])

    def _rows(self) -> Array:
        return np.concatenate([[0.0], np.arange(1.0, self.m - 1.0), [0.0]])

    @classmethod
    def standard_m(cls, n: int) -> int:
        return 2 * n
