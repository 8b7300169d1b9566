"""Squared hinge near the margin, linear for examples far on the wrong side: smooth, and bearable with outliers."""

from typing import Any, NamedTuple

__all__ = ["ModifiedHuber"]


class ModifiedHuber(NamedTuple):
    """``max(0, 1 - y o)^2`` for ``y o >= -1``, else ``-4 y o``, y -1 or +1.

    The probability of +1 is ``(min(max(o, -1), 1) + 1) / 2``, as in SGDClassifier.

    scikit-learn: ``modified_huber``. Source: T. Zhang, "Solving large scale linear prediction problems using
    stochastic gradient descent algorithms", ICML 2004.
    """

    kind = "classification"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        missing = xp.maximum(1.0 - y * o, 0.0)
        bent = xp.minimum(missing, 2.0)
        return bent * (2.0 * missing - bent)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        return -2.0 * y * xp.minimum(xp.maximum(1.0 - y * o, 0.0), 2.0)

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        return xp.where(xp.abs(m) < 1.0, 2.0, xp.where(m != m, m, 0.0))  # NaN stays NaN

    def curvature(self) -> float:
        return 2.0

    def slope(self) -> float:
        return 4.0

    def probability(self, o: Any, xp: Any) -> Any:
        return 0.5 * (xp.minimum(xp.maximum(o, -1.0), 1.0) + 1.0)
