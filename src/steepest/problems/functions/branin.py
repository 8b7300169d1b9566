"""Branin's function: three equal minima along a parabola."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Branin"]

B, C, T = 5.1 / (4.0 * np.pi**2), 5.0 / np.pi, 1.0 / (8.0 * np.pi)


@dataclass(frozen=True)
class Branin(Member):
    """``(y - b x^2 + c x - 6)^2 + 10 (1 - t) cos(x) + 10``, b = 5.1 / (4 pi^2), c = 5 / pi, t = 1 / (8 pi): descent
    falls to the parabola first and then along it, to whichever of three equal minima is nearest."""

    least_n = most_n = 2
    formula = "(w2 - 5.1 w1^2 / (4 pi^2) + 5 w1 / pi - 6)^2 + 10 (1 - 1 / (8 pi)) cos(w1) + 10"
    source = (
        "F. H. Branin, 'Widely convergent method for finding multiple solutions of simultaneous nonlinear "
        "equations', IBM Journal of Research and Development 16, 1972"
    )

    @property
    def start(self) -> Array:
        return np.array([6.0, 14.0])

    @property
    def box(self) -> Box:
        return Box([-5.0, 0.0], [10.0, 15.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(10.0 * T, np.array([[-np.pi, 12.275], [np.pi, 2.275], [3.0 * np.pi, 2.475]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        return (y - B * x * x + C * x - 6.0) ** 2 + 10.0 * (1.0 - T) * np.cos(x) + 10.0

    def gradient(self, w: Array) -> Array:
        x, y = w[0], w[1]
        off = 2.0 * (y - B * x * x + C * x - 6.0)
        return np.array([off * (C - 2.0 * B * x) - 10.0 * (1.0 - T) * np.sin(x), off])
