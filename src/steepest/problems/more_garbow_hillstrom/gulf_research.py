"""The Gulf Research and Development function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["GulfResearch"]


class GulfResearch(LeastSquares):
    """A power inside an exponential: the distance from y to w2 has a kink where w2 meets the data. The paper prints
    ``y m i w2`` where its code has ``y - w2``; this is the code's."""

    number = 11
    unconstrained = True
    least_n = most_n = standard_n = 3
    free_m = True
    most_m = 100
    usual_m = 99  # as in the authors' code; the hundredth residual is a kink at the minimum
    formula = "sum over i = 1 ... m of (exp(-abs(y[i] - w2)^w3 / w1) - t)^2, t = i / 100, y[i] = 25 + (-50 log t)^(2/3)"
    source = (
        f"{MGH} 11; from R. A. Cox, 'Comparison of the performance of seven optimization algorithms on twelve "
        "unconstrained minimization problems', Gulf Research and Development Company, 1969"
    )

    def standard_start(self) -> Array:
        return np.array([5.0, 2.5, 0.15])

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[50.0, 25.0, 1.5]]))

    def residuals(self, w: Any) -> Any:
        scale, shift, power = w
        t, y = self._data()
        return np.exp(-(np.abs(y - shift) ** power) / scale) - t

    def jacobian(self, w: Array) -> Array:
        scale, shift, power = w
        off = self._data()[1] - shift
        size = np.abs(off)
        raised = size**power
        fall = np.exp(-raised / scale) / scale
        there = np.where(size > 0.0, size, 1.0)  # on a data point slopes and logarithm are taken as 0
        slope = np.where(size > 0.0, power * raised / there * np.sign(off), 0.0)
        return np.stack([fall * raised / scale, fall * slope, -fall * raised * np.log(there)], axis=1)

    def _data(self) -> tuple[Array, Array]:
        """The levels t and the points y, shape (m,) each."""
        t = np.arange(1, self.m + 1) / 100.0
        return t, 25.0 + np.maximum(-50.0 * np.log(t), 0.0) ** (2.0 / 3.0)
