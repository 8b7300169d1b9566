"""Freudenstein and Roth's function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["FreudensteinRoth"]

LOCAL = known(48.98425367924002, [11.412778986902094, -0.8968052532744765])


class FreudensteinRoth(LeastSquares):
    """Two cubic curves that cross once and nearly touch elsewhere: from the standard start least squares ends
    in the near miss."""

    number = 2
    least_n = most_n = standard_n = 2
    formula = "(-13 + w1 + ((5 - w2) w2 - 2) w2)^2 + (-29 + w1 + ((w2 + 1) w2 - 14) w2)^2"
    source = (
        f"{MGH} 2; from F. Freudenstein, B. Roth, 'Numerical solutions of systems of nonlinear equations', Journal"
        " of the ACM 10, 1963"
    )

    def standard_start(self) -> Array:
        return np.array([0.5, -2.0])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[5.0, 4.0]]))

    def residuals(self, w: Any) -> Any:
        x, y = w
        return np.array([-13.0 + x + ((5.0 - y) * y - 2.0) * y, -29.0 + x + ((y + 1.0) * y - 14.0) * y])

    def jacobian(self, w: Array) -> Array:
        y = w[1]
        return np.array([[1.0, (10.0 - 3.0 * y) * y - 2.0], [1.0, (3.0 * y + 2.0) * y - 14.0]])

    @property
    def local_minima(self) -> tuple[Minimum, ...]:
        return (LOCAL,)
