"""Hilbert's quadratic: the matrix everybody fears as a bowl."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["HilbertQuadratic"]


@dataclass(frozen=True)
class HilbertQuadratic(Member):
    """``1/2 w' H w``, H_ij = 1 / (i + j - 1): condition number 19 for two variables and 1.6e13 for ten, along no axis;
    f falls fast and w hardly moves in the flat directions."""

    least_n, most_n = 2, 12
    formula = "1/2 sum over i, j of w[i] w[j] / (i + j - 1)"
    source = "D. Hilbert, 'Ein Beitrag zur Theorie des Legendre'schen Polynoms', Acta Mathematica 18, 1894"

    @cached_property
    def matrix(self) -> Array:
        """Hilbert's matrix, shape (n, n)."""
        i = np.arange(1.0, self.n + 1.0)
        return 1.0 / (i[:, None] + i - 1.0)

    @property
    def start(self) -> Array:
        return np.resize([-4.0, 3.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return 0.5 * (w * (self.matrix @ w)).sum()

    def gradient(self, w: Array) -> Array:
        return self.matrix @ w
