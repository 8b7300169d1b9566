"""Half the squared difference of output and target."""

import math
from typing import Any, NamedTuple

__all__ = ["SquaredError"]


class SquaredError(NamedTuple):
    """``(o - y)^2 / 2``: the derivative is the residual, the curvature 1.

    scikit-learn: ``squared_error``. Source: A.-M. Legendre, "Nouvelles methodes pour la determination des orbites
    des cometes", 1805.
    """

    kind = "regression"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return 0.5 * (o - y) * (o - y)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        return o - y

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        r = o - y
        return xp.where(r != r, r, 1.0)  # NaN stays NaN

    def curvature(self) -> float:
        return 1.0

    def slope(self) -> float:
        return math.inf

    def predicted(self, o: Any, xp: Any) -> Any:
        return o
