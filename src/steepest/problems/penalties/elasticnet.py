"""Squares and absolute values together."""

from typing import NamedTuple

__all__ = ["ElasticNet"]


class ElasticNet(NamedTuple):
    """``alpha ((1 - l1_ratio) / 2 |c|^2 + l1_ratio |c|_1)`` (H. Zou, T. Hastie, JRSS B 67, 2005)."""

    alpha: float
    l1_ratio: float = 0.15

    def parts(self) -> tuple[float, float]:
        return self.alpha * (1.0 - self.l1_ratio), self.alpha * self.l1_ratio
