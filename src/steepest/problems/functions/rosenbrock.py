"""Rosenbrock's valley: easy to enter, slow to follow."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Rosenbrock"]


@dataclass(frozen=True)
class Rosenbrock(Member):
    """``sum_i 100 (w_(i+1) - w_i^2)^2 + (1 - w_i)^2``: a curved valley, condition number 2,508 at its minimum."""

    least_n = 2
    formula = "sum over i of 100 (w[i+1] - w[i]^2)^2 + (1 - w[i])^2"
    source = (
        "H. H. Rosenbrock, 'An automatic method for finding the greatest or least value of a function', "
        "The Computer Journal 3, 1960"
    )

    @property
    def start(self) -> Array:
        return np.resize([-1.2, 1.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -2.0), np.full(self.n, 3.0)) if self.n != 2 else Box([-2.0, -1.0], [2.0, 3.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, self.n)))

    def value(self, w: Any) -> Any:
        head, tail = w[:-1], w[1:]
        return (100.0 * (tail - head * head) ** 2 + (1.0 - head) ** 2).sum()

    def gradient(self, w: Array) -> Array:
        head, tail = w[:-1], w[1:]
        off = tail - head * head
        g = np.zeros(self.n)
        g[:-1] = -400.0 * head * off - 2.0 * (1.0 - head)
        g[1:] += 200.0 * off
        return g
