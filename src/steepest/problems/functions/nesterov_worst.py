"""Nesterov's worst function: smooth and convex, and no first-order method is fast on it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["NesterovWorst"]


@dataclass(frozen=True)
class NesterovWorst(Member):
    """``1/2 (w_1^2 + sum_i (w_i - w_(i+1))^2 + w_n^2) - w_1``: from zeros, t gradients tell of the first t variables
    only, so no method beats 1 / t^2 in the first n / 2 iterations."""

    formula = "1/2 (w[1]^2 + sum over i of (w[i] - w[i+1])^2 + w[n]^2) - w[1]"
    source = "Y. Nesterov, 'Introductory Lectures on Convex Optimization', Kluwer, 2004, section 2.1.2, with L = 4"

    @property
    def start(self) -> Array:
        return np.zeros(self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -1.0), np.full(self.n, 2.0))

    @property
    def minimum(self) -> Minimum:
        i = np.arange(1.0, self.n + 1.0)
        return Minimum(0.5 * (1.0 / (self.n + 1.0) - 1.0), (1.0 - i / (self.n + 1.0))[None])

    def value(self, w: Any) -> Any:
        return 0.5 * (w[0] ** 2 + ((w[1:] - w[:-1]) ** 2).sum() + w[-1] ** 2) - w[0]

    def gradient(self, w: Array) -> Array:
        g = 2.0 * w
        g[1:] -= w[:-1]
        g[:-1] -= w[1:]
        g[0] -= 1.0
        return g
