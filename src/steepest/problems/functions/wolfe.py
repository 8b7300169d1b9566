"""Wolfe's function: steepest descent by exact steps ends where there is no minimum."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Wolfe"]


@dataclass(frozen=True)
class Wolfe(Member):
    """``5 sqrt(9 x^2 + 16 y^2) where x >= abs(y), else 9 x + 16 abs(y) - min(x, 0)^9``, not smooth on y = 0: with
    exact line searches descent zigzags to (0, 0), though f falls on to -8 at (-1, 0)."""

    least_n = most_n = 2
    smooth = False
    creased = True
    formula = "5 sqrt(9 w1^2 + 16 w2^2) where w1 >= abs(w2), else 9 w1 + 16 abs(w2) - min(w1, 0)^9"
    source = (
        "P. Wolfe, 'A method of conjugate subgradients for minimizing nondifferentiable functions', Mathematical "
        "Programming Study 3, 1975"
    )

    @property
    def start(self) -> Array:
        return np.array([5.0, 4.0])

    @property
    def box(self) -> Box:
        return Box([-1.5, -5.0], [6.0, 5.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(-8.0, np.array([[-1.0, 0.0]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        fan = 5.0 * np.sqrt(9.0 * x * x + 16.0 * y * y)
        rest = 9.0 * x + 16.0 * np.abs(y) - np.minimum(x, 0.0) ** 9
        return np.where(x >= np.abs(y), fan, rest)[()]  # a number, where NumPy's where makes an array

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        if x >= abs(y) and x > 0:
            slope: Array = np.array([45.0 * x, 80.0 * y]) / np.sqrt(9.0 * x * x + 16.0 * y * y)
            return slope
        return np.array([9.0 - 9.0 * np.minimum(x, 0.0) ** 8, 16.0 * np.sign(y)])
