"""Osborne's first function: two exponentials and a constant through 33 points."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Osborne1"]

T = 10.0 * np.arange(33)
Y = np.array([
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751,
    0.718, 0.685, 0.658, 0.628, 0.603, 0.58, 0.558, 0.538, 0.522, 0.506, 0.49,
    0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406,
])  # fmt: skip
LEAST = known(5.464894697482912e-05, [
    0.37541005210695194, 1.9358469127123559, -1.4646871366134115, 0.012867534640057266, 0.02212269966167266,
])  # fmt: skip


class Osborne1(LeastSquares):
    """The two rates are nearly equal, so that their amplitudes all but cancel."""

    number = 17
    least_n = most_n = standard_n = 5
    usual_m = 33
    formula = "sum over i = 1 ... 33 of (y[i] - w1 - w2 exp(-t w4) - w3 exp(-t w5))^2, t = 10 (i - 1)"
    source = (
        f"{MGH} 17; from M. R. Osborne, 'Some aspects of nonlinear least squares calculations', in F. A. Lootsma "
        "(ed.), Numerical Methods for Nonlinear Optimization, 1972"
    )

    def standard_start(self) -> Array:
        return np.array([0.5, 1.5, -1.0, 0.01, 0.02])

    @property
    def minimum(self) -> Minimum:
        return LEAST

    def residuals(self, w: Any) -> Any:
        return Y - (w[0] + w[1] * np.exp(-T * w[3]) + w[2] * np.exp(-T * w[4]))

    def jacobian(self, w: Array) -> Array:
        slow, fast = np.exp(-T * w[3]), np.exp(-T * w[4])
        return np.stack([-np.ones(33), -slow, -fast, T * w[1] * slow, T * w[2] * fast], axis=1)

    def start_of_more_wild(self) -> Array:
        return np.array([0.5, 1.5, 1.0, 0.01, 0.02])
