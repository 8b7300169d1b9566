"""The heart dipole problem with eight unknowns."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MW, LeastSquares

__all__ = ["Heart8ls"]

K = np.arange(4)[:, None]
D = np.array([-0.69, -0.044, -1.57, -1.31, -2.65, 2.0, -12.6, 9.48])
ROOT = (
    -0.3116266055654035, -0.37837339443459644, 0.3282442301180634, -0.3722442301180634,
    -1.2822270942702751, 2.494300312085459, 1.554865878787431, -1.3846378428632367,
)  # fmt: skip


class Heart8ls(LeastSquares):
    """Sums of powers of four complex numbers: a hard little system that locates the heart's
    dipoles."""

    least_n = most_n = standard_n = 8
    formula = (
        "sum of squares of the real and imaginary parts of x + u - d[k] for k = 1 and of x z^(k-1) + u v^(k-1) - "
        "d[k], k = 2, 3, 4, x = w1 + i w3, u = w2 + i w4, z = w5 + i w7, v = w6 + i w8"
    )
    source = (
        f"{MW} 22; from J. E. Dennis, D. M. Gay, P. A. Vu, 'A new nonlinear equations test problem', Technical "
        "Report 83-16, Rice University, 1985"
    )

    def standard_start(self) -> Array:
        return np.array([-0.3, -0.39, 0.3, -0.344, -1.2, 2.69, 1.59, -1.5])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([ROOT]))

    def residuals(self, w: Any) -> Any:
        moments = (self._amplitudes(w) * self._places(w) ** K).sum(axis=1)
        return np.stack([moments.real, moments.imag], axis=1).ravel() - D

    def jacobian(self, w: Array) -> Array:
        z, along = self._places(w), K * self._amplitudes(w)
        inner = along * z ** np.maximum(K - 1, 0)
        slopes = np.concatenate([z**K, 1j * z**K, inner, 1j * inner], axis=1)
        return np.stack([slopes.real, slopes.imag], axis=1).reshape(8, 8)

    def _amplitudes(self, w: Any) -> Any:
        """x and u, complex."""
        return w[0:2] + 1j * w[2:4]

    def _places(self, w: Any) -> Any:
        """z and v, complex."""
        return w[4:6] + 1j * w[6:8]
