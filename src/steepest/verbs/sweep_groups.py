"""The cells of a sweep prepared as ``minimize`` would prepare each: like ones share a group, resolved once."""

import inspect
import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, SteepestError
from ..base.fields import fields_of
from ..base.text import count, duration
from ..engines.choose import choose
from ..engines.task import Task
from ..engines.together.alike import Alike
from ..engines.together.worth import loop_seconds, why_not_lanes
from ..methods import find
from ..methods.rule import label, settled
from ..records.history import BUDGET, thinned
from . import arguments as check
from .axes import Cells, refuse_clashes
from .calling import Call
from .minimizing import checked_rule, minimize, prepare
from .spending import Spending

__all__ = ["MOST", "OWN", "Group", "Preparation", "attempt_at"]

Array = NDArray[np.float64]
MOST = 100_000
"""Runs that are begun without being asked twice."""
COMPILED = ("numba", "jax", "quadratic")
NOBODY: NDArray[np.intp] = np.array([], dtype=np.intp)
KINDS = 1000
"""Runs looked at to tell how long too many would take."""
OWN = tuple(name for name in inspect.signature(minimize).parameters if name not in ("problem", "hyperparameters"))


@dataclass(eq=False)
class Group:
    """Runs that are alike but for float fields and the start: what is common to them, resolved once."""

    call: Call
    points: list[Array]
    cells: NDArray[np.intp]
    checks: tuple[int, int]
    """Values and gradients that checking the problem took."""

    @property
    def together(self) -> bool:
        """Whether the runs can be computed side by side; the others are so many calls of ``minimize``."""
        call, rule = self.call, self.call.rule
        rate = getattr(rule, "learning_rate", 0.0)
        return (
            call.engine in COMPILED and not call.own and rate is not None and call.moving.search is None
            and call.settings.time_limit is None and not call.plan.updates
            and Spending(call.problem, call.minimized, self.points[0], None).counter is None
        )  # fmt: skip

    @property
    def moved(self) -> bool:
        """Whether ``minimize`` makes these runs in the plain loop: lanes took them, unasked."""
        asked, automatic = self.call.asked_engine, getattr(self.call.minimized, "automatic", False)
        return asked == "auto" and self.call.engine == "jax" and self.call.device is None and not automatic


class Preparation:
    """The cells of a sweep, checked and resolved; like ones in groups."""

    def __init__(self, problem: Any, cells: Cells, shared: dict[str, Any], memory: int) -> None:
        self.problem, self.cells, self.shared, self.memory = problem, cells, shared, memory
        self._made: Any = None
        self.rules = [self._checked(method) for method in self._methods()]
        self.fast = {
            axis.name for axis in cells.axes
            if axis.name == "w0" or (axis.numeric and all(self._float(rule, axis.name) for rule in self.rules))
        }  # fmt: skip
        self.numbers = self._settled()

    # -- checking ------------------------------------------------------------------------------------------------

    def _methods(self) -> list[Any]:
        axis = next((axis for axis in self.cells.axes if axis.name == "method"), None)
        methods = [self.shared["method"]] if axis is None else list(axis.values)
        if self.cells.how != "grid" and axis is not None:  # the same few, drawn or listed many times
            methods = list({id(method): method for method in methods}.values())
        return methods

    def _checked(self, method: Any) -> Any:
        """The rule of a method with the first of all hyper-parameters: unknown ones are refused here, by name."""
        given = {name: value for name, value in self.shared.items() if name not in OWN}
        given |= {axis.name: axis.values[0] for axis in self.cells.axes if axis.name not in OWN}
        cls = find(method) if isinstance(method, str) else method
        refuse_clashes(given, getattr(cls, "_fields", ()))
        return checked_rule(method, given, method if isinstance(method, str) else label(method))

    @staticmethod
    def _float(rule: Any, name: str) -> bool:
        cls: Any = type(rule)
        infos = fields_of(cls)
        return name in infos and infos[name].kind is float

    def _settled(self) -> dict[str, list[float]]:
        """The numbers of each float axis, checked once for every method."""
        found: dict[str, list[float]] = {}
        for axis in self.cells.axes:
            if axis.name in OWN:
                continue
            for rule in self.rules:
                cls: Any = type(rule)
                info, owner = fields_of(cls)[axis.name], label(rule)
                checked = [self._one(info, value, owner, k) for k, value in enumerate(axis.values)]
                if axis.name in self.fast:
                    found[axis.name] = checked
        return found

    @staticmethod
    def _one(info: Any, value: Any, owner: str, k: int) -> Any:
        try:
            return None if isinstance(value, str) and value == "auto" else settled(info, value, owner)
        except SteepestError as error:
            raise type(error)(f"{info.name}[{k}]: {error}") from None

    def arguments(self, i: int) -> dict[str, Any]:
        """What ``minimize`` is given for run ``i``."""
        return {**self.shared, **self.cells.arguments(i)}

    def prepared(self, i: int, runs: int) -> tuple[Call, list[Array]]:
        """Run ``i`` as ``minimize`` would prepare it, but for the engine where so many ``runs`` like it go together; a
        problem that is not one already is made once."""
        arguments = self.arguments(i)
        w0, method = arguments.pop("w0"), arguments.pop("method")
        own = {name: arguments.pop(name) for name in OWN if name in arguments}
        own.pop("progress", None)
        problem = self.problem
        if self._made is not None:
            problem, first = self._made
            own = {name: value for name, value in own.items() if name not in ("grad", "args", "value_and_grad")}
            w0 = first if w0 is None else check.as_shape(w0)[0]
        call, points = prepare(problem, w0, method, arguments, **own)
        call = in_lanes(call, points, runs)
        drawn = getattr(call.problem, "random_gradient", False)  # its draws depend on the seed
        if self._made is None and not hasattr(self.problem, "gradient") and not drawn:
            self._made = call.problem, None if w0 is not None else points[0]
            for name in ("first_value", "first_gradient"):  # the runs are not to reckon with calls that others used
                if getattr(call.problem, name, None) is not None:
                    getattr(call.problem, name).left = 0
        return call, points

    @cached_property
    def groups(self) -> list[Group]:
        """The runs in groups, in the order of their first ones."""
        if all(axis.name in self.fast for axis in self.cells.axes):
            return [self._group(np.arange(self.cells.count))]
        key = np.zeros(self.cells.count, dtype=np.int64)
        for axis in self.cells.axes:
            if axis.name not in self.fast:
                places = {id(value): k for k, value in reversed(list(enumerate(axis.values)))}
                same = np.array([places[id(value)] for value in axis.values])
                key = key * len(axis.values) + same[self.cells.index[axis.name]]
                key = np.unique(key, return_inverse=True)[1]  # small again, however many axes there are
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        order = np.argsort(inverse, kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
        return [self._group(parts[at]) for at in np.argsort(first)]

    def _group(self, part: NDArray[np.intp]) -> Group:
        call, points = self.prepared(int(part[0]), len(part))
        found = Group(self._thinned(call), points, part, self._checks)
        self._check_starts(found)
        return found

    def _thinned(self, call: Call) -> Call:
        """Each run's part of the memory."""
        if call.plan.budget is None:
            return call
        return replace(call, plan=replace(call.plan, budget=self.budget))

    @property
    def budget(self) -> int:
        return min(BUDGET, max(self.memory // self.cells.count, 1))

    @property
    def _checks(self) -> tuple[int, int]:
        """The calls that a compiled run does not use again, so that ``minimize`` counts them on top."""
        if self._made is None:
            return 0, 0
        firsts = [getattr(self._made[0], name, None) for name in ("first_value", "first_gradient")]
        return 0 if firsts[0] is None else 1, 0 if firsts[1] is None else 1

    def _check_starts(self, group: Group) -> None:
        axis = next((axis for axis in self.cells.axes if axis.name == "w0"), None)
        if axis is None:
            return
        group.points = []
        for k, w0 in enumerate(axis.values):
            try:
                start = check.as_start(check.as_shape(w0)[0], group.call.problem.n)
                if group.call.box is not None:
                    check.within_bounds([start], group.call.box, group.call.problem.n, True)
            except SteepestError as error:
                raise type(error)(f"w0[{k}]: {error}") from None
            group.points.append(start)

    @property
    def described(self) -> dict[str, Any]:
        """What all runs share, for titles and files."""
        call = self.groups[0].call
        return {
            "problem_name": call.problem.name, "method": label(call.rule), "n": call.problem.n,
            "maximize": call.settings.sign < 0, "unit": "iteration" if call.batch is None else "epoch",
            "problem": call.problem.recipe, "identity": self.identity,
            "engines": list(dict.fromkeys(group.call.engine_reason for group in self.groups)),
        }  # fmt: skip

    def identity(self) -> dict[str, Any]:
        """What makes two sweeps the same one; worked out when a file is written or read, since data are hashed."""
        call = self.groups[0].call
        others = ("steepest", "versions", "problem_name")
        settings = {name: value for name, value in call.setup(call.rule, "").items() if name not in others}
        axes = [[axis.name, [w.tolist() for w in axis.flat] if axis.name == "w0" else axis.shown]
                for axis in self.cells.axes]  # fmt: skip
        start = [float(v) for v in self.groups[0].points[0]]
        return {
            "problem": call.problem.recipe(), "axes": axes, "how": self.cells.how, "settings": settings, "start": start,
        }  # fmt: skip

    def kinds(self) -> list[Group]:
        """Groups to tell the cost of all by: of many runs the first alone, since grouping takes an index of them."""
        if self.cells.count <= MOST:
            return self.groups
        passes = math.prod(len(axis.values) for axis in self.cells.axes if axis.name not in self.fast)
        call, points = self.prepared(0, self.cells.count // passes)
        part = np.arange(min(self.cells.count, KINDS))
        return [Group(self._thinned(call), points, part, self._checks)]

    @property
    def passes(self) -> int:
        return len(self.groups) if self.cells.count <= MOST else 1

    def attempt(self, i: int) -> Any:
        """Run ``i`` by ``minimize``; a sentence where it raised."""
        return attempt(self.problem, self.arguments(i), self.budget)

    # -- one of them -------------------------------------------------------------------------------------------------

    def rule(self, group: Group, i: int) -> Any:
        places = self.cells.places(i)
        values = {name: numbers[places[name]] for name, numbers in self.numbers.items()}
        return group.call.rule._replace(**values) if values else group.call.rule

    def start(self, group: Group, i: int) -> Array:
        return group.points[self.cells.places(i).get("w0", 0)]

    def tasks(self, group: Group, which: NDArray[np.intp], began: float) -> Alike:
        """The tasks of some runs of a group, each made when it is asked for."""
        first, places = self.task(group, int(which[0]), began), self.cells.places_of(which)
        starts = np.array(group.points)[places["w0"] if "w0" in places else np.zeros(len(which), dtype=np.intp)]
        fields = np.repeat(first.fields.row, len(which), axis=0)
        for k, name in enumerate(first.fields.names):
            if name in self.numbers:
                fields[:, k] = np.array(self.numbers[name])[places[name]]
        return Alike(first, starts, fields, lambda k: self.task(group, int(which[k]), began))

    def task(self, group: Group, i: int, began: float) -> Task:
        call, w0 = group.call, self.start(group, i)
        rule = self.rule(group, i)

        def over_limit() -> bool | None:
            spent = Spending(call.problem, call.minimized, w0, None)
            return call.task(spent, rule, w0, None, None, began).over_limit()

        return Task(
            call.minimized, call.moving.numbers(rule), w0, call.settings, call.plan, call.batch, call.sampling,
            call.seed, None, None, over_limit, None, began, call.moving.schedules, call.box, None, call.device,
        )  # fmt: skip


def in_lanes(call: Call, points: list[Array], runs: int) -> Call:
    """The call in the jax engine, where the plain loop was chosen for it and so many runs like it pay for lanes."""
    moved = replace(call, engine="jax")
    if call.asked_engine != "auto" or call.engine != "python" or not Group(moved, points, NOBODY, (0, 0)).together:
        return call
    spent = Spending(call.problem, call.minimized, points[0], None)
    task = call.task(spent, call.rule, points[0], None, None, 0.0)
    if why_not_lanes(task, runs):
        return call
    try:
        choose(call.minimized, task.rule, "jax", None, None, call.batch, call.box, call.settings.max_iter)
    except ArgumentError:
        return call
    what = f"jax: {count(runs, 'run')} side by side in a compiled program, not {duration(loop_seconds(task, runs))} of"
    return replace(moved, engine_reason=f"{what} plain loops at most; equal to them but for rounding")


def attempt_at(i: int, problem: Any, arguments: dict[str, Any], budget: int) -> tuple[int, Any]:
    return i, attempt(problem, arguments, budget)


def attempt(problem: Any, arguments: dict[str, Any], budget: int) -> Any:
    """The run, or what it raised as a sentence: what all runs share was checked before."""
    try:
        run = minimize(problem, **arguments, progress=False)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    if arguments.get("record", "auto") not in ("all", "none") and not isinstance(arguments.get("record"), int):
        run.record = replace(run.record, history=thinned(run.record.history, budget))
    return run
