"""The problems of a comparison, each with its starts, and what one run on them left behind."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..problems.function import Function
from . import arguments as check

__all__ = ["Contest", "Ended", "Goal", "Meter", "Trace", "as_contests", "named"]

Array = NDArray[np.float64]

CLOSER = 1e-3
"""A run ends within this share of the tolerance of a known minimum: it can be told from one that has just arrived."""
EXACT = 1000
"""Gradient evaluations up to which every improvement is kept; beyond, one for each 0.1 %."""


@dataclass(frozen=True, eq=False)
class Contest:
    """One problem: ``starts`` (starts, n), ``tuning_start`` (n,), ``minimum`` the least value known, else None."""

    name: str
    problem: Any
    starts: Array
    tuning_start: Array
    minimum: float | None
    own_start: bool
    """Whether tuning has a start of its own."""
    given: tuple[Any, Any, int]
    """What ``resolved`` made the problem of."""

    def __reduce__(self) -> Any:
        """For other processes: a traced function cannot be pickled, and is traced anew there."""
        parts = (self.name, self.starts, self.tuning_start, self.minimum, self.own_start, self.given)
        return rebuilt, parts

    @property
    def n(self) -> int:
        return int(self.starts.shape[1])

    @property
    def rows(self) -> int | None:
        """Rows of data, where there are any."""
        return int(self.problem.rows) if hasattr(self.problem, "rows") else None

    def goal(self, budget: int, tolerance: float, f0: float) -> "Goal":
        """Of a run that starts at ``f0``: it may end so near to the known minimum that nothing is left to be told."""
        if self.minimum is None or not math.isfinite(f0):
            return Goal(budget)
        return Goal(budget, self.minimum + CLOSER * tolerance * max(f0 - self.minimum, 0.0))


@dataclass(frozen=True)
class Goal:
    """When a run ends: after ``budget`` gradient evaluations, or where f is at most ``f_target``."""

    budget: int
    f_target: float | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """The best f so far of one run, where it fell, and at last: after how many gradient ``evaluations`` (0 at the
    start), ``steps`` (iterations or epochs) and ``seconds``. All arrays (points,)."""

    evaluations: Array
    f: Array
    steps: Array
    seconds: Array
    outcome: str
    message: str
    updates_a_step: int = 1

    @classmethod
    def of(
        cls, evaluations: Any, f: Any, steps: Any, seconds: Any, outcome: str, message: str, updates_a_step: int = 1
    ) -> "Trace":
        """From all points that were seen; of many of them those within 0.1 % of the evaluations of one that is kept
        are left out. Where f is no number nothing was reached."""
        spent, f, steps, seconds = (np.asarray(column, dtype=float) for column in (evaluations, f, steps, seconds))
        best = np.minimum.accumulate(np.where(np.isnan(f), np.inf, f))
        kept = np.flatnonzero(np.concatenate([[True], best[1:] < best[:-1]])) if best.size else np.empty(0, dtype=int)
        if best.size and kept[-1] != best.size - 1:
            kept = np.append(kept, best.size - 1)
        many = spent[kept] > EXACT
        if many.any():
            # of the points in one bin the last: it is the best, and at most 0.1 % late
            bins = np.floor(np.log(spent[kept][many]) / math.log(1.001))
            last = np.append(bins[1:] != bins[:-1], True)
            kept = np.concatenate([kept[~many], kept[many][last]])
        return cls(spent[kept], best[kept], steps[kept], seconds[kept], outcome, message, updates_a_step)

    @classmethod
    def nothing(cls, outcome: str, message: str) -> "Trace":
        """Of a run that never began."""
        none = np.empty(0)
        return cls(none, none, none, none, outcome, message)

    def reached(self, target: float) -> float:
        """Gradient evaluations until f was at most ``target``; inf where it never was."""
        hit = np.flatnonzero(self.f <= target)
        return float(self.evaluations[hit[0]]) if hit.size else math.inf

    @property
    def best(self) -> float:
        return float(self.f[-1]) if self.f.size else math.inf

    @property
    def spent(self) -> float:
        return float(self.evaluations[-1]) if self.evaluations.size else 0.0

    @property
    def time(self) -> float:
        return float(self.seconds[-1]) if self.seconds.size else 0.0


class Ended(Exception):
    """Stops a solver that is not ours: the budget is spent, or the target reached; str() is the outcome's name."""


@dataclass
class Meter:
    """A problem that counts what is asked of it: a value and a gradient together are one evaluation, and so is either
    alone. With a ``goal`` it ends the run that it serves by raising ``Ended``."""

    problem: Any
    goal: Goal | None = None
    values: int = 0
    gradients: int = 0
    steps: int = 0
    """Finished so far: set by whoever knows."""
    points: list[tuple[float, float, int, float]] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    first_value = first_gradient = joint = None
    """Nothing goes around the counting."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "problem":
            raise AttributeError(name)
        return getattr(self.problem, name)

    @property
    def spent(self) -> int:
        """Evaluations before the present one: the start costs nothing."""
        return max(self.values, self.gradients) - 1

    def value(self, w: Array) -> float:
        self.values += 1
        self._stop_at_the_end()
        return self._noted(float(self.problem.value(w)))

    def gradient(self, w: Array) -> Array:
        self.gradients += 1
        self._stop_at_the_end()
        return np.array(self.problem.gradient(w), dtype=float)

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        self.values, self.gradients = self.values + 1, self.gradients + 1
        self._stop_at_the_end()
        f, g = self.problem.value_and_gradient(w)
        return self._noted(float(f)), np.array(g, dtype=float)

    def _stop_at_the_end(self) -> None:
        if self.goal is None:
            return
        if self.points and self.goal.f_target is not None and self.points[-1][1] <= self.goal.f_target:
            raise Ended("F_TARGET")
        if self.spent > self.goal.budget:
            raise Ended("BUDGET")

    def _noted(self, f: float) -> float:
        best = self.points[-1][1] if self.points else math.inf
        if f < best or not self.points:  # a start without a number is kept as the worst there is
            self.points.append((self.spent, math.inf if math.isnan(f) else f, self.steps, self._clock()))
        return f

    def _clock(self) -> float:
        return time.perf_counter() - self.began

    def trace(self, outcome: str, message: str, most: float = math.inf) -> Trace:
        """What was seen within ``most`` evaluations."""
        points = [point for point in self.points if point[0] <= most]
        end = min(max(self.spent, 0), most)
        if not points or points[-1][0] < end:
            points.append((end, points[-1][1] if points else math.inf, self.steps, self._clock()))
        spent, f, steps, seconds = np.array(points, dtype=float).T
        return Trace.of(spent, f, steps, seconds, outcome, message)


# -- from what was given ---------------------------------------------------------------------------------------------


def named(things: Any, what: str, name_of: Any) -> dict[str, Any]:
    """``things`` by name: a dict as it is, else each under a name of its own (the second of a name is 'name 2')."""
    if isinstance(things, Mapping):
        wrong = [name for name in things if not isinstance(name, str) or not name]
        if wrong:
            raise ArgumentTypeError(f"{what} must be named by texts; got the name {wrong[0]!r}")
        return dict(things)
    if isinstance(things, (str, bytes)) or hasattr(things, "_fields") or not isinstance(things, (list, tuple)):
        raise ArgumentTypeError(f"{what} must be a list or a dict of names; got {things!r}")
    found: dict[str, Any] = {}
    for thing in things:
        base = name = name_of(thing)
        copies = 2
        while name in found:
            name, copies = f"{base} {copies}", copies + 1
        found[name] = thing
    return found


def as_contests(problems: Any, starts: int, seed: int) -> list[Contest]:
    """The problems of a comparison with ``starts`` starts each. A problem may be a pair ``(problem, w0)``, its own
    start (n,), or all of its starts (starts, n), which are then those."""

    def name_of(given: Any) -> str:
        inner = given[0] if is_pair(given) else given
        if isinstance(inner, str):
            return inner
        return str(getattr(inner, "name", None) or getattr(inner, "__name__", type(inner).__name__))

    found = named(problems, "problems", name_of)
    if not found:
        raise ArgumentError("problems is empty; give at least one, such as ['rosenbrock']")
    return [contest_of(name, given, starts, seed) for name, given in found.items()]


def is_pair(given: Any) -> bool:
    return isinstance(given, tuple) and len(given) == 2 and not hasattr(given, "_fields")


def contest_of(name: str, given: Any, starts: int, seed: int) -> Contest:
    inner, w0 = given if is_pair(given) else (given, None)
    whole = None
    if w0 is not None and not isinstance(w0, dict) and np.ndim(w0) == 2:
        whole = [check.as_start(row) for row in np.asarray(w0)]
        w0 = whole[0]
    try:
        problem, start = resolved(inner, w0, seed)
    except (ArgumentError, ArgumentTypeError) as error:
        raise type(error)(about(name, str(error).replace("pass w0=[...]", "give the pair (problem, w0)"))) from error
    points = whole if whole is not None else starts_of(name, problem, start, starts, seed)
    own = problem.box is not None and whole is None and bounded(problem.box)
    tuning = check.drawn(problem.box.fitted(problem.n), seed + 1_000_003, 1, problem.n)[0] if own else points[-1]
    minimum = None if problem.minimum is None else float(problem.minimum.f)
    return Contest(name, problem, np.array(points), np.array(tuning), minimum, own, (inner, w0, seed))


def about(name: str, text: str) -> str:
    """What is wrong with the problem of that name, which is said once."""
    rest = text.removeprefix("problem ")
    if rest == text:
        return f"problem {name!r}: {text}"
    if rest.startswith(repr(name)):
        return text
    return f"problem {name!r} {rest}" if rest.startswith("must ") else f"problem {name!r}: {rest}"


def resolved(inner: Any, w0: Any, seed: int) -> tuple[Any, Any]:
    """The problem as an object, and its start."""
    problem, start = check.as_problem(inner, w0, None, (), False, None, seed)
    if isinstance(problem, Function):  # what was found out at the start serves one run only, and here are many
        problem = replace(problem, first_value=None, first_gradient=None)
    return problem, start


def rebuilt(name: str, starts: Array, tuning_start: Array, minimum: Any, own_start: bool, given: Any) -> Contest:
    return Contest(name, resolved(*given)[0], starts, tuning_start, minimum, own_start, given)


def bounded(box: Any) -> bool:
    return bool(np.isfinite(box.lower).all() and np.isfinite(box.upper).all())


def starts_of(name: str, problem: Any, start: Any, starts: int, seed: int) -> list[Array]:
    """The problem's own start and as many draws from its box as are wanted beside it."""
    first = [] if start is None else [np.asarray(start, dtype=float)]
    wanted = starts - len(first)
    if not wanted:
        return first
    if problem.box is None or not bounded(problem.box):
        raise ArgumentError(
            f"problem {name!r} has no box to draw starts={starts} from; give it as (problem, [start, start, ...])"
        )
    return [*first, *check.drawn(problem.box.fitted(problem.n), seed, wanted, problem.n)]
