"""The saddle: the gradient is zero at a point that is no minimum."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array

__all__ = ["Saddle"]


@dataclass(frozen=True)
class Saddle(Member):
    """``x^2 - y^2``: it has no minimum and falls without bound along y; descent lingers where the gradient vanishes and
    then leaves, unless it starts at exactly y = 0."""

    least_n = most_n = 2
    formula = "w1^2 - w2^2"
    source = (
        "J. D. Lee, M. Simchowitz, M. I. Jordan, B. Recht, 'Gradient descent only converges to minimizers', "
        "Conference on Learning Theory, 2016"
    )

    @property
    def start(self) -> Array:
        return np.array([1.5, 1e-3])

    @property
    def box(self) -> Box:
        return Box([-2.0, -2.0], [2.0, 2.0])

    @property
    def minimum(self) -> None:
        return None

    def value(self, w: Any) -> Any:
        return w[0] * w[0] - w[1] * w[1]

    def gradient(self, w: Array) -> Array:
        return np.array([2.0 * w[0], -2.0 * w[1]])
