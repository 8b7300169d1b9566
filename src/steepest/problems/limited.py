"""A problem whose evaluations are counted and stop at a limit, inside a difference gradient too."""

import math
import time
from dataclasses import replace
from typing import Any

from .function import Function
from .penalized import PenalizedProblem
from .problem import Array, Problem

__all__ = ["Counter", "EvaluationsSpent", "Limited", "TimeSpent", "limited"]


class EvaluationsSpent(Exception):
    """The next evaluation would be one too many."""


class TimeSpent(EvaluationsSpent):
    """The time was up before the next evaluation."""


class Counter:
    """Counts evaluations of the objective and refuses the one beyond ``limit``, or after ``deadline``, a
    perf_counter."""

    def __init__(self, f: Any, limit: float, deadline: float = math.inf) -> None:
        self.f, self.limit, self.spent, self.deadline = f, limit, 0, deadline

    @property
    def left(self) -> float:
        return self.limit - self.spent

    def charge(self, evaluations: int) -> None:
        """Counts evaluations that are made elsewhere, all of them or none."""
        if self.spent + evaluations > self.limit:
            raise EvaluationsSpent
        self._look_at_the_clock()
        self.spent += evaluations

    def _look_at_the_clock(self) -> None:
        if self.deadline < math.inf and time.perf_counter() > self.deadline:
            raise TimeSpent

    def __call__(self, w: Array) -> Any:
        if self.spent >= self.limit:
            raise EvaluationsSpent
        self._look_at_the_clock()
        self.spent += 1
        return self.f(w)


def limited(problem: Problem, limit: float, deadline: float = math.inf) -> tuple[Any, Counter]:
    """``problem`` with its evaluations counted and timed, and the counter. Only plain functions and gallery members
    need it: the loops over data count their own passes."""
    if isinstance(problem, PenalizedProblem):
        inner, counter = limited(problem.problem, limit, deadline)
        return PenalizedProblem(inner, problem.l2, problem.l1), counter
    if not isinstance(problem, Function):
        counter = Counter(problem.value, limit, deadline)
        return Limited(problem, counter), counter
    if problem.joint is not None:
        counter = Counter(problem.joint.call, limit, deadline)
        joint = problem.joint.calling(counter)
        return replace(problem, value=joint.value, gradient=joint.gradient, joint=joint), counter
    counter = Counter(problem.first_value or problem.value, limit, deadline)
    gradient = problem.gradient if problem.estimator is None else counted(problem, counter)
    return replace(problem, value=counter, gradient=gradient, first_value=None), counter


def counted(problem: Function, counter: Counter) -> Any:
    """The estimated gradient of a function, its evaluations counted."""
    estimator = problem.estimator
    if estimator is None or not estimator.elsewhere:
        return problem.gradient if estimator is None else estimator.of(counter)
    gradient, cost = estimator.of(problem.value), estimator.evaluations

    def charged(w: Array) -> Array:
        counter.charge(cost)
        return gradient(w)

    return charged


class Limited:
    """Any other problem with a counted value; everything else is the problem's own."""

    def __init__(self, problem: Problem, counter: Counter) -> None:
        self.problem, self.value = problem, counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.problem, name)
