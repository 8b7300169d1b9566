"""Schwefel's function 2.20: the sum of absolute values."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Schwefel220"]


@dataclass(frozen=True)
class Schwefel220(Member):
    """``sum_i abs(w_i)``, not smooth: the slope is 1 however near the minimum, so a fixed step never settles and rates
    must fade; the gradient is 0 where w_i = 0."""

    smooth = False
    creased = True
    formula = "sum over i of abs(w[i])"
    source = "H.-P. Schwefel, 'Numerical Optimization of Computer Models', Wiley, 1981, problem 2.20"

    @property
    def start(self) -> Array:
        return np.resize([-4.3, 3.1], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return np.abs(w).sum()

    def gradient(self, w: Array) -> Array:
        return np.sign(w)
