"""McCormick's function: a sloping valley with a dip in every wave."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Mccormick"]


@dataclass(frozen=True)
class Mccormick(Member):
    """``sin(x + y) + (x - y)^2 - 1.5 x + 2.5 y + 1``: each dip along the valley lies pi below the one before it,
    without end; the minimum is the least of the box, and momentum may roll on past it."""

    least_n = most_n = 2
    formula = "sin(w1 + w2) + (w1 - w2)^2 - 1.5 w1 + 2.5 w2 + 1"
    source = "G. P. McCormick, 'Nonlinear Programming: Theory, Algorithms, and Applications', Wiley, 1983"

    @property
    def start(self) -> Array:
        return np.array([-1.0, 3.5])

    @property
    def box(self) -> Box:
        return Box([-1.5, -3.0], [4.0, 4.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(-np.sqrt(0.75) - np.pi / 3.0, np.array([[0.5 - np.pi / 3.0, -0.5 - np.pi / 3.0]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        return np.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1.0

    def gradient(self, w: Array) -> Array:
        wave, off = np.cos(w[0] + w[1]), 2.0 * (w[0] - w[1])
        return np.array([wave + off - 1.5, wave - off + 2.5])
