"""Logistic regression: the log-likelihood of two classes, the output being the log-odds of the class +1."""

from typing import Any, NamedTuple

__all__ = ["LogLoss"]


class LogLoss(NamedTuple):
    """``log(1 + exp(-y o))``, y -1 or +1; the probability of +1 is ``1 / (1 + exp(-o))``.

    Only exp(-|o|) is taken, which cannot overflow; log1p keeps small losses to full precision.

    scikit-learn: ``log_loss``, LogisticRegression. Source: D. R. Cox, "The regression analysis of binary sequences",
    Journal of the Royal Statistical Society B 20, 1958.
    """

    kind = "classification"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        return xp.log1p(xp.exp(-xp.abs(m))) + xp.maximum(-m, 0.0)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        m = y * o
        e = xp.exp(-xp.abs(m))
        return -y * (xp.where(m > 0.0, e, 1.0) / (1.0 + e))

    def parts(self, o: Any, y: Any, xp: Any) -> tuple[Any, Any, Any]:
        """``(factor, rest, derivative)`` from one exp: value = log(factor) + rest to 2.3e-16, 1 <= factor <= 2."""
        m = y * o
        e = xp.exp(-xp.abs(m))
        return 1.0 + e, xp.maximum(-m, 0.0), -y * (xp.where(m > 0.0, e, 1.0) / (1.0 + e))

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        e = xp.exp(-xp.abs(y * o))
        return e / ((1.0 + e) * (1.0 + e))

    def curvature(self) -> float:
        return 0.25

    def slope(self) -> float:
        return 1.0

    def probability(self, o: Any, xp: Any) -> Any:
        e = xp.exp(-xp.abs(o))
        return xp.where(o > 0.0, 1.0, e) / (1.0 + e)
