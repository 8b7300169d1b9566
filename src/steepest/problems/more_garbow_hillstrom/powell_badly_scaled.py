"""Powell's badly scaled function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["PowellBadlyScaled"]

ROOT = (1.0981593296998053e-05, 9.106146739866624)


class PowellBadlyScaled(LeastSquares):
    """A hyperbola and an exponential cross where one variable is a million times the other: no step size
    suits both."""

    number = 3
    unconstrained = True
    least_n = most_n = standard_n = 2
    formula = "(10^4 w1 w2 - 1)^2 + (exp(-w1) + exp(-w2) - 1.0001)^2"
    source = (
        f"{MGH} 3; from M. J. D. Powell, 'A hybrid method for nonlinear equations', in P. Rabinowitz (ed.), "
        "Numerical Methods for Nonlinear Algebraic Equations, 1970"
    )

    def standard_start(self) -> Array:
        return np.array([0.0, 1.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([ROOT]))

    def residuals(self, w: Any) -> Any:
        x, y = w
        return np.array([1e4 * x * y - 1.0, np.exp(-x) + np.exp(-y) - 1.0001])

    def jacobian(self, w: Array) -> Array:
        x, y = w
        return np.array([[1e4 * y, 1e4 * x], [-np.exp(-x), -np.exp(-y)]])
