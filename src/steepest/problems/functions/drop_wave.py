"""The drop-wave function: rings like those of a drop in water."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["DropWave"]


@dataclass(frozen=True)
class DropWave(Member):
    """``-(1 + cos(12 r)) / (r^2 / 2 + 2)``, r the length of w: descent falls into the nearest ring and stays there, as
    every point of a ring's floor is a minimum."""

    least_n = most_n = 2
    formula = "-(1 + cos(12 sqrt(w1^2 + w2^2))) / ((w1^2 + w2^2) / 2 + 2)"
    source = "M. Molga, C. Smutnicki, 'Test functions for optimization needs', Wroclaw University of Technology, 2005"

    @property
    def start(self) -> Array:
        return np.array([-1.4, 0.5])

    @property
    def box(self) -> Box:
        return Box([-2.0, -2.0], [2.0, 2.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(-1.0, np.zeros((1, 2)))

    def value(self, w: Any) -> Any:
        square = w[0] * w[0] + w[1] * w[1]
        return -(1.0 + np.cos(12.0 * np.sqrt(square))) / (0.5 * square + 2.0)

    def gradient(self, w: Array) -> Array:
        square = w[0] * w[0] + w[1] * w[1]
        below, angle = 0.5 * square + 2.0, 12.0 * np.sqrt(square)
        waves = 144.0 * np.sinc(angle / np.pi)  # 12 sin(angle) / r, and its limit at r = 0
        g: Array = w * (waves / below + (1.0 + np.cos(angle)) / (below * below))
        return g
