"""Ackley's function: a pitted plateau around a sharp pit."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Ackley"]


@dataclass(frozen=True)
class Ackley(Member):
    """``20 + e - 20 exp(-0.2 r) - exp(mean_i cos(2 pi w_i))``, r the root mean square of w: the
    minimum is the tip of a cone, where the slope does not fade, so a fixed step never settles."""

    smooth = False
    formula = "20 + e - 20 exp(-0.2 sqrt(mean of w[i]^2)) - exp(mean of cos(2 pi w[i]))"
    source = (
        "D. H. Ackley, 'A Connectionist Machine for Genetic Hillclimbing', Kluwer, 1987; for any n: T. Baeck, "
        "'Evolutionary Algorithms in Theory and Practice', Oxford University Press, 1996"
    )

    @property
    def start(self) -> Array:
        return np.resize([-3.6, 2.4], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        cone = -20.0 * np.expm1(-0.2 * np.sqrt((w * w).mean()))
        return cone - np.e * np.expm1((np.cos(2.0 * np.pi * w) - 1.0).mean())

    def gradient(self, w: Array) -> Array:
        """Exact; zeros at the minimum, the middle of the cone's slopes."""
        angle, root_n = 2.0 * np.pi * w, np.sqrt(self.n)
        length = float(np.hypot.reduce(w))  # the square of a small w would be 0
        outward = w / length if length > 0 else np.zeros(self.n)
        cone: Array = 4.0 / root_n * np.exp(-0.2 * length / root_n) * outward
        waves: Array = 2.0 * np.pi / self.n * np.exp(np.cos(angle).mean()) * np.sin(angle)
        return cone + waves
