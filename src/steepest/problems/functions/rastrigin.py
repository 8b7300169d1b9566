"""Rastrigin's function: a bowl with a regular lattice of hollows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Rastrigin"]


@dataclass(frozen=True)
class Rastrigin(Member):
    """``10 n + sum_i (w_i^2 - 10 cos(2 pi w_i))``: many local minima, one near every whole-numbered point of the box,
    and descent by small steps ends in the one it starts by."""

    formula = "10 n + sum over i of (w[i]^2 - 10 cos(2 pi w[i]))"
    source = (
        "L. A. Rastrigin, 'Systems of Extremal Control', Nauka, Moscow, 1974; for any n: H. Muehlenbein, M. Schomisch, "
        "J. Born, 'The parallel genetic algorithm as function optimizer', Parallel Computing 17, 1991"
    )

    @property
    def start(self) -> Array:
        return np.resize([3.4, -2.6], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.12), np.full(self.n, 5.12))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return (w * w + 10.0 * (1.0 - np.cos(2.0 * np.pi * w))).sum()

    def gradient(self, w: Array) -> Array:
        return 2.0 * w + 20.0 * np.pi * np.sin(2.0 * np.pi * w)
