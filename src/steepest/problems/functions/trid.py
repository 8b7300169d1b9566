"""The trid function: a quadratic whose Hessian is tridiagonal."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Trid"]


@dataclass(frozen=True)
class Trid(Member):
    """``sum_i (w_i - 1)^2 - sum_(i>1) w_i w_(i-1)``: news travels from a variable to its neighbours only, so the count
    of iterations grows as n^2, with momentum as n."""

    formula = "sum over i of (w[i] - 1)^2 - sum over i > 1 of w[i] w[i-1]"
    source = (
        "A. Neumaier's third problem in M. M. Ali, C. Khompatraporn, Z. B. Zabinsky, 'A numerical evaluation of "
        "several stochastic algorithms on selected continuous global optimization test problems', Journal of Global "
        "Optimization 31, 2005"
    )

    @property
    def start(self) -> Array:
        return np.zeros(self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -float(self.n**2)), np.full(self.n, float(self.n**2)))

    @property
    def minimum(self) -> Minimum:
        i = np.arange(1.0, self.n + 1.0)
        return Minimum(-self.n * (self.n + 4.0) * (self.n - 1.0) / 6.0, (i * (self.n + 1.0 - i))[None])

    def value(self, w: Any) -> Any:
        return ((w - 1.0) ** 2).sum() - (w[1:] * w[:-1]).sum()

    def gradient(self, w: Array) -> Array:
        g = 2.0 * (w - 1.0)
        g[1:] -= w[:-1]
        g[:-1] -= w[1:]
        return g
