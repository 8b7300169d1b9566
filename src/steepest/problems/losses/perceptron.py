"""Rosenblatt's perceptron: only examples on the wrong side count."""

import math
from typing import Any, NamedTuple

__all__ = ["Perceptron"]


class Perceptron(NamedTuple):
    """``max(0, -y o)``, y -1 or +1; the derivative is -y for ``y o <= 0``, so that a start at zero moves.

    The loss is 0 for w = 0, its minimum: stop by the number of iterations.

    scikit-learn: ``perceptron``, Perceptron. Source: F. Rosenblatt, "The perceptron: a probabilistic model for
    information storage and organization in the brain", Psychological Review 65, 1958.
    """

    kind = "classification"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.maximum(-y * o, 0.0)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        return xp.where(m <= 0.0, -y, xp.where(m != m, m, 0.0))  # NaN stays NaN

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        return xp.where(m != m, m, 0.0)

    def curvature(self) -> float:
        return math.inf

    def slope(self) -> float:
        return 1.0
