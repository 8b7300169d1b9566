"""De Jong's quartic without its noise: a bowl with no curvature at its bottom."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Quartic"]


@dataclass(frozen=True)
class Quartic(Member):
    """``sum_i i w_i^4``: the curvature fades with the distance, so a constant rate converges as 1 / sqrt(t), never by
    a constant factor."""

    formula = "sum over i of i w[i]^4"
    source = (
        "K. A. De Jong, 'An analysis of the behavior of a class of genetic adaptive systems', PhD thesis, "
        "University of Michigan, 1975"
    )

    @property
    def start(self) -> Array:
        return np.resize([-1.1, 0.9], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -1.28), np.full(self.n, 1.28))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return (np.arange(1.0, self.n + 1.0) * w**4).sum()

    def gradient(self, w: Array) -> Array:
        return 4.0 * np.arange(1.0, self.n + 1.0) * w**3
