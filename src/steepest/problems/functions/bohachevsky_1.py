"""Bohachevsky's first function: a bowl with small waves along both axes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Bohachevsky1"]


@dataclass(frozen=True)
class Bohachevsky1(Member):
    """``x^2 + 2 y^2 - 0.3 cos(3 pi x) - 0.4 cos(4 pi y) + 0.7``: the waves hold a step of the size that their
    curvature asks for, while one made for the bowl rolls over them; the customary box is 100 each way."""

    least_n = most_n = 2
    formula = "w1^2 + 2 w2^2 - 0.3 cos(3 pi w1) - 0.4 cos(4 pi w2) + 0.7"
    source = (
        "I. O. Bohachevsky, M. E. Johnson, M. L. Stein, 'Generalized simulated annealing for function "
        "optimization', Technometrics 28, 1986"
    )

    @property
    def start(self) -> Array:
        return np.array([-1.6, 1.2])

    @property
    def box(self) -> Box:
        return Box([-2.0, -2.0], [2.0, 2.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, 2)))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        waves = 0.3 * (1.0 - np.cos(3.0 * np.pi * x)) + 0.4 * (1.0 - np.cos(4.0 * np.pi * y))
        return x * x + 2.0 * y * y + waves

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        along_x = 2.0 * x + 0.9 * np.pi * np.sin(3.0 * np.pi * x)
        return np.array([along_x, 4.0 * y + 1.6 * np.pi * np.sin(4.0 * np.pi * y)])
