"""Absolute error beyond a tube about the target, nothing within it: linear support vector regression."""

import math
from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["EpsilonInsensitive"]


class EpsilonInsensitive(NamedTuple):
    """``max(0, |o - y| - epsilon)``; the derivative on the tube's edge is 0.

    Epsilon 0.1 is SGDRegressor's default; it is in the units of y.

    scikit-learn: ``epsilon_insensitive``. Source: V. N. Vapnik, "The nature of statistical learning theory", 1995.
    """

    epsilon: Annotated[float, Field(low=0, log=True)] = 0.1
    kind = "regression"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.maximum(xp.abs(o - y) - self.epsilon, 0.0)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        r = o - y
        return xp.where(xp.abs(r) <= self.epsilon, 0.0, xp.sign(r))  # NaN stays NaN

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        r = o - y
        return xp.where(r != r, r, 0.0)

    def curvature(self) -> float:
        return math.inf

    def slope(self) -> float:
        return 1.0

    def predicted(self, o: Any, xp: Any) -> Any:
        return o
