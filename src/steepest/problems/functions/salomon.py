"""Salomon's function: circular ditches around the tip of a cone."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Salomon"]


@dataclass(frozen=True)
class Salomon(Member):
    """``1 - cos(2 pi r) + r / 10``, r the length of w: no rotation changes it, so a method's rates for each variable
    gain nothing; not smooth at the minimum, where the gradient is set to 0."""

    smooth = False
    formula = "1 - cos(2 pi r) + r / 10, r = sqrt(sum over i of w[i]^2)"
    source = (
        "R. Salomon, 'Re-evaluating genetic algorithm performance under coordinate rotation of benchmark "
        "functions', BioSystems 39, 1996"
    )

    @property
    def start(self) -> Array:
        return np.resize([-1.9, 0.9], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -3.0), np.full(self.n, 3.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        r = np.sqrt((w * w).sum())
        return 1.0 - np.cos(2.0 * np.pi * r) + 0.1 * r

    def gradient(self, w: Array) -> Array:
        r = float(np.hypot.reduce(w))
        if r == 0.0:
            return np.zeros(self.n)
        g: Array = w * ((2.0 * np.pi * np.sin(2.0 * np.pi * r) + 0.1) / r)
        return g
