"""The helical valley of Fletcher and Powell."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["HelicalValley"]


class HelicalValley(LeastSquares):
    """A valley that winds around the third axis: the start is half a turn from the minimum."""

    number = 7
    unconstrained = True
    least_n = most_n = standard_n = 3
    formula = (
        "(10 (w3 - 10 a))^2 + (10 (sqrt(w1^2 + w2^2) - 1))^2 + w3^2, a the angle of (w1, w2) in turns, from -1/4 to 3/4"
    )
    source = (
        f"{MGH} 7; from R. Fletcher, M. J. D. Powell, 'A rapidly convergent descent method for minimization', The "
        "Computer Journal 6, 1963"
    )

    def standard_start(self) -> Array:
        return np.array([-1.0, 0.0, 0.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[1.0, 0.0, 0.0]]))

    def residuals(self, w: Any) -> Any:
        x, y, z = w
        # the paper's arctan(y / x), plus half a turn for x < 0: atan2 of the mirrored point is never near its own jump
        turned = np.arctan2(np.where(x < 0.0, -y, y), np.abs(x)) / (2.0 * np.pi) + np.where(x < 0.0, 0.5, 0.0)
        return np.array([10.0 * (z - 10.0 * turned), 10.0 * (np.sqrt(x * x + y * y) - 1.0), z])

    def jacobian(self, w: Array) -> Array:
        x, y = w[:2]
        square = x * x + y * y
        if square == 0.0:  # on the axis neither angle nor distance has a slope
            return np.array([[0.0, 0.0, 10.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        around, out = 50.0 / (np.pi * square), 10.0 / np.sqrt(square)
        return np.array([[around * y, -around * x, 10.0], [out * x, out * y, 0.0], [0.0, 0.0, 1.0]])
