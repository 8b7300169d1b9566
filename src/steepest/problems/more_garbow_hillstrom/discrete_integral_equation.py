"""The discrete integral equation function."""

from functools import cached_property
from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, root_of

__all__ = ["DiscreteIntegralEquation"]


class DiscreteIntegralEquation(LeastSquares):
    """The boundary value problem as an integral: every residual sees every variable, and all is well conditioned."""

    number = 29
    standard_n = 10
    formula = (
        "sum over i of (w[i] + h/2 ((1 - t[i]) sum over j <= i of t[j] c[j] + t[i] sum over j > i of (1 - t[j]) "
        "c[j]))^2, c[j] = (w[j] + t[j] + 1)^3, t[j] = j h, h = 1 / (n + 1)"
    )
    source = (
        f"{MGH} 29; from J. J. More, M. Y. Cosnard, 'Numerical solution of nonlinear equations', ACM Transactions "
        "on Mathematical Software 5, 1979"
    )

    def standard_start(self) -> Array:
        t = np.arange(1, self.n + 1) / (self.n + 1.0)
        return t * (t - 1.0)

    @cached_property
    def minimum(self) -> Minimum:
        return root_of(self)

    def residuals(self, w: Any) -> Any:
        t = np.arange(1, self.n + 1) / (self.n + 1.0)
        return w + self._kernel() @ (w + t + 1.0) ** 3

    def jacobian(self, w: Array) -> Array:
        t = np.arange(1, self.n + 1) / (self.n + 1.0)
        return np.eye(self.n) + 3.0 * self._kernel() * (w + t + 1.0) ** 2

    def _kernel(self) -> Array:
        """Green's function times h / 2: (n, n)."""
        t = np.arange(1, self.n + 1) / (self.n + 1.0)
        return np.minimum(t, t[:, None]) * (1.0 - np.maximum(t, t[:, None])) / (2.0 * (self.n + 1.0))
