"""The pinball loss: its minimum is a conditional quantile."""

import math
from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["Quantile"]


class Quantile(NamedTuple):
    """``quantile (y - o)`` for ``o <= y``, else ``(1 - quantile) (o - y)``; the derivative at o = y is -quantile.

    The default 0.5 is the median, at half the absolute error.

    scikit-learn: ``quantile`` (QuantileRegressor, PinballLoss). Source: R. Koenker, G. Bassett, "Regression
    quantiles", Econometrica 46, 1978.
    """

    quantile: Annotated[float, Field(low=0, high=1, low_open=True, high_open=True)] = 0.5
    kind = "regression"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.where(o > y, (1.0 - self.quantile) * (o - y), self.quantile * (y - o))

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        r = o - y
        return xp.where(r > 0.0, 1.0 - self.quantile, xp.where(r != r, r, -self.quantile))  # NaN stays NaN

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        r = o - y
        return xp.where(r != r, r, 0.0)

    def curvature(self) -> float:
        return math.inf

    def slope(self) -> float:
        return max(self.quantile, 1.0 - self.quantile)

    def predicted(self, o: Any, xp: Any) -> Any:
        return o
