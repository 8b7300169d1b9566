"""The six-hump camel: two equal minima among six."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["CamelSixHump"]

X, Y = 0.08984201310031806, -0.7126564030207396


@dataclass(frozen=True)
class CamelSixHump(Member):
    """``(4 - 2.1 x^2 + x^4 / 3) x^2 + x y + (4 y^2 - 4) y^2``: even under w -> -w, so the two minima are mirror
    images; the saddle between them at 0 is left slowly."""

    least_n = most_n = 2
    formula = "(4 - 2.1 w1^2 + w1^4 / 3) w1^2 + w1 w2 + (4 w2^2 - 4) w2^2"
    source = (
        "L. C. W. Dixon, G. P. Szego, 'The global optimization problem: an introduction', Towards Global "
        "Optimisation 2, North-Holland, 1978"
    )

    @property
    def start(self) -> Array:
        return np.array([0.9, 0.02])

    @property
    def box(self) -> Box:
        return Box([-2.0, -1.1], [2.0, 1.1])

    @property
    def minimum(self) -> Minimum:
        return Minimum(-1.0316284534898774, np.array([[X, Y], [-X, -Y]]))

    def value(self, w: Any) -> Any:
        x2, y2 = w[0] * w[0], w[1] * w[1]
        return (4.0 - 2.1 * x2 + x2 * x2 / 3.0) * x2 + w[0] * w[1] + (4.0 * y2 - 4.0) * y2

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        return np.array([8.0 * x - 8.4 * x**3 + 2.0 * x**5 + y, x - 8.0 * y + 16.0 * y**3])
