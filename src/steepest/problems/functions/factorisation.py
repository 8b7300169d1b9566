"""Factorisation of the number 1: the smallest two-layer linear network."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Factorisation"]


@dataclass(frozen=True)
class Factorisation(Member):
    """``1/2 (1 - x y)^2 + (x^2 + y^2) / 20``: two equal minima and a saddle at 0 between them; a start with x near -y
    comes down to the saddle and lingers, as deep networks do."""

    least_n = most_n = 2
    formula = "1/2 (1 - w1 w2)^2 + (w1^2 + w2^2) / 20"
    source = (
        "N. Srebro, J. Rennie, T. Jaakkola, 'Maximum-margin matrix factorization', Advances in Neural Information "
        "Processing Systems 17, 2004"
    )

    @property
    def start(self) -> Array:
        return np.array([1.5, -1.4])

    @property
    def box(self) -> Box:
        return Box([-2.0, -2.0], [2.0, 2.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.095, np.sqrt(0.9) * np.array([[1.0, 1.0], [-1.0, -1.0]]))

    def value(self, w: Any) -> Any:
        return 0.5 * (1.0 - w[0] * w[1]) ** 2 + 0.05 * (w[0] ** 2 + w[1] ** 2)

    def gradient(self, w: Array) -> Array:
        g: Array = 0.1 * w - (1.0 - w[0] * w[1]) * w[::-1]
        return g
