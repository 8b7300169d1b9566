"""The distance of output and target: its minimum is the conditional median."""

import math
from typing import Any, NamedTuple

__all__ = ["AbsoluteError"]


class AbsoluteError(NamedTuple):
    """``|o - y|``; the derivative at o = y is 0, as in SGDRegressor's epsilon_insensitive with epsilon 0.

    scikit-learn: ``absolute_error`` of HistGradientBoostingRegressor. Source: P. S. Laplace, "Theorie analytique des
    probabilites", second supplement, 1818.
    """

    kind = "regression"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.abs(o - y)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.sign(o - y)

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        r = o - y
        return xp.where(r != r, r, 0.0)  # NaN stays NaN

    def curvature(self) -> float:
        return math.inf

    def slope(self) -> float:
        return 1.0

    def predicted(self, o: Any, xp: Any) -> Any:
        return o
