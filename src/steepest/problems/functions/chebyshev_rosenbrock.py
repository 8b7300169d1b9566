"""Nesterov's smooth Chebyshev-Rosenbrock function: a valley that folds over and over."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["ChebyshevRosenbrock"]


@dataclass(frozen=True)
class ChebyshevRosenbrock(Member):
    """``(w_1 - 1)^2 / 4 + sum_i (w_(i+1) - 2 w_i^2 + 1)^2``: the way from the start (-1, 1, ..., 1) is a chain of
    Chebyshev polynomials, and its length grows as 2^n."""

    least_n = 2
    formula = "(w[1] - 1)^2 / 4 + sum over i of (w[i+1] - 2 w[i]^2 + 1)^2"
    source = (
        "M. Gurbuzbalaban, M. L. Overton, 'On Nesterov's nonsmooth Chebyshev-Rosenbrock functions', Nonlinear "
        "Analysis 75, 2012"
    )

    @property
    def start(self) -> Array:
        start = np.ones(self.n)
        start[0] = -1.0
        return start

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -1.5), np.full(self.n, 1.5))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, self.n)))

    def value(self, w: Any) -> Any:
        head, tail = w[:-1], w[1:]
        return 0.25 * (w[0] - 1.0) ** 2 + ((tail - 2.0 * head * head + 1.0) ** 2).sum()

    def gradient(self, w: Array) -> Array:
        head, tail = w[:-1], w[1:]
        off = 2.0 * (tail - 2.0 * head * head + 1.0)
        g = np.zeros(self.n)
        g[0] = 0.5 * (w[0] - 1.0)
        g[:-1] -= 4.0 * head * off
        g[1:] += off
        return g
