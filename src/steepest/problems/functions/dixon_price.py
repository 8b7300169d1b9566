"""The Dixon-Price function: a chain of parabolas with two ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["DixonPrice"]


@dataclass(frozen=True)
class DixonPrice(Member):
    """``(w_1 - 1)^2 + sum_(i>1) i (2 w_i^2 - w_(i-1))^2``: each variable is pulled after the square root of the one
    before; two minima, mirror images in the last variable, and the start's sign decides."""

    least_n = 2
    formula = "(w[1] - 1)^2 + sum over i > 1 of i (2 w[i]^2 - w[i-1])^2"
    source = (
        "L. C. W. Dixon, R. C. Price, 'Truncated Newton method for sparse unconstrained optimization using "
        "automatic differentiation', Journal of Optimization Theory and Applications 60, 1989"
    )

    @property
    def start(self) -> Array:
        return np.resize([-1.5, 1.2], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -2.0), np.full(self.n, 2.0))

    @property
    def minimum(self) -> Minimum:
        point = 2.0 ** (2.0 ** (1.0 - np.arange(1.0, self.n + 1.0)) - 1.0)
        mirrored = point.copy()
        mirrored[-1] *= -1.0
        return Minimum(0.0, np.array([point, mirrored]))

    def value(self, w: Any) -> Any:
        i, head, tail = np.arange(2.0, self.n + 1.0), w[:-1], w[1:]
        return (w[0] - 1.0) ** 2 + (i * (2.0 * tail * tail - head) ** 2).sum()

    def gradient(self, w: Array) -> Array:
        i, head, tail = np.arange(2.0, self.n + 1.0), w[:-1], w[1:]
        off = i * (2.0 * tail * tail - head)
        g = np.zeros(self.n)
        g[0] = 2.0 * (w[0] - 1.0)
        g[:-1] -= 2.0 * off
        g[1:] += 8.0 * off * tail
        return g
