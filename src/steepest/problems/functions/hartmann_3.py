"""Hartmann's function of three variables: four wells of different depths and widths."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Hartmann3"]

DEPTHS = np.array([1.0, 1.2, 3.0, 3.2])
WIDTHS = np.array([[3.0, 10.0, 30.0], [0.1, 10.0, 35.0], [3.0, 10.0, 30.0], [0.1, 10.0, 35.0]])
CENTRES = np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381.5, 5743, 8828]]) * 1e-4


@dataclass(frozen=True)
class Hartmann3(Member):
    """``-sum_k c_k exp(-sum_i a_ki (w_i - p_ki)^2)``: wells long in one direction and short in another, so near each
    the function is an ill-conditioned quadratic, and between them nearly flat."""

    n: int = 3

    least_n = most_n = 3
    formula = "-sum over 4 wells k of c[k] exp(-sum over i of a[k,i] (w[i] - p[k,i])^2)"
    source = "J. K. Hartman, 'Some experiments in global optimization', Naval Research Logistics Quarterly 20, 1973"

    @property
    def start(self) -> Array:
        return np.array([0.3, 0.7, 0.7])

    @property
    def box(self) -> Box:
        return Box(np.zeros(3), np.ones(3))

    @property
    def minimum(self) -> Minimum:
        return Minimum(-3.8627821478207554, np.array([[0.11461433858967197, 0.5556488499718569, 0.8525469535208657]]))

    def value(self, w: Any) -> Any:
        wells = np.exp(-(WIDTHS * (w - CENTRES) ** 2).sum(axis=1))
        return -(DEPTHS * wells).sum()

    def gradient(self, w: Array) -> Array:
        off = WIDTHS * (w - CENTRES)
        wells = DEPTHS * np.exp(-(off * (w - CENTRES)).sum(axis=1))
        g: Array = 2.0 * (wells @ off)
        return g
