"""The linear support vector machine: a margin of 1 is asked for, what is missing of it is the loss."""

import math
from typing import Any, NamedTuple

__all__ = ["Hinge"]


class Hinge(NamedTuple):
    """``max(0, 1 - y o)``, y -1 or +1; the derivative at the margin y o = 1 is -y.

    scikit-learn: ``hinge``, SGDClassifier's default. Source: C. Cortes, V. N. Vapnik, "Support-vector networks",
    Machine Learning 20, 1995.
    """

    kind = "classification"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.maximum(1.0 - y * o, 0.0)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        return xp.where(m <= 1.0, -y, xp.where(m != m, m, 0.0))  # NaN stays NaN

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        return xp.where(m != m, m, 0.0)

    def curvature(self) -> float:
        return math.inf

    def slope(self) -> float:
        return 1.0
