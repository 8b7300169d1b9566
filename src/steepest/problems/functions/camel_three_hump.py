"""The three-hump camel: one minimum between two lesser ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["CamelThreeHump"]


@dataclass(frozen=True)
class CamelThreeHump(Member):
    """``2 x^2 - 1.05 x^4 + x^6 / 6 + x y + y^2``: the hollows at the sides, 0.2986 above the minimum in the middle,
    hold plain descent that starts outside."""

    least_n = most_n = 2
    formula = "2 w1^2 - 1.05 w1^4 + w1^6 / 6 + w1 w2 + w2^2"
    source = "L. C. W. Dixon, G. P. Szego (editors), 'Towards Global Optimisation', North-Holland, 1975"

    @property
    def start(self) -> Array:
        return np.array([2.2, 1.5])

    @property
    def box(self) -> Box:
        return Box([-2.5, -2.5], [2.5, 2.5])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, 2)))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        x2 = x * x
        return x2 * (2.0 - 1.05 * x2 + x2 * x2 / 6.0) + x * y + y * y

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        return np.array([4.0 * x - 4.2 * x**3 + x**5 + y, x + 2.0 * y])
