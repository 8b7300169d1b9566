"""Levy's function: a bowl under waves, ten times as high in all variables but the last."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["Levy"]


@dataclass(frozen=True)
class Levy(Member):
    """``sin(pi z_1)^2 + sum_(i<n) (z_i - 1)^2 (1 + 10 sin(pi z_i + 1)^2) + (z_n - 1)^2 (1 + sin(2 pi z_n)^2)`` with z
    = 1 + (w - 1) / 4: the waves fade towards the minimum, so momentum that carries over the outer ones may settle in
    it."""

    formula = (
        "sin(pi z[1])^2 + sum of (z[i] - 1)^2 (1 + 10 sin(pi z[i] + 1)^2), last (1 + sin(2 pi z[n])^2), "
        "z = 1 + (w - 1) / 4"
    )
    source = (
        "A. V. Levy, A. Montalvo, 'The tunneling algorithm for the global minimization of functions', SIAM Journal "
        "on Scientific and Statistical Computing 6, 1985"
    )

    @property
    def start(self) -> Array:
        return np.resize([-7.0, 6.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -10.0), np.full(self.n, 10.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.ones((1, self.n)))

    def value(self, w: Any) -> Any:
        z = 1.0 + (w - 1.0) / 4.0
        head, last = z[:-1], z[-1]
        middle = (head - 1.0) ** 2 * (1.0 + 10.0 * np.sin(np.pi * head + 1.0) ** 2)
        end = (last - 1.0) ** 2 * (1.0 + np.sin(2.0 * np.pi * last) ** 2)
        return np.sin(np.pi * z[0]) ** 2 + middle.sum() + end

    def gradient(self, w: Array) -> Array:
        z = 1.0 + (w - 1.0) / 4.0
        head, last = z[:-1], z[-1]
        off, angle = head - 1.0, np.pi * head + 1.0
        g = np.zeros(self.n)
        g[:-1] = 2.0 * off * (1.0 + 10.0 * np.sin(angle) ** 2) + 10.0 * np.pi * off**2 * np.sin(2.0 * angle)
        g[-1] = 2.0 * (last - 1.0) * (1.0 + np.sin(2.0 * np.pi * last) ** 2)
        g[-1] += 2.0 * np.pi * (last - 1.0) ** 2 * np.sin(4.0 * np.pi * last)
        g[0] += np.pi * np.sin(2.0 * np.pi * z[0])
        return g / 4.0
