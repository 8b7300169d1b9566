"""Broyden's banded function."""

from functools import cached_property
from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, root_of

__all__ = ["BroydenBanded"]


class BroydenBanded(LeastSquares):
    """Each equation couples a variable with the five before it and the one after."""

    number = 31
    standard_n = 10
    formula = (
        "sum over i of (w[i] (2 + 5 w[i]^2) + 1 - sum over j in J of w[j] (1 + w[j]))^2, J = i - 5 ... i + 1 "
        "without i, within 1 ... n"
    )
    source = (
        f"{MGH} 31; from C. G. Broyden, 'The convergence of an algorithm for solving sparse nonlinear systems', "
        "Mathematics of Computation 25, 1971"
    )

    def standard_start(self) -> Array:
        return np.full(self.n, -1.0)

    @cached_property
    def minimum(self) -> Minimum:
        return root_of(self)

    def residuals(self, w: Any) -> Any:
        return w * (2.0 + 5.0 * w * w) + 1.0 - self._band() @ (w * (1.0 + w))

    def jacobian(self, w: Array) -> Array:
        return np.diag(2.0 + 15.0 * w * w) - self._band() * (1.0 + 2.0 * w)

    def _band(self) -> Array:
        """1 where the row's equation sees the column's variable: (n, n)."""
        off = np.arange(self.n) - np.arange(self.n)[:, None]
        return np.where((off >= -5) & (off <= 1) & (off != 0), 1.0, 0.0)
