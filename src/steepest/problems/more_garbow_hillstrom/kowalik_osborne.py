"""Kowalik and Osborne's function: a rational model of an enzyme reaction."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["KowalikOsborne"]

Y = np.array([0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246])
U = np.array([4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
LEAST = known(0.0003075056038492378, [
    0.1928069345790379, 0.1912823287343668, 0.12305650692632074, 0.13606233068379475,
])  # fmt: skip


class KowalikOsborne(LeastSquares):
    """It also falls towards f = 1.02734e-3 as w1 goes to infinity, w2 to -14.07..., w3 and w4 to minus infinity."""

    number = 15
    least_n = most_n = standard_n = 4
    usual_m = 11
    formula = "sum over i = 1 ... 11 of (y[i] - w1 (u^2 + u w2) / (u^2 + u w3 + w4))^2, u = u[i]"
    source = (
        f"{MGH} 15; from J. Kowalik, M. R. Osborne, 'Methods for Unconstrained Optimization Problems', Elsevier, 1968"
    )

    def standard_start(self) -> Array:
        return np.array([0.25, 0.39, 0.415, 0.39])

    @property
    def minimum(self) -> Minimum:
        return LEAST

    def residuals(self, w: Any) -> Any:
        return Y - w[0] * (U * U + U * w[1]) / (U * U + U * w[2] + w[3])

    def jacobian(self, w: Array) -> Array:
        over, below = U * U + U * w[1], U * U + U * w[2] + w[3]
        fall = w[0] * over / (below * below)
        return np.stack([-over / below, -w[0] * U / below, fall * U, fall], axis=1)
