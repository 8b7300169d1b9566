"""The sum of different powers: each variable flatter at its bottom than the one before."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["DifferentPowers"]


@dataclass(frozen=True)
class DifferentPowers(Member):
    """``sum_i abs(w_i)^(i + 1)``: the curvature is 0 at the minimum in all variables but the first, and there progress
    fades from a rate to a power of the count."""

    formula = "sum over i of abs(w[i])^(i + 1)"
    source = "M. Molga, C. Smutnicki, 'Test functions for optimization needs', Wroclaw University of Technology, 2005"

    @property
    def start(self) -> Array:
        return np.resize([-0.9, 0.8], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -1.0), np.full(self.n, 1.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return (np.abs(w) ** np.arange(2.0, self.n + 2.0)).sum()

    def gradient(self, w: Array) -> Array:
        power = np.arange(2.0, self.n + 2.0)
        return power * np.abs(w) ** (power - 1.0) * np.sign(w)
