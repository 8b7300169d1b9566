"""Shekel's function: ten foxholes of different depths in a plain."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Shekel"]

WIDTHS = np.array([0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3, 0.7, 0.5, 0.5])
CENTRES = np.array(
    [[4, 4, 4, 4], [1, 1, 1, 1], [8, 8, 8, 8], [6, 6, 6, 6], [3, 7, 3, 7],
     [2, 9, 2, 9], [5, 5, 3, 3], [8, 1, 8, 1], [6, 2, 6, 2], [7, 3.6, 7, 3.6]]
)  # fmt: skip
BEST = (4.000746531592046, 4.000592934138532, 3.9996633980403224, 3.9995098005868077)


@dataclass(frozen=True)
class Shekel(Member):
    """``-sum_k 1 / (|w - c_k|^2 + b_k)``, ten terms: a hole is felt only near it, so plain descent ends in the nearest
    one; the deepest is at (4, 4, 4, 4), nearly."""

    n: int = 4

    least_n = most_n = 4
    formula = "-sum over 10 holes k of 1 / (sum over i of (w[i] - c[k,i])^2 + b[k])"
    source = (
        "J. Shekel, 'Test functions for multimodal search techniques', Fifth Annual Princeton Conference on "
        "Information Science and Systems, 1971"
    )

    @property
    def start(self) -> Array:
        return np.array([4.4, 4.3, 3.7, 3.6])

    @property
    def box(self) -> Box:
        return Box(np.zeros(4), np.full(4, 10.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(-10.536409816692043, np.array([BEST]))

    def value(self, w: Any) -> Any:
        return -(1.0 / (((w - CENTRES) ** 2).sum(axis=1) + WIDTHS)).sum()

    def gradient(self, w: Array) -> Array:
        off = w - CENTRES
        g: Array = 2.0 * ((off * off).sum(axis=1) + WIDTHS) ** -2.0 @ off
        return g
