"""The Styblinski-Tang function: a deep and a less deep hollow in every variable."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["StyblinskiTang"]

LOWEST, DEPTH = -2.903534027771177, -39.16616570377141
"""The least root of 4 w^3 - 32 w + 5, and the value of one term there."""


@dataclass(frozen=True)
class StyblinskiTang(Member):
    """``1/2 sum_i (w_i^4 - 16 w_i^2 + 5 w_i)``: 2^n hollows of which one is the deepest, so momentum may roll over the
    humps that plain descent stops at."""

    formula = "1/2 sum over i of (w[i]^4 - 16 w[i]^2 + 5 w[i])"
    source = (
        "M. A. Styblinski, T.-S. Tang, 'Experiments in nonconvex optimization: stochastic approximation with function "
        "smoothing and simulated annealing', Neural Networks 3, 1990"
    )

    @property
    def start(self) -> Array:
        return np.resize([4.0, -1.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(DEPTH * self.n, np.full((1, self.n), LOWEST))

    def value(self, w: Any) -> Any:
        square = w * w
        return 0.5 * (square * square - 16.0 * square + 5.0 * w).sum()

    def gradient(self, w: Array) -> Array:
        return 2.0 * w * w * w - 16.0 * w + 2.5
