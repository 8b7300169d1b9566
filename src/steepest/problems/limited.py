"""A problem whose evaluations are counted and stop at a limit, inside a difference gradient too."""

from dataclasses import replace
from typing import Any

import numpy as np

from .function import Function, differences_of
from .problem import Array, Problem

__all__ = ["Counter", "EvaluationsSpent", "limited"]


class EvaluationsSpent(Exception):
    """The next evaluation would be one too many."""


class Counter:
    """Counts evaluations of the objective and refuses the one beyond ``limit``. One made before, ``tried`` (point and
    value), is counted when it is first asked for, and not made again."""

    def __init__(self, value: Any, limit: int, tried: tuple[Array, Any] | None = None) -> None:
        self.value, self.limit, self.spent, self.tried = value, limit, 0, tried

    @property
    def left(self) -> int:
        return self.limit - self.spent

    def __call__(self, w: Array) -> Any:
        if self.spent >= self.limit:
            raise EvaluationsSpent
        self.spent += 1
        if self.tried is not None and np.array_equal(self.tried[0], w):
            value, self.tried = self.tried[1], None
            return value
        return self.value(w)


def limited(problem: Problem, limit: int) -> tuple[Any, Counter]:
    """``problem`` with a counted ``value``, and the counter. Only plain functions and gallery members need it: the
    loops over data count their own passes."""
    counter = Counter(problem.value, limit, problem.tried if isinstance(problem, Function) else None)
    gradient = differences_of(counter) if getattr(problem, "differences", False) else problem.gradient
    if isinstance(problem, Function):
        return replace(problem, value=counter, gradient=gradient), counter
    return Limited(problem, counter), counter


class Limited:
    """Any other problem with a counted value; everything else is the problem's own."""

    def __init__(self, problem: Problem, counter: Counter) -> None:
        self.problem, self.value = problem, counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.problem, name)
