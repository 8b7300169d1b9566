"""A problem whose evaluations are counted and stop at a limit, inside a difference gradient too."""

from dataclasses import replace
from typing import Any

from .function import Function, differences_of
from .problem import Array, Problem

__all__ = ["Counter", "EvaluationsSpent", "limited"]


class EvaluationsSpent(Exception):
    """The next evaluation would be one too many."""


class Counter:
    """Counts evaluations of the objective and refuses the one beyond ``limit``."""

    def __init__(self, f: Any, limit: float) -> None:
        self.f, self.limit, self.spent = f, limit, 0

    @property
    def left(self) -> float:
        return self.limit - self.spent

    def __call__(self, w: Array) -> Any:
        if self.spent >= self.limit:
            raise EvaluationsSpent
        self.spent += 1
        return self.f(w)


def limited(problem: Problem, limit: float) -> tuple[Any, Counter]:
    """``problem`` with its evaluations counted, and the counter. Only plain functions and gallery members need it: the
    loops over data count their own passes."""
    if not isinstance(problem, Function):
        counter = Counter(problem.value, limit)
        return Limited(problem, counter), counter
    if problem.joint is not None:
        counter = Counter(problem.joint.call, limit)
        joint = problem.joint.calling(counter)
        return replace(problem, value=joint.value, gradient=joint.gradient, joint=joint), counter
    counter = Counter(problem.first_value or problem.value, limit)
    gradient = differences_of(counter) if problem.differences else problem.gradient
    return replace(problem, value=counter, gradient=gradient, first_value=None), counter


class Limited:
    """Any other problem with a counted value; everything else is the problem's own."""

    def __init__(self, problem: Problem, counter: Counter) -> None:
        self.problem, self.value = problem, counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.problem, name)
