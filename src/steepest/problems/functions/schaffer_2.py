"""Schaffer's second function: rippled hyperbolas."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Schaffer2"]


@dataclass(frozen=True)
class Schaffer2(Member):
    """``1/2 + (sin(x^2 - y^2)^2 - 1/2) / (1 + (x^2 + y^2) / 1000)^2``: the ripples grow finer outwards, so a step that
    follows one near the middle leaps over many further out."""

    least_n = most_n = 2
    formula = "1/2 + (sin(w1^2 - w2^2)^2 - 1/2) / (1 + (w1^2 + w2^2) / 1000)^2"
    source = (
        "S. K. Mishra, 'Some new test functions for global optimization and performance of repulsive particle swarm "
        "method', MPRA Paper 2718, University Library of Munich, 2006"
    )

    @property
    def start(self) -> Array:
        return np.array([-2.2, 1.4])

    @property
    def box(self) -> Box:
        return Box([-3.0, -3.0], [3.0, 3.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, 2)))

    def value(self, w: Any) -> Any:
        x2, y2 = w[0] * w[0], w[1] * w[1]
        return 0.5 + (np.sin(x2 - y2) ** 2 - 0.5) / (1.0 + 0.001 * (x2 + y2)) ** 2

    def gradient(self, w: Array) -> Array:
        x2, y2 = w[0] * w[0], w[1] * w[1]
        below = 1.0 + 0.001 * (x2 + y2)
        ripple = np.sin(2.0 * (x2 - y2)) / below**2
        outward = -0.002 * (np.sin(x2 - y2) ** 2 - 0.5) / below**3
        g: Array = 2.0 * w * np.array([ripple + outward, outward - ripple])
        return g
