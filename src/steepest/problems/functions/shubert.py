"""Shubert's function: eighteen equal minima among hundreds."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Shubert"]

J = np.arange(1.0, 6.0)
LOW = (-7.708313735499347, -1.425128428319761, 4.858056878859825)
HIGH = (-7.0835064076515595, -0.8003211004719731, 5.482864206707613)
"""Where S is least and where it is greatest in [-10, 10]: 2 pi apart."""


@dataclass(frozen=True)
class Shubert(Member):
    """``S(x) S(y)``, S(t) = sum_j j cos((j + 1) t + j) for j = 1 to 5: many starts, many ends; which minimum is found
    says more of the start than of the method."""

    least_n = most_n = 2
    formula = "S(w1) S(w2), S(t) = sum over j = 1 to 5 of j cos((j + 1) t + j)"
    source = (
        "B. O. Shubert, 'A sequential method seeking the global maximum of a function', SIAM Journal on Numerical "
        "Analysis 9, 1972"
    )

    @property
    def start(self) -> Array:
        return np.array([-1.0, 0.5])

    @property
    def box(self) -> Box:
        return Box([-10.0, -10.0], [10.0, 10.0])

    @property
    def minimum(self) -> Minimum:
        pairs = [(a, b) for a in LOW for b in HIGH]
        return Minimum(-186.7309088310238, np.array([*pairs, *(pair[::-1] for pair in pairs)]))

    def value(self, w: Any) -> Any:
        first = (J * np.cos((J + 1.0) * w[0] + J)).sum()
        return first * (J * np.cos((J + 1.0) * w[1] + J)).sum()

    def gradient(self, w: Array) -> Array:
        angles = (J + 1.0) * w[:, None] + J
        sums = (J * np.cos(angles)).sum(axis=1)
        slopes = -(J * (J + 1.0) * np.sin(angles)).sum(axis=1)
        g: Array = slopes * sums[::-1]
        return g
