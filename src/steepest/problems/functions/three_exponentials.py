"""Three exponentials: a smooth convex function that is no quadratic."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["ThreeExponentials"]


@dataclass(frozen=True)
class ThreeExponentials(Member):
    """``exp(x + 3 y - 0.1) + exp(x - 3 y - 0.1) + exp(-x - 0.1)``: convex but no quadratic: ever
    steeper outwards, so a rate that is safe at the start is small at the end."""

    least_n = most_n = 2
    formula = "exp(w1 + 3 w2 - 0.1) + exp(w1 - 3 w2 - 0.1) + exp(-w1 - 0.1)"
    source = "S. Boyd, L. Vandenberghe, 'Convex Optimization', Cambridge University Press, 2004, equation 9.20"

    @property
    def start(self) -> Array:
        return np.array([-1.5, 0.8])

    @property
    def box(self) -> Box:
        return Box([-2.5, -1.2], [1.5, 1.2])

    @property
    def minimum(self) -> Minimum:
        return Minimum(np.sqrt(8.0) * np.exp(-0.1), np.array([[-0.5 * np.log(2.0), 0.0]]))

    def value(self, w: Any) -> Any:
        x, y = w[0], w[1]
        return np.exp(x + 3.0 * y - 0.1) + np.exp(x - 3.0 * y - 0.1) + np.exp(-x - 0.1)

    def gradient(self, w: Array) -> Array:
        up, down, left = np.exp(w[0] + 3.0 * w[1] - 0.1), np.exp(w[0] - 3.0 * w[1] - 0.1), np.exp(-w[0] - 0.1)
        return np.array([up + down - left, 3.0 * (up - down)])
