"""Logistic loss on separable points: the minimum lies at infinity."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ..member import Member
from ..problem import Array

__all__ = ["SeparableLogistic"]

POINTS = np.array([[2.0, 1.0], [1.0, -0.5], [-0.5, 1.5]])
"""Each times its label, 1 or -1."""


@dataclass(frozen=True)
class SeparableLogistic(Member):
    """``mean_k log(1 + exp(-z_k . w))`` of three points that a line divides: f falls to 0 without reaching it, |w|
    grows as log(t), and only the direction of w converges, to that of the widest margin; no minimum."""

    least_n = most_n = 2
    formula = "mean over k of log(1 + exp(-z[k] w)), z = (2, 1), (1, -0.5), (-0.5, 1.5)"
    source = (
        "D. Soudry, E. Hoffer, M. S. Nacson, S. Gunasekar, N. Srebro, 'The implicit bias of gradient descent on "
        "separable data', Journal of Machine Learning Research 19, 2018"
    )

    @property
    def start(self) -> Array:
        return np.array([-1.5, 2.5])

    @property
    def box(self) -> Box:
        return Box([-4.0, -4.0], [8.0, 8.0])

    @property
    def minimum(self) -> None:
        return None

    def value(self, w: Any) -> Any:
        return np.logaddexp(0.0, -(POINTS @ w)).mean()

    def gradient(self, w: Array) -> Array:
        margin = POINTS @ w
        g: Array = 0.5 * (np.tanh(0.5 * margin) - 1.0) @ POINTS / 3.0
        return g
