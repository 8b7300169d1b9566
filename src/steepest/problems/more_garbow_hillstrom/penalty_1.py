"""The first penalty function: a point pulled towards (1, ..., 1), held on a small sphere."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["Penalty1"]

A = 1e-5


class Penalty1(LeastSquares):
    """One direction is steep, the others have curvature 1e-5 only: the classic penalty method in one problem."""

    number = 23
    unconstrained = True
    standard_n = 4
    formula = "10^-5 sum over i of (w[i] - 1)^2 + (sum over i of w[i]^2 - 1/4)^2"
    source = (
        f"{MGH} 23; from P. E. Gill, W. Murray, R. A. Pitfield, 'The implementation of two revised quasi-Newton "
        "algorithms for unconstrained optimization', Report NAC 11, National Physical Laboratory, 1972"
    )

    def standard_start(self) -> Array:
        return np.arange(1.0, self.n + 1.0)

    @property
    def minimum(self) -> Minimum:
        # where the slope is 0 all variables are equal: 2 n x^3 + (a - 1/2) x - a = 0; the root near 1 / (2 sqrt n)
        x = 0.5 / self.n**0.5
        for _ in range(20):
            x -= ((2.0 * self.n * x * x + A - 0.5) * x - A) / (6.0 * self.n * x * x + A - 0.5)
        point = np.full((1, self.n), x)
        return Minimum(float(self.value(point[0])), point)

    def residuals(self, w: Any) -> Any:
        return np.concatenate([A**0.5 * (w - 1.0), np.stack([(w * w).sum() - 0.25])])

    def jacobian(self, w: Array) -> Array:
        return np.vstack([A**0.5 * np.eye(self.n), 2.0 * w])

    @classmethod
    def standard_m(cls, n: int) -> int:
        return n + 1
