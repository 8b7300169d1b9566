"""The trigonometric function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["Trigonometric"]


class Trigonometric(LeastSquares):
    """Periodic in every variable: the origin, which is near the start, is one of many minima. For
    n = 10 least squares ends in a local one, f = 2.79506e-5."""

    number = 26
    unconstrained = True
    standard_n = 10
    formula = "sum over i of (n - sum over j of cos(w[j]) + i (1 - cos(w[i])) - sin(w[i]))^2"
    source = (
        f"{MGH} 26; from E. Spedicato, 'Computational experience with quasi-Newton algorithms for minimization "
        "problems of moderately large size', Report CISE-N-175, 1975"
    )

    def standard_start(self) -> Array:
        return np.full(self.n, 1.0 / self.n)

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def residuals(self, w: Any) -> Any:
        down = 1.0 - np.cos(w)  # n less the cosines is the sum of these
        return down.sum() + np.arange(1, self.n + 1) * down - np.sin(w)

    def jacobian(self, w: Array) -> Array:
        across = np.sin(w)
        return across + np.diag(np.arange(1, self.n + 1) * across - np.cos(w))
