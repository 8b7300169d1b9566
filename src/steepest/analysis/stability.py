"""How large a learning rate a rule bears at a given curvature, read off the rule's own iteration matrix."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..methods.rule import iteration_matrix

__all__ = ["Limit", "limit_factor", "local_limit"]


class Limit(NamedTuple):
    """The rule is stable on a quadratic of curvature L for learning rates below ``factor / L``; ``formula`` is the
    factor in the rule's fields, where it is known."""

    factor: float
    formula: str


def limit_factor(rule: Any) -> Limit | None:
    """None where the rule is not linear in the gradient, or has no limit of this kind."""
    if "learning_rate" not in rule._fields:
        return None
    if callable(getattr(rule, "stability", None)):
        factor, formula = rule.stability()
        return Limit(float(factor), formula)
    if hasattr(type(rule), "modifiers"):  # weights that decay add to the curvature, and clipped gradients know no limit
        return None
    factor = spectral_factor(type(rule), tuple(rule._replace(learning_rate=1.0)))  # type: ignore[arg-type]
    return None if factor is None else Limit(factor, "")


def radius(rule: Any) -> float:
    matrix = iteration_matrix(rule, 1.0)
    return float("nan") if matrix is None else float(np.abs(np.linalg.eigvals(matrix)).max())


@lru_cache(maxsize=256)
def spectral_factor(cls: Any, fields: tuple[Any, ...]) -> float | None:
    """The largest learning rate at curvature 1 below which the spectral radius stays at most 1, by bisection."""
    rule = cls(*fields)
    at = rule._fields.index("learning_rate")

    def stable(rate: float) -> bool:
        return radius(cls(*fields[:at], rate, *fields[at + 1 :])) <= 1 + 1e-12

    if np.isnan(radius(rule)) or not stable(1e-6):
        return None
    high = 1e-3
    while stable(high):
        high *= 1.1
        if high > 1e6:
            return None
    low = high / 1.1
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stable(middle) else (low, middle)
    return low


def local_limit(rule: Any, curvature: float) -> float | None:
    """The stability limit at a curvature; None where none is known, infinity where there is no curvature."""
    limit = limit_factor(rule)
    if limit is None or not np.isfinite(curvature):
        return None
    return limit.factor / curvature if curvature > 0 else float("inf")
