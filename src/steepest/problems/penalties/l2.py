"""Half the squared length."""

from typing import NamedTuple

__all__ = ["L2"]


class L2(NamedTuple):
    """``alpha / 2 |c|^2``: ridge, weight decay in the gradient; scikit-learn's SGD convention."""

    alpha: float
    l1_ratio: float = 0.0

    def parts(self) -> tuple[float, float]:
        return self.alpha, 0.0
