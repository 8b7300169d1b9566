"""Meyer's function: the resistance of a thermistor against its temperature."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Meyer"]

T = 45.0 + 5.0 * np.arange(1, 17)
Y = np.array([
    34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0,
    8261.0, 7030.0, 6005.0, 5147.0, 4427.0, 3820.0, 3307.0, 2872.0,
])  # fmt: skip
LEAST = known(87.94585517085112, [0.005609636471028053, 6181.346346286372, 345.2236346241365])


class Meyer(LeastSquares):
    """Three parameters so entangled that the curvatures at the minimum differ by a factor of 10^18."""

    number = 10
    least_n = most_n = standard_n = 3
    usual_m = 16
    formula = "sum over i = 1 ... 16 of (w1 exp(w2 / (t + w3)) - y[i])^2, t = 45 + 5 i"
    source = (
        f"{MGH} 10; from R. R. Meyer, 'Theoretical and computational aspects of nonlinear regression', in J. B. "
        "Rosen, O. L. Mangasarian, K. Ritter (eds.), Nonlinear Programming, 1970"
    )

    def standard_start(self) -> Array:
        return np.array([0.02, 4000.0, 250.0])

    @property
    def minimum(self) -> Minimum:
        return LEAST

    def residuals(self, w: Any) -> Any:
        return w[0] * np.exp(w[1] / (T + w[2])) - Y

    def jacobian(self, w: Array) -> Array:
        below = T + w[2]
        curve = np.exp(w[1] / below)
        return np.stack([curve, w[0] * curve / below, -w[0] * curve * w[1] / (below * below)], axis=1)
