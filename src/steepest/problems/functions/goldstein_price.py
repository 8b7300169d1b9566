"""The Goldstein-Price function: four hollows among walls of a million."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["GoldsteinPrice"]


@dataclass(frozen=True)
class GoldsteinPrice(Member):
    """``(1 + s^2 p) (30 + t^2 q)``, s = x + y + 1, t = 2 x - 3 y, p = 19 - 14 x + 3 x^2 - 14 y + 6 x y + 3 y^2,
    q = 18 - 32 x + 12 x^2 + 48 y - 36 x y + 27 y^2: values from 3 to a million, so the rate that the walls allow is far
    too small on the floor."""

    least_n = most_n = 2
    formula = "product of two quartics, (1 + (w1 + w2 + 1)^2 p) (30 + (2 w1 - 3 w2)^2 q)"
    source = "A. A. Goldstein, J. F. Price, 'On descent from local minima', Mathematics of Computation 25, 1971"

    @property
    def start(self) -> Array:
        return np.array([1.2, 1.0])

    @property
    def box(self) -> Box:
        return Box([-2.0, -2.0], [2.0, 2.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(3.0, np.array([[0.0, -1.0]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        p = 19.0 - 14.0 * x + 3.0 * x * x - 14.0 * y + 6.0 * x * y + 3.0 * y * y
        q = 18.0 - 32.0 * x + 12.0 * x * x + 48.0 * y - 36.0 * x * y + 27.0 * y * y
        return (1.0 + (x + y + 1.0) ** 2 * p) * (30.0 + (2.0 * x - 3.0 * y) ** 2 * q)

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        s, t = x + y + 1.0, 2.0 * x - 3.0 * y
        p = 19.0 - 14.0 * x + 3.0 * x * x - 14.0 * y + 6.0 * x * y + 3.0 * y * y
        q = 18.0 - 32.0 * x + 12.0 * x * x + 48.0 * y - 36.0 * x * y + 27.0 * y * y
        first, second = 1.0 + s * s * p, 30.0 + t * t * q
        first_slope = 2.0 * s * p + s * s * (6.0 * x + 6.0 * y - 14.0)  # alike along x and y
        along_x = 4.0 * t * q + t * t * (24.0 * x - 36.0 * y - 32.0)
        along_y = -6.0 * t * q + t * t * (54.0 * y - 36.0 * x + 48.0)
        g: Array = first_slope * second + first * np.array([along_x, along_y])
        return g
