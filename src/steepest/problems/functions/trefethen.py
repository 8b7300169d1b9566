"""Trefethen's function: a bowl under waves of five lengths."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Trefethen"]


@dataclass(frozen=True)
class Trefethen(Member):
    """``exp(sin(50 x)) + sin(60 exp(y)) + sin(70 sin(x)) + sin(sin(80 y)) - sin(10 (x + y)) + (x^2 + y^2) / 4``: asked
    for to ten digits; descent from a random start finds one of a thousand hollows."""

    least_n = most_n = 2
    formula = (
        "exp(sin(50 w1)) + sin(60 exp(w2)) + sin(70 sin(w1)) + sin(sin(80 w2)) - sin(10 (w1 + w2)) + (w1^2 + w2^2) / 4"
    )
    source = "L. N. Trefethen, 'A hundred-dollar, hundred-digit challenge', SIAM News 35 (1), 2002, problem 4"

    @property
    def start(self) -> Array:
        return np.array([0.3, -0.2])

    @property
    def box(self) -> Box:
        return Box([-0.5, -0.5], [0.5, 0.5])

    @property
    def minimum(self) -> Minimum:
        return Minimum(-3.306868647475237, np.array([[-0.024403079694375173, 0.21061242715535577]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        waves = (
            np.exp(np.sin(50.0 * x)) + np.sin(60.0 * np.exp(y)) + np.sin(70.0 * np.sin(x)) + np.sin(np.sin(80.0 * y))
        )
        return waves - np.sin(10.0 * (x + y)) + 0.25 * (x * x + y * y)

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        both = -10.0 * np.cos(10.0 * (x + y))
        along_x = 50.0 * np.cos(50.0 * x) * np.exp(np.sin(50.0 * x)) + 70.0 * np.cos(x) * np.cos(70.0 * np.sin(x))
        along_y = 60.0 * np.exp(y) * np.cos(60.0 * np.exp(y)) + 80.0 * np.cos(80.0 * y) * np.cos(np.sin(80.0 * y))
        return np.array([along_x + both + 0.5 * x, along_y + both + 0.5 * y])
