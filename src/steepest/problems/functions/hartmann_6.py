"""Hartmann's function of six variables: four overlapping wells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Hartmann6"]

DEPTHS = np.array([1.0, 1.2, 3.0, 3.2])
WIDTHS = np.array(
    [[10.0, 3.0, 17.0, 3.5, 1.7, 8.0], [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
     [3.0, 3.5, 1.7, 10.0, 17.0, 8.0], [17.0, 8.0, 0.05, 10.0, 0.1, 14.0]]
)  # fmt: skip
CENTRES = 1e-4 * np.array(
    [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]
)  # fmt: skip
BEST = (
    0.20168951100670543, 0.15001069182345797, 0.476873974221897, 0.2753324304940561, 0.31165161660011326,
    0.6573005340656203,
)  # fmt: skip


@dataclass(frozen=True)
class Hartmann6(Member):
    """``-sum_k c_k exp(-sum_i a_ki (w_i - p_ki)^2)``: two of its minima, -3.322 and -3.203, draw nearly all starts,
    and only a second start tells which was found."""

    n: int = 6

    least_n = most_n = 6
    formula = "-sum over 4 wells k of c[k] exp(-sum over i of a[k,i] (w[i] - p[k,i])^2)"
    source = "J. K. Hartman, 'Some experiments in global optimization', Naval Research Logistics Quarterly 20, 1973"

    @property
    def start(self) -> Array:
        return np.array([0.3, 0.3, 0.4, 0.4, 0.3, 0.6])

    @property
    def box(self) -> Box:
        return Box(np.zeros(6), np.ones(6))

    @property
    def minimum(self) -> Minimum:
        return Minimum(-3.3223680114155147, np.array([BEST]))

    def value(self, w: Any) -> Any:
        wells = np.exp(-(WIDTHS * (w - CENTRES) ** 2).sum(axis=1))
        return -(DEPTHS * wells).sum()

    def gradient(self, w: Array) -> Array:
        off = WIDTHS * (w - CENTRES)
        wells = DEPTHS * np.exp(-(off * (w - CENTRES)).sum(axis=1))
        g: Array = 2.0 * (wells @ off)
        return g
