"""Broyden's tridiagonal function."""

from functools import cached_property
from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, root_of

__all__ = ["BroydenTridiagonal"]

END = np.zeros(1)


class BroydenTridiagonal(LeastSquares):
    """Each equation couples three neighbours; easy at every size."""

    number = 30
    standard_n = 10
    formula = "sum over i of ((3 - 2 w[i]) w[i] - w[i-1] - 2 w[i+1] + 1)^2, w[0] = w[n+1] = 0"
    source = (
        f"{MGH} 30; from C. G. Broyden, 'A class of methods for solving nonlinear simultaneous equations', "
        "Mathematics of Computation 19, 1965"
    )

    def standard_start(self) -> Array:
        return np.full(self.n, -1.0)

    @cached_property
    def minimum(self) -> Minimum:
        return root_of(self)

    def residuals(self, w: Any) -> Any:
        before, after = np.concatenate([END, w[:-1]]), np.concatenate([w[1:], END])
        return (3.0 - 2.0 * w) * w - before - 2.0 * after + 1.0

    def jacobian(self, w: Array) -> Array:
        return np.diag(3.0 - 4.0 * w) - np.eye(self.n, k=-1) - 2.0 * np.eye(self.n, k=1)
