"""Leon's cubic valley: Rosenbrock's with a cubic floor."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Cube"]


@dataclass(frozen=True)
class Cube(Member):
    """``100 (y - x^3)^2 + (1 - x)^2``: the floor is flat where the cubic turns at 0, so the slope along it nearly
    vanishes half way."""

    least_n = most_n = 2
    formula = "100 (w2 - w1^3)^2 + (1 - w1)^2"
    source = (
        "A. Leon, 'A comparison among eight known optimizing procedures', in A. Lavi, T. P. Vogl (editors), 'Recent "
        "Advances in Optimization Techniques', Wiley, 1966"
    )

    @property
    def start(self) -> Array:
        return np.array([-1.2, 1.0])

    @property
    def box(self) -> Box:
        return Box([-1.5, -2.0], [1.5, 2.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, 2)))

    def value(self, w: Any) -> Any:
        return 100.0 * (w[1] - w[0] ** 3) ** 2 + (1.0 - w[0]) ** 2

    def gradient(self, w: Array) -> Array:
        off = 200.0 * (w[1] - w[0] ** 3)
        return np.array([-3.0 * w[0] ** 2 * off - 2.0 * (1.0 - w[0]), off])
