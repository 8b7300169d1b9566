"""Schwefel's function 2.21: the largest absolute value."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Schwefel221"]


@dataclass(frozen=True)
class Schwefel221(Member):
    """``max_i abs(w_i)``, not smooth: only the worst variable has a slope, so descent tends one variable at a time and
    hops from one side of a ridge to the other."""

    smooth = False
    creased = True
    formula = "largest over i of abs(w[i])"
    source = "H.-P. Schwefel, 'Numerical Optimization of Computer Models', Wiley, 1981, problem 2.21"

    @property
    def start(self) -> Array:
        return np.linspace(-4.3, -4.3 / self.n, self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return np.abs(w).max()

    def gradient(self, w: Array) -> Array:
        g = np.zeros(self.n)
        worst = np.abs(w).argmax()
        g[worst] = np.sign(w[worst])
        return g
