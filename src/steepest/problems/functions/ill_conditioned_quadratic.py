"""The ill-conditioned quadratic: a bowl far steeper one way than the other."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...base.box import Box
from ...base.fields import Field, FieldInfo, checked
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["IllConditionedQuadratic"]

CONDITION = FieldInfo("condition", float, False, 100.0, Field(low=1, log=True, help="largest over smallest curvature"))


@dataclass(frozen=True)
class IllConditionedQuadratic(Member):
    """``1/2 sum_i lambda_i w_i^2``, lambda from 1 to ``condition`` in equal ratios: the steepest direction limits the
    rate, the flattest one sets the time."""

    condition: float = CONDITION.default

    least_n = 2
    formula = "1/2 sum over i of lambda[i] w[i]^2, lambda from 1 to condition in equal ratios"
    source = "S. Boyd, L. Vandenberghe, 'Convex Optimization', Cambridge University Press, 2004, section 9.3.2"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "condition", checked(CONDITION, self.condition, self.name))

    @cached_property
    def eigenvalues(self) -> Array:
        """The curvatures along the axes, shape (n,)."""
        return np.geomspace(1.0, self.condition, self.n)

    @property
    def start(self) -> Array:
        return np.resize([-4.0, 1.0], self.n)

    @property
    def box(self) -> Box:
        return Box(np.full(self.n, -5.0), np.full(self.n, 5.0))

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.zeros((1, self.n)))

    def value(self, w: Any) -> Any:
        return 0.5 * (self.eigenvalues * w * w).sum()

    def gradient(self, w: Array) -> Array:
        return self.eigenvalues * w

    def recipe(self) -> dict[str, Any]:
        return {**super().recipe(), "condition": self.condition}
