"""The sphere: the bowl in which every direction is alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Sphere"]


@dataclass(frozen=True)
class Sphere(Member):
    """``sum_i w_i^2``: the gradient points straight away from the minimum, so only the step size matters."""

    formula = "sum over i of w[i]^2"
    source = (
        "K. A. De Jong, 'An analysis of the behavior of a class of genetic adaptive systems', "
        "PhD thesis, University of Michigan, 1975"
    )

    @property
    def start(self) -> Array:
        return np.resize([-4.0, 3.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.12), np.full(self.n, 5.12))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return (w * w).sum()

    def gradient(self, w: Array) -> Array:
        return 2.0 * w
