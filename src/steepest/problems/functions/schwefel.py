"""Schwefel's function 2.26: the deepest hollow lies in a corner, far from the next deepest."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Schwefel"]

BEST, DEPTH = 420.96874635998205, 418.9828872724337
"""The root of 2 sin(s) + s cos(s) at s = 20.5, squared, and w sin(sqrt(w)) there."""


@dataclass(frozen=True)
class Schwefel(Member):
    """``sum_i (418.98... - w_i sin(sqrt(abs(w_i))))``: the hollows grow deeper outwards, so what is learnt in the
    middle misleads; the minimum is the least of the box, beyond which the function falls without bound."""

    formula = "418.9828872724337 n - sum over i of w[i] sin(sqrt(abs(w[i])))"
    source = "H.-P. Schwefel, 'Numerical Optimization of Computer Models', Wiley, 1981, problem 2.26"

    @property
    def start(self) -> Array:
        return np.resize([-30.0, 120.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -500.0), np.full(self.n, 500.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.full((1, self.n), BEST))

    def value(self, w: Any) -> Any:
        return (DEPTH - w * np.sin(np.sqrt(np.abs(w)))).sum()

    def gradient(self, w: Array) -> Array:
        root = np.sqrt(np.abs(w))
        return -(np.sin(root) + 0.5 * root * np.cos(root))
