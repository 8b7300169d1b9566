"""Lessard's function: strongly convex, and heavy-ball momentum cycles on it for ever."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Lessard"]


@dataclass(frozen=True)
class Lessard(Member):
    """``sum_i h(w_i)``, h' = 25 w below 1, w + 24 up to 2, 25 w - 24 beyond: curvatures 1 and 25; the heavy ball tuned
    for quadratics of these curvatures (rate 1/9, momentum 4/9) never converges from near 3.3."""

    n: int = 1
    formula = "sum over i of h(w[i]), h'(w) = 25 w if w < 1, w + 24 if 1 <= w < 2, 25 w - 24 if w >= 2"
    source = (
        "L. Lessard, B. Recht, A. Packard, 'Analysis and design of optimization algorithms via integral quadratic "
        "constraints', SIAM Journal on Optimization 26, 2016, equation 4.11"
    )

    @property
    def start(self) -> Array:
        return np.full(self.n, 3.3)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -4.0), np.full(self.n, 4.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        beyond = np.where(w < 2.0, 0.5 * w * w + 24.0 * w - 12.0, 12.5 * w * w - 24.0 * w + 36.0)
        return np.where(w < 1.0, 12.5 * w * w, beyond).sum()

    def gradient(self, w: Array) -> Array:
        return np.where(w < 1.0, 25.0 * w, np.where(w < 2.0, w + 24.0, 25.0 * w - 24.0))
