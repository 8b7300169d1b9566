"""Osborne's second function: an exponential and three bell curves through 65 points."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Osborne2"]

T = np.arange(65) / 10.0
Y = np.array([
    1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608,
    0.655, 0.616, 0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661,
    0.612, 0.558, 0.533, 0.495, 0.5, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428,
    0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559,
    0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054,
])  # fmt: skip
LEAST = known(0.040137736293547756, [
    1.3099771546273007, 0.431553794602989, 0.633661698960724, 0.5994305347859162, 0.7541832263280114,
    0.9042885798596336, 1.3658118352370279, 4.823698817227157, 2.3986848661317546, 4.568874597667672,
    5.6753414705806415,
])  # fmt: skip


class Osborne2(LeastSquares):
    """Eleven parameters of very different scale, most of them seen by a few data points only."""

    number = 19
    least_n = most_n = standard_n = 11
    usual_m = 65
    formula = (
        "sum over i = 1 ... 65 of (y[i] - w1 exp(-t w5) - w2 exp(-(t - w9)^2 w6) - w3 exp(-(t - w10)^2 w7) - w4 "
        "exp(-(t - w11)^2 w8))^2, t = (i - 1) / 10"
    )
    source = (
        f"{MGH} 19; from M. R. Osborne, 'Some aspects of nonlinear least squares calculations', in F. A. Lootsma "
        "(ed.), Numerical Methods for Nonlinear Optimization, 1972"
    )

    def standard_start(self) -> Array:
        return np.array([1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5])

    @property
    def minimum(self) -> Minimum:
        return LEAST

    def residuals(self, w: Any) -> Any:
        off = T - w[8:, None]  # a row for each bell
        return Y - w[0] * np.exp(-T * w[4]) - (w[1:4, None] * np.exp(-off * off * w[5:8, None])).sum(axis=0)

    def jacobian(self, w: Array) -> Array:
        off, heights, widths = T - w[8:, None], w[1:4, None], w[5:8, None]
        bells, fall = np.exp(-off * off * widths), np.exp(-T * w[4])
        rows = [
            -fall,
            *-bells,
            w[0] * T * fall,
            *(heights * bells * off * off),
            *(-2.0 * heights * bells * widths * off),
        ]
        return np.stack(rows, axis=1)
