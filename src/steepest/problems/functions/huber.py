"""Huber's function: a bowl with straight walls."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Huber"]


@dataclass(frozen=True)
class Huber(Member):
    """``sum_i (w_i^2 / 2 where abs(w_i) <= 1, else abs(w_i) - 1/2)``: far out the slope is constant, so the way in
    takes steps of one size, and only the last stretch converges by a factor."""

    formula = "sum over i of (w[i]^2 / 2 where abs(w[i]) <= 1, else abs(w[i]) - 1/2)"
    source = "P. J. Huber, 'Robust estimation of a location parameter', Annals of Mathematical Statistics 35, 1964"

    @property
    def start(self) -> Array:
        return np.resize([-4.0, 0.5], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        size = np.abs(w)
        return np.where(size <= 1.0, 0.5 * w * w, size - 0.5).sum()

    def gradient(self, w: Array) -> Array:
        return np.clip(w, -1.0, 1.0)
