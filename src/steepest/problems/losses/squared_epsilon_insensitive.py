"""Squared error beyond a tube about the target, nothing within it."""

import math
from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["SquaredEpsilonInsensitive"]


class SquaredEpsilonInsensitive(NamedTuple):
    """``max(0, |o - y| - epsilon)^2``: no half before the square, as in scikit-learn, so that the curvature is 2.

    Epsilon 0.1 is SGDRegressor's default; it is in the units of y.

    scikit-learn: ``squared_epsilon_insensitive``. Source: C.-H. Ho, C.-J. Lin, "Large-scale linear support vector
    regression", JMLR 13, 2012.
    """

    epsilon: Annotated[float, Field(low=0, log=True)] = 0.1
    kind = "regression"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        beyond = xp.maximum(xp.abs(o - y) - self.epsilon, 0.0)
        return beyond * beyond

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        r = o - y
        return 2.0 * xp.maximum(xp.abs(r) - self.epsilon, 0.0) * xp.sign(r)

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        r = xp.abs(o - y)
        return xp.where(r > self.epsilon, 2.0, xp.where(r != r, r, 0.0))  # NaN stays NaN

    def curvature(self) -> float:
        return 2.0

    def slope(self) -> float:
        return math.inf

    def predicted(self, o: Any, xp: Any) -> Any:
        return o
