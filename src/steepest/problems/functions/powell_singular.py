"""Powell's singular function: no curvature at the minimum in two directions of four."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["PowellSingular"]


@dataclass(frozen=True)
class PowellSingular(Member):
    """``(w1 + 10 w2)^2 + 5 (w3 - w4)^2 + (w2 - 2 w3)^4 + 10 (w1 - w4)^4``: the Hessian is singular at the minimum,
    where methods that converge fast elsewhere slow down."""

    n: int = 4

    least_n = most_n = 4
    formula = "(w1 + 10 w2)^2 + 5 (w3 - w4)^2 + (w2 - 2 w3)^4 + 10 (w1 - w4)^4"
    source = (
        "M. J. D. Powell, 'An iterative method for finding stationary values of a function of several variables', "
        "The Computer Journal 5, 1962"
    )

    @property
    def start(self) -> Array:
        return np.array([3.0, -1.0, 0.0, 1.0])

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -4.0), np.full(self.n, 4.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        a, b, c, d = w[0] + 10.0 * w[1], w[2] - w[3], w[1] - 2.0 * w[2], w[0] - w[3]
        return a * a + 5.0 * b * b + c**4 + 10.0 * d**4

    def gradient(self, w: Array) -> Array:
        a, b = w[0] + 10.0 * w[1], w[2] - w[3]
        c, d = 4.0 * (w[1] - 2.0 * w[2]) ** 3, 40.0 * (w[0] - w[3]) ** 3
        return np.array([2.0 * a + d, 20.0 * a + c, 10.0 * b - 2.0 * c, -10.0 * b - d])
