"""Counts: the log-likelihood of the Poisson distribution, the output being the logarithm of its mean."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.text import number

__all__ = ["Poisson"]


class Poisson(NamedTuple):
    """``exp(o) - y o``, half the deviance but for a term of y alone; the predicted target is ``exp(o)``.

    The derivative is not Lipschitz: no fixed learning rate is safe for every start.

    scikit-learn: PoissonRegressor, HalfPoissonLoss. Source: J. A. Nelder, R. W. M. Wedderburn, "Generalized linear
    models", Journal of the Royal Statistical Society A 135, 1972.
    """

    kind = "regression"  # type: ignore[misc]

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.exp(o) - y * o

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.exp(o) - y

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        return xp.exp(o)

    def curvature(self) -> float:
        return math.inf

    def slope(self) -> float:
        return math.inf

    def predicted(self, o: Any, xp: Any) -> Any:
        return xp.exp(o)

    def refusal(self, y: NDArray[Any]) -> str:
        negative = np.argwhere(y < 0)
        if not len(negative):
            return ""
        at = tuple(negative[0])
        return (
            f"y must not be negative with loss 'poisson', which is for counts; it holds {number(y[at])} at row {at[0]}"
        )
