"""The double well: two equal minima and the ridge between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["DoubleWell"]


@dataclass(frozen=True)
class DoubleWell(Member):
    """``(w_1^2 - 1)^2 + 4 sum_(i>1) w_i^2``: near the ridge w_1 = 0 hardly any slope leads off it, so
    descent comes to the saddle first and then turns to one side."""

    formula = "(w[1]^2 - 1)^2 + 4 sum over i > 1 of w[i]^2"
    source = (
        "H. A. Kramers, 'Brownian motion in a field of force and the diffusion model of chemical reactions', "
        "Physica 7, 1940"
    )

    @property
    def start(self) -> Array:
        start = np.full(self.n, 1.5)
        start[0] = 0.05
        return start

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -2.0), np.full(self.n, 2.0))

    @property
    def minimum(self) -> Minimum:
        wells = np.zeros((2, self.n))
        wells[:, 0] = [-1.0, 1.0]
        return Minimum(0.0, wells)

    def value(self, w: Any) -> Any:
        return (w[0] * w[0] - 1.0) ** 2 + 4.0 * (w[1:] ** 2).sum()

    def gradient(self, w: Array) -> Array:
        g = 8.0 * w
        g[0] = 4.0 * w[0] * (w[0] * w[0] - 1.0)
        return g
