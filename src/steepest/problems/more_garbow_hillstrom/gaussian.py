"""The Gaussian function: a bell curve through fifteen points."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Gaussian"]

T = (8.0 - np.arange(1, 16)) / 2.0
HALF = [0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521]
Y = np.array([*HALF, 0.3989, *reversed(HALF)])
LEAST = known(1.1279327696190113e-08, [0.39895613783875666, 1.0000190844878056, 0.0])


class Gaussian(LeastSquares):
    """The data are the normal density to four digits, so the minimum is near 0.3989, 1 and 0, and f is rounding."""

    number = 9
    unconstrained = True
    least_n = most_n = standard_n = 3
    usual_m = 15
    formula = "sum over i = 1 ... 15 of (w1 exp(-w2 (t - w3)^2 / 2) - y[i])^2, t = (8 - i) / 2"
    source = f"{MGH} 9; there called unpublished"

    def standard_start(self) -> Array:
        return np.array([0.4, 1.0, 0.0])

    @property
    def minimum(self) -> Minimum:
        return LEAST

    def residuals(self, w: Any) -> Any:
        return w[0] * np.exp(-w[1] * (T - w[2]) ** 2 / 2.0) - Y

    def jacobian(self, w: Array) -> Array:
        height, width, middle = w
        off = T - middle
        bell = np.exp(-width * off * off / 2.0)
        return np.stack([bell, -height * bell * off * off / 2.0, height * bell * width * off], axis=1)
