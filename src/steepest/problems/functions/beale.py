"""Beale's function: a flat floor between steep corners."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Beale"]


@dataclass(frozen=True)
class Beale(Member):
    """``sum_k (c_k - x (1 - y^k))^2`` for c = 1.5, 2.25, 2.625: gradients from nearly 0 on the floor to 200,000 in
    the corners, so no one step size suits the whole box."""

    least_n = most_n = 2
    formula = "(1.5 - w1 (1 - w2))^2 + (2.25 - w1 (1 - w2^2))^2 + (2.625 - w1 (1 - w2^3))^2"
    source = (
        "E. M. L. Beale, 'On an iterative method for finding a local minimum of a function of more than one variable', "
        "Technical Report 25, Statistical Techniques Research Group, Princeton University, 1958"
    )

    @property
    def start(self) -> Array:
        return np.ones(2)

    @property
    def box(self) -> Box:
        return Box([-4.5, -4.5], [4.5, 4.5])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[3.0, 0.5]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        y2 = y * y
        return (1.5 - x * (1.0 - y)) ** 2 + (2.25 - x * (1.0 - y2)) ** 2 + (2.625 - x * (1.0 - y2 * y)) ** 2

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        y2 = y * y
        a, b, c = 1.5 - x * (1.0 - y), 2.25 - x * (1.0 - y2), 2.625 - x * (1.0 - y2 * y)
        along_x = 2.0 * (a * (y - 1.0) + b * (y2 - 1.0) + c * (y2 * y - 1.0))
        along_y = 2.0 * x * (a + 2.0 * b * y + 3.0 * c * y2)
        return np.array([along_x, along_y])
