"""The variably dimensioned function: a sphere and the fourth power of a sum."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["VariablyDimensioned"]


class VariablyDimensioned(LeastSquares):
    """One direction is steep far away and the steeper the more variables there are."""

    number = 25
    unconstrained = True
    standard_n = 10
    formula = "sum over j of (w[j] - 1)^2 + s^2 + s^4, s = sum over j of j (w[j] - 1)"
    source = f"{MGH} 25; there called unpublished"

    def standard_start(self) -> Array:
        return 1.0 - np.arange(1, self.n + 1) / self.n

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, self.n)))

    def residuals(self, w: Any) -> Any:
        s = (np.arange(1, self.n + 1) * (w - 1.0)).sum()
        return np.concatenate([w - 1.0, np.stack([s, s * s])])

    def jacobian(self, w: Array) -> Array:
        j = np.arange(1.0, self.n + 1.0)
        return np.vstack([np.eye(self.n), j, 2.0 * (j @ (w - 1.0)) * j])

    @classmethod
    def standard_m(cls, n: int) -> int:
        return n + 2
