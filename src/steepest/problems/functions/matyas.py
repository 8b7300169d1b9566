"""Matyas's function: a long plate tilted by 45 degrees."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Matyas"]


@dataclass(frozen=True)
class Matyas(Member):
    """``0.26 (x^2 + y^2) - 0.48 x y``: curvatures 0.04 and 1 along the diagonals, so a method with a rate for each
    variable sees two alike and gains nothing."""

    least_n = most_n = 2
    formula = "0.26 (w1^2 + w2^2) - 0.48 w1 w2"
    source = "J. Matyas, 'Random optimization', Automation and Remote Control 26, 1965"

    @property
    def start(self) -> Array:
        return np.array([-9.0, 2.0])

    @property
    def box(self) -> Box:
        return Box([-10.0, -10.0], [10.0, 10.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, 2)))

    def value(self, w: Any) -> Any:
        return 0.26 * (w[0] * w[0] + w[1] * w[1]) - 0.48 * w[0] * w[1]

    def gradient(self, w: Array) -> Array:
        return np.array([0.52 * w[0] - 0.48 * w[1], 0.52 * w[1] - 0.48 * w[0]])
