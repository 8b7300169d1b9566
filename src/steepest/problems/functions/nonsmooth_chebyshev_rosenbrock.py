"""Nesterov's nonsmooth Chebyshev-Rosenbrock function: a valley with a crease for its floor."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["NonsmoothChebyshevRosenbrock"]


@dataclass(frozen=True)
class NonsmoothChebyshevRosenbrock(Member):
    """``(w_1 - 1)^2 / 4 + sum_i abs(w_(i+1) - 2 w_i^2 + 1)``, not smooth: steps hop over the crease and hardly advance
    along it; on the crease itself the gradient is that of the other terms."""

    least_n = 2
    smooth = False
    creased = True
    formula = "(w[1] - 1)^2 / 4 + sum over i of abs(w[i+1] - 2 w[i]^2 + 1)"
    source = (
        "M. Gurbuzbalaban, M. L. Overton, 'On Nesterov's nonsmooth Chebyshev-Rosenbrock functions', Nonlinear "
        "Analysis 75, 2012"
    )

    @property
    def start(self) -> Array:
        return np.resize([-0.9, 0.3], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -1.5), np.full(self.n, 1.5))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, self.n)))

    def value(self, w: Any) -> Any:
        head, tail = w[:-1], w[1:]
        return 0.25 * (w[0] - 1.0) ** 2 + np.abs(tail - 2.0 * head * head + 1.0).sum()

    def gradient(self, w: Array) -> Array:
        head, tail = w[:-1], w[1:]
        side = np.sign(tail - 2.0 * head * head + 1.0)
        g = np.zeros(self.n)
        g[0] = 0.5 * (w[0] - 1.0)
        g[:-1] -= 4.0 * head * side
        g[1:] += side
        return g
