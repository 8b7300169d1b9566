"""Mancino's function: a nearly linear system with a dense, wavy part."""

from functools import cached_property
from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MW, LeastSquares, root_of

__all__ = ["Mancino"]


class Mancino(LeastSquares):
    """Diagonally dominant and all but linear: large numbers, and nothing difficult."""

    standard_n = 5
    formula = (
        "sum over i of (1400 w[i] + (i - 50)^3 + sum over j of v (sin(log v)^5 + cos(log v)^5))^2, v = "
        "sqrt(w[i]^2 + i / j)"
    )
    source = (
        f"{MW} 21; from E. Spedicato, 'Computational experience with quasi-Newton algorithms for minimization "
        "problems of moderately large size', Report CISE-N-175, 1975"
    )

    def standard_start(self) -> Array:
        return np.asarray(-8.710996e-4 * self.residuals(np.zeros(self.n)))

    @cached_property
    def minimum(self) -> Minimum:
        return root_of(self)

    def residuals(self, w: Any) -> Any:
        i = np.arange(1, self.n + 1)
        v = np.sqrt((w * w)[:, None] + i[:, None] / i)
        waves = v * (np.sin(np.log(v)) ** 5 + np.cos(np.log(v)) ** 5)
        return 1400.0 * w + (i - 50.0) ** 3 + waves.sum(axis=1)

    def jacobian(self, w: Array) -> Array:
        i = np.arange(1, self.n + 1)
        v = np.sqrt((w * w)[:, None] + i[:, None] / i)
        s, c = np.sin(np.log(v)), np.cos(np.log(v))
        along_v = s**5 + c**5 + 5.0 * s * c * (s**3 - c**3)
        return np.diag(1400.0 + (along_v / v).sum(axis=1) * w)
