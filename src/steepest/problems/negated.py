"""The negative of a problem: descending it is ascending the problem, with the same bits."""

from typing import Any

from .problem import Array, Problem

__all__ = ["Negated"]


class Negated:
    """``-f``; ``problem`` is f. All that is known of f but its minimum holds for -f too."""

    minimum = None

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        value, gradient = problem.value, problem.gradient
        self.value = lambda w: -value(w)
        self.gradient = lambda w: -gradient(w)
        first_value, first_gradient = (getattr(problem, name, None) for name in ("first_value", "first_gradient"))
        self.first_value = None if first_value is None else lambda w: -first_value(w)
        self.first_gradient = None if first_gradient is None else lambda w: -first_gradient(w)

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        f, g = self.problem.value_and_gradient(w)
        return -f, -g

    def batch_value_and_gradient(self, w: Array, rows: Any) -> tuple[float, Array]:
        f, g = self.problem.batch_value_and_gradient(w, rows)  # type: ignore[attr-defined]
        return -f, -g

    def __getattr__(self, name: str) -> Any:
        return getattr(self.problem, name)
