"""The monkey saddle: three ways down from a point without slope or curvature."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array

__all__ = ["MonkeySaddle"]


@dataclass(frozen=True)
class MonkeySaddle(Member):
    """``x^3 - 3 x y^2``: gradient and curvature both vanish at 0, so descent lingers there much longer than at a
    common saddle; it has no minimum and falls without bound."""

    least_n = most_n = 2
    formula = "w1^3 - 3 w1 w2^2"
    source = "D. Hilbert, S. Cohn-Vossen, 'Anschauliche Geometrie', Springer, 1932, section 29"

    @property
    def start(self) -> Array:
        return np.array([1.5, 0.1])

    @property
    def box(self) -> Box:
        return Box([-2.0, -2.0], [2.0, 2.0])

    @property
    def minimum(self) -> None:
        return None

    def value(self, w: Any) -> Any:
        return w[0] ** 3 - 3.0 * w[0] * w[1] ** 2

    def gradient(self, w: Array) -> Array:
        return np.array([3.0 * (w[0] ** 2 - w[1] ** 2), -6.0 * w[0] * w[1]])
