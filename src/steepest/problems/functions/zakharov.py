"""Zakharov's function: a bowl with one direction of fourth power."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Zakharov"]


@dataclass(frozen=True)
class Zakharov(Member):
    """``sum_i w_i^2 + s^2 + s^4`` with s = 1/2 sum_i i w_i: no minimum but one, yet slopes from 1 to millions, so a
    rate safe at the start crawls at the end."""

    formula = "sum over i of w[i]^2 + s^2 + s^4, s = 1/2 sum over i of i w[i]"
    source = (
        "R. Chelouah, P. Siarry, 'Tabu search applied to global optimization', European Journal of Operational "
        "Research 123, 2000"
    )

    @property
    def start(self) -> Array:
        return np.resize([-4.0, 6.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 10.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        s = 0.5 * (np.arange(1.0, self.n + 1.0) * w).sum()
        return (w * w).sum() + s**2 + s**4

    def gradient(self, w: Array) -> Array:
        half = 0.5 * np.arange(1.0, self.n + 1.0)
        s = (half * w).sum()
        g: Array = 2.0 * w + half * (2.0 * s + 4.0 * s**3)
        return g
