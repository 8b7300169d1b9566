"""Himmelblau's function: four minima of equal depth."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Himmelblau"]

MINIMA = (
    (3.0, 2.0),
    (-2.805118086952745, 3.131312518250573),
    (-3.779310253377747, -3.2831859912861696),
    (3.5844283403304917, -1.8481265269644036),
)


@dataclass(frozen=True)
class Himmelblau(Member):
    """``(x^2 + y - 11)^2 + (x + y^2 - 7)^2``: four minima, all 0, so the start decides which one is found."""

    least_n = most_n = 2
    formula = "(w1^2 + w2 - 11)^2 + (w1 + w2^2 - 7)^2"
    source = "D. M. Himmelblau, 'Applied Nonlinear Programming', McGraw-Hill, 1972"

    @property
    def start(self) -> Array:
        return np.zeros(2)

    @property
    def box(self) -> Box:
        return Box([-5.0, -5.0], [5.0, 5.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array(MINIMA))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        return (x * x + y - 11.0) ** 2 + (x + y * y - 7.0) ** 2

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        a, b = x * x + y - 11.0, x + y * y - 7.0
        return np.array([4.0 * x * a + 2.0 * b, 2.0 * a + 4.0 * y * b])
