"""The exponential function: a bell upside down."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Exponential"]


@dataclass(frozen=True)
class Exponential(Member):
    """``-exp(-1/2 sum_i w_i^2)``: outside the bell slope and curvature vanish, as in a saturated unit, so a rate fitted
    to them there is far too large inside; rules that divide by the size of the gradient walk in."""

    formula = "-exp(-1/2 sum over i of w[i]^2)"
    source = (
        "S. Rahnamayan, H. R. Tizhoosh, M. M. A. Salama, 'A novel population initialization method for accelerating "
        "evolutionary algorithms', Computers and Mathematics with Applications 53, 2007"
    )

    @property
    def start(self) -> Array:
        start: Array = np.resize([-1.4, 1.0], self.n) * np.sqrt(2.0 / self.n)
        return start

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -4.0), np.full(self.n, 4.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(-1.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return -np.exp(-0.5 * (w * w).sum())

    def gradient(self, w: Array) -> Array:
        g: Array = w * np.exp(-0.5 * (w * w).sum())
        return g
