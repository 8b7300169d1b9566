"""The discrete boundary value function."""

from functools import cached_property
from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, root_of

__all__ = ["DiscreteBoundaryValue"]

END = np.zeros(1)


class DiscreteBoundaryValue(LeastSquares):
    """A second-order equation by differences: with more variables the start comes nearer, and f is worse
    conditioned."""

    number = 28
    standard_n = 10
    formula = (
        "sum over i of (2 w[i] - w[i-1] - w[i+1] + h^2 (w[i] + t + 1)^3 / 2)^2, h = 1 / (n + 1), t = i h, w[0] = "
        "w[n+1] = 0"
    )
    source = (
        f"{MGH} 28; from J. J. More, M. Y. Cosnard, 'Numerical solution of nonlinear equations', ACM Transactions "
        "on Mathematical Software 5, 1979"
    )

    def standard_start(self) -> Array:
        t = np.arange(1, self.n + 1) / (self.n + 1.0)
        return t * (t - 1.0)

    @cached_property
    def minimum(self) -> Minimum:
        return root_of(self)

    def residuals(self, w: Any) -> Any:
        t, h = np.arange(1, self.n + 1) / (self.n + 1.0), 1.0 / (self.n + 1.0)
        before, after = np.concatenate([END, w[:-1]]), np.concatenate([w[1:], END])
        return 2.0 * w - before - after + h * h * (w + t + 1.0) ** 3 / 2.0

    def jacobian(self, w: Array) -> Array:
        t, h = np.arange(1, self.n + 1) / (self.n + 1.0), 1.0 / (self.n + 1.0)
        beside = np.eye(self.n, k=1) + np.eye(self.n, k=-1)
        return np.diag(2.0 + 1.5 * h * h * (w + t + 1.0) ** 2) - beside
