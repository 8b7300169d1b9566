"""Squared error near the target, absolute error far from it: outliers pull with a bounded force."""

from typing import Any, NamedTuple

from ...base.fields import Positive

__all__ = ["Huber"]


class Huber(NamedTuple):
    """``r^2 / 2`` for ``|r| <= epsilon``, else ``epsilon |r| - epsilon^2 / 2``, with ``r = o - y``.

    Epsilon 0.1 is SGDRegressor's default; it is in the units of y.

    scikit-learn: ``huber`` of SGDRegressor. Source: P. J. Huber, "Robust estimation of a location parameter", The
    Annals of Mathematical Statistics 35, 1964.
    """

    epsilon: Positive = 0.1
    kind = "regression"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        r = xp.abs(o - y)
        bent = xp.minimum(r, self.epsilon)
        return bent * (r - 0.5 * bent)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.maximum(xp.minimum(o - y, self.epsilon), -self.epsilon)

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        r = xp.abs(o - y)
        return xp.where(r <= self.epsilon, 1.0, xp.where(r != r, r, 0.0))  # NaN stays NaN

    def curvature(self) -> float:
        return 1.0

    def slope(self) -> float:
        return self.epsilon

    def predicted(self, o: Any, xp: Any) -> Any:
        return o
