"""The sum of absolute values."""

from typing import NamedTuple

__all__ = ["L1"]


class L1(NamedTuple):
    """``alpha |c|_1``: the lasso (R. Tibshirani, JRSS B 58, 1996); makes coefficients exactly zero."""

    alpha: float
    l1_ratio: float = 1.0

    def parts(self) -> tuple[float, float]:
        return 0.0, self.alpha
