"""The support vector machine with what is missing of the margin squared: smooth, but hard on outliers."""

import math
from typing import Any, NamedTuple

__all__ = ["SquaredHinge"]


class SquaredHinge(NamedTuple):
    """``max(0, 1 - y o)^2``, y -1 or +1; no half before the square, as in scikit-learn, so that the curvature is 2.

    scikit-learn: ``squared_hinge``, LinearSVC's default. Source: K.-W. Chang, C.-J. Hsieh, C.-J. Lin, "Coordinate
    descent method for large-scale L2-loss linear support vector machines", JMLR 9, 2008.
    """

    kind = "classification"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        missing = xp.maximum(1.0 - y * o, 0.0)
        return missing * missing

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        return -2.0 * y * xp.maximum(1.0 - y * o, 0.0)

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        return xp.where(m < 1.0, 2.0, xp.where(m != m, m, 0.0))  # NaN stays NaN

    def curvature(self) -> float:
        return 2.0

    def slope(self) -> float:
        return math.inf
