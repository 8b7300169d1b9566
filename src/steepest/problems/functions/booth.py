"""Booth's function: a tilted bowl whose axes are not the coordinates."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Booth"]


@dataclass(frozen=True)
class Booth(Member):
    """``(x + 2y - 7)^2 + (2x + y - 5)^2``: curvatures 2 and 18 along the diagonals, so scaling each variable by itself
    does not round the bowl."""

    least_n = most_n = 2
    formula = "(w1 + 2 w2 - 7)^2 + (2 w1 + w2 - 5)^2"
    source = (
        "M. Jamil, X.-S. Yang, 'A literature survey of benchmark functions for global optimisation problems', "
        "International Journal of Mathematical Modelling and Numerical Optimisation 4, 2013"
    )

    @property
    def start(self) -> Array:
        return np.array([-8.0, 4.0])

    @property
    def box(self) -> Box:
        return Box([-10.0, -10.0], [10.0, 10.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[1.0, 3.0]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        return (x + 2.0 * y - 7.0) ** 2 + (2.0 * x + y - 5.0) ** 2

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        return np.array([10.0 * x + 8.0 * y - 34.0, 8.0 * x + 10.0 * y - 38.0])
