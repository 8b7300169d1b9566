"""Griewank's function: a wide bowl whose floor is a lattice of hollows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Griewank"]


@dataclass(frozen=True)
class Griewank(Member):
    """``1 + sum_i w_i^2 / 4000 - prod_i cos(w_i / sqrt(i))``: from afar a smooth bowl, close by a lattice of hollows,
    each of which holds small steps; the box shows the middle of the customary one, 600 each way."""

    formula = "1 + sum over i of w[i]^2 / 4000 - product over i of cos(w[i] / sqrt(i))"
    source = (
        "A. O. Griewank, 'Generalized descent for global optimization', Journal of Optimization Theory and "
        "Applications 34, 1981"
    )

    @property
    def start(self) -> Array:
        return np.resize([-13.0, 9.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -20.0), np.full(self.n, 20.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        root = np.sqrt(np.arange(1.0, self.n + 1.0))
        return (w * w).sum() / 4000.0 + 1.0 - np.cos(w / root).prod()

    def gradient(self, w: Array) -> Array:
        root = np.sqrt(np.arange(1.0, self.n + 1.0))
        cosines = np.cos(w / root)
        before = np.concatenate(([1.0], np.cumprod(cosines[:-1])))  # the product of the others: a cosine may be 0
        after = np.concatenate((np.cumprod(cosines[:0:-1])[::-1], [1.0]))
        g: Array = w / 2000.0 + before * after * np.sin(w / root) / root
        return g
