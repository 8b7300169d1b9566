"""Schwefel's function 1.2: a bowl whose variables hang together."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Schwefel12"]


@dataclass(frozen=True)
class Schwefel12(Member):
    """``sum_i (w_1 + ... + w_i)^2``: a quadratic without a diagonal Hessian, its condition number about 1.6 n^2, so
    that rates of each variable's own help little."""

    formula = "sum over i of (w[1] + ... + w[i])^2"
    source = "H.-P. Schwefel, 'Numerical Optimization of Computer Models', Wiley, 1981, problem 1.2"

    @property
    def start(self) -> Array:
        return np.resize([-4.0, 1.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        partial = np.cumsum(w)
        return (partial * partial).sum()

    def gradient(self, w: Array) -> Array:
        partial = np.cumsum(w)
        return 2.0 * np.cumsum(partial[::-1])[::-1]
