"""Wood's function: two of Rosenbrock's valleys tied together."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Wood"]


@dataclass(frozen=True)
class Wood(Member):
    """``100 (w2 - w1^2)^2 + (1 - w1)^2 + 90 (w4 - w3^2)^2 + (1 - w3)^2 + 10 (w2 + w4 - 2)^2 + (w2 - w4)^2 / 10``: near
    (-1, 1, -1, 1) the slope nearly vanishes, and a loose tolerance stops there."""

    n: int = 4

    least_n = most_n = 4
    formula = "100 (w2 - w1^2)^2 + (1 - w1)^2 + 90 (w4 - w3^2)^2 + (1 - w3)^2 + 10 (w2 + w4 - 2)^2 + 0.1 (w2 - w4)^2"
    source = (
        "A. R. Colville, 'A comparative study of nonlinear programming codes', Report 320-2949, IBM New York "
        "Scientific Center, 1968"
    )

    @property
    def start(self) -> Array:
        return np.array([-3.0, -1.0, -3.0, -1.0])

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -4.0), np.full(self.n, 4.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, 4)))

    def value(self, w: Any) -> Any:
        a, b, c, d = w[0], w[1], w[2], w[3]
        valleys = 100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 + 90.0 * (d - c * c) ** 2 + (1.0 - c) ** 2
        return valleys + 10.0 * (b + d - 2.0) ** 2 + 0.1 * (b - d) ** 2

    def gradient(self, w: Array) -> Array:
        a, b, c, d = w
        first, second = 200.0 * (b - a * a), 180.0 * (d - c * c)
        both, between = 20.0 * (b + d - 2.0), 0.2 * (b - d)
        along_a, along_c = -2.0 * a * first - 2.0 * (1.0 - a), -2.0 * c * second - 2.0 * (1.0 - c)
        return np.array([along_a, first + both + between, along_c, second + both - between])
