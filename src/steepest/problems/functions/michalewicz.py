"""Michalewicz's function: narrow ditches on a plain."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Michalewicz"]

BEST = (
    2.2029055201726093, 1.5707963267948966, 1.2849915705529245, 1.9230584698663629, 1.7204697725658413,
    1.5707963267948966, 1.454413971362379, 1.7560865209450263, 1.6557174168210291, 1.5707963267948966,
)  # fmt: skip
DEPTHS = (
    -0.8013034100985525, -1.0, -0.9590912698960059, -0.9384624184720834, -0.9888010806215044,
    -1.0, -0.9932271353558816, -0.9828720362722106, -0.9963943649251029, -1.0,
)  # fmt: skip
"""Where the i-th term is least in [0, pi], and its value there: the terms share no variable."""


@dataclass(frozen=True)
class Michalewicz(Member):
    """``-sum_i sin(w_i) sin(i w_i^2 / pi)^20``: off the ditches hardly any slope says where they are; the minimum is
    the least of the box, tabled for up to ten variables."""

    most_n = 10
    formula = "-sum over i of sin(w[i]) sin(i w[i]^2 / pi)^20"
    source = "Z. Michalewicz, 'Genetic Algorithms + Data Structures = Evolution Programs', Springer, 1992"

    @property
    def start(self) -> Array:
        return np.resize([1.9, 1.65], self.n)

    @property
    def box(self) -> Box:
        return Box(np.zeros(self.n), np.full(self.n, np.pi))

    @property
    def minimum(self) -> Minimum:
        return Minimum(sum(DEPTHS[: self.n]), np.array([BEST[: self.n]]))

    def value(self, w: Any) -> Any:
        i = np.arange(1.0, self.n + 1.0)
        return -(np.sin(w) * np.sin(i * w * w / np.pi) ** 20).sum()

    def gradient(self, w: Array) -> Array:
        i = np.arange(1.0, self.n + 1.0)
        angle = i * w * w / np.pi
        sine = np.sin(angle)
        g: Array = -(np.cos(w) * sine**20) - 40.0 / np.pi * i * w * np.sin(w) * sine**19 * np.cos(angle)
        return g
