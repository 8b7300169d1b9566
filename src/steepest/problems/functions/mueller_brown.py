"""The Mueller-Brown potential: three wells joined by a bent pass."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["MuellerBrown"]

HEIGHTS = np.array([-200.0, -100.0, -170.0, 15.0])
A, B, C = np.array([-1.0, -1.0, -6.5, 0.7]), np.array([0.0, 0.0, 11.0, 0.6]), np.array([-10.0, -10.0, -6.5, 0.7])
X, Y = np.array([1.0, 0.0, -0.5, -1.0]), np.array([0.0, 0.5, 1.5, 1.0])


@dataclass(frozen=True)
class MuellerBrown(Member):
    """``sum_k A_k exp(a_k (x - x_k)^2 + b_k (x - x_k) (y - y_k) + c_k (y - y_k)^2)``, four terms: the way between the
    two deep wells bends through a third, as that of a chemical reaction; descent never takes it."""

    least_n = most_n = 2
    formula = "sum over 4 k of A[k] exp(a[k] u^2 + b[k] u v + c[k] v^2), u = w1 - x[k], v = w2 - y[k]"
    source = (
        "K. Mueller, L. D. Brown, 'Location of saddle points and minimum energy paths by a constrained simplex "
        "optimization procedure', Theoretica Chimica Acta 53, 1979"
    )

    @property
    def start(self) -> Array:
        return np.array([0.3, 0.9])

    @property
    def box(self) -> Box:
        return Box([-1.5, -0.5], [1.2, 2.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(-146.69951720995402, np.array([[-0.5582236346330243, 1.4417258418046686]]))

    def value(self, w: Any) -> Any:
        dx, dy = w[0] - X, w[1] - Y
        return (HEIGHTS * np.exp(A * dx * dx + B * dx * dy + C * dy * dy)).sum()

    def gradient(self, w: Array) -> Array:
        dx, dy = w[0] - X, w[1] - Y
        terms = HEIGHTS * np.exp(A * dx * dx + B * dx * dy + C * dy * dy)
        return np.array([(terms * (2.0 * A * dx + B * dy)).sum(), (terms * (B * dx + 2.0 * C * dy)).sum()])
