"""Easom's function: one hole in a flat plain."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Easom"]


@dataclass(frozen=True)
class Easom(Member):
    """``-cos(x) cos(y) exp(-(x - pi)^2 - (y - pi)^2)``: away from the hole the slope is too small to be felt, and a
    gradient below the tolerance is no sign of a minimum; the customary box is 100 each way."""

    least_n = most_n = 2
    formula = "-cos(w1) cos(w2) exp(-(w1 - pi)^2 - (w2 - pi)^2)"
    source = "E. E. Easom, 'A survey of global optimization techniques', M. Eng. thesis, University of Louisville, 1990"

    @property
    def start(self) -> Array:
        return np.array([2.3, 3.7])

    @property
    def box(self) -> Box:
        return Box([-2.0, -2.0], [8.0, 8.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(-1.0, np.full((1, 2), np.pi))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        return -np.cos(x) * np.cos(y) * np.exp(-((x - np.pi) ** 2) - (y - np.pi) ** 2)

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        hole = np.exp(-((x - np.pi) ** 2) - (y - np.pi) ** 2)
        along_x = (np.sin(x) + 2.0 * (x - np.pi) * np.cos(x)) * np.cos(y)
        along_y = (np.sin(y) + 2.0 * (y - np.pi) * np.cos(y)) * np.cos(x)
        g: Array = hole * np.array([along_x, along_y])
        return g
