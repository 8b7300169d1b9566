"""Half the squared difference of output and target."""

from typing import Any, NamedTuple

__all__ = ["SquaredError"]


class SquaredError(NamedTuple):
    """``(o - y)^2 / 2`` per example, as in scikit-learn: the derivative is the residual, the curvature 1."""

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return 0.5 * (o - y) * (o - y)

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        return o - y

    def curvature(self) -> float:
        """The largest second derivative in o."""
        return 1.0
