"""Learning rates and momenta found by short runs from the start, their gradients counted: first to where a quick
descent ends and the curvature there, then among candidates that the curvature suggests."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..problems.differences import number_at
from .curvature import largest_curvature
from .mode_candidates import Candidates, Searched
from .quick_descent import Local, Spent, local_modes, quick_descent
from .stability import local_limit

__all__ = ["Found", "by_trials"]

Array = NDArray[np.float64]
DESCENT = 0.3
"""The part of the budget that the quick descent may take."""
STAYS = 0.01
"""A run that has arrived stays within this part of f0 - f*."""
SAFE = 0.97
"""Part of the stability limit where the run ends that no chosen rate exceeds."""
HEARD = 0.1
"""Modes of less than that part of the gap that may be left do not count."""
FIRST = 0.6
"""The part of the rest of the budget that one trial may take while none has arrived."""
WIDTH = 2.0
NARROWEST = 1.15
"""The factors by which rate and 1 - momentum are changed around the best trial, the widest and the closest."""
MOST_ITERATIONS = 100_000


class Found(NamedTuple):
    """The fields found; the iterations of the trial with them, None where no trial got to the tolerance; how many
    trials there were; the lowest f that any of them or the descent saw."""

    fields: dict[str, float]
    iterations: int | None
    trials: int
    lowest: float
    curvature: float


@dataclass
class Trial:
    """A run in progress: a rule, where it is, and the values so far."""

    rule: Any
    w: Array
    slots: Any = None
    t: int = 0
    values: list[float] = field(default_factory=list)
    failed: bool = False
    arrived: int | None = None

    def advance(self, spent: Spent, upto: int, done: Callable[["Trial"], bool], top: float) -> None:
        """Until row ``upto``, `done`, or the numbers go wrong; f beyond ``top`` is a failure."""
        rule = self.rule
        if self.slots is None:
            self.slots = rule.init(self.w, xp)
        with np.errstate(all="ignore"):
            while spent.left > 0 and self.t < upto:
                at = rule.look(self.w, self.slots, self.t + 1.0, xp) if hasattr(rule, "look") else self.w
                f, g = spent.at(np.asarray(at))
                if not (np.isfinite(f) and np.isfinite(g).all()) or f > top:
                    self.failed = True
                    return
                self.values.append(f)
                if done(self):
                    return
                self.t += 1
                if hasattr(rule, "update"):
                    step, self.slots = rule.update(self.w, g, self.slots, float(self.t), xp)
                else:
                    step, self.slots = rule.step(self.w, f, g, self.slots, float(self.t), xp)
                self.w = np.asarray(self.w + step)


def stay_of(trial: Trial) -> int:
    """The rows a run is watched for after it arrives: as long as it took, at most twice what its steps remember."""
    memory = 1 / max(1 - float(getattr(trial.rule, "momentum", 0.9)), 0.01)
    return int(min(max(trial.arrived or 0, 3), 2 * memory + 3))


class Race:
    """Trials from one start, the best so far, and what counts as arriving."""

    def __init__(self, spent: Spent, rule: Any, w0: Array, f0: float, lowest: float, tolerance: float) -> None:
        self.spent, self.rule, self.w0, self.f0 = spent, rule, w0, f0
        self.lowest, self.tolerance = lowest, tolerance
        self.trials: list[tuple[dict[str, float], Trial]] = []
        self.best: int | None = None
        """The place of the best trial that arrived."""
        self.top = f0 + 1e6 * max(abs(f0), abs(f0 - lowest), 1.0)

    @property
    def target(self) -> float:
        return self.lowest + self.tolerance * (self.f0 - self.lowest)

    @property
    def count(self) -> int | None:
        return None if self.best is None else self.trials[self.best][1].arrived

    def run(self, fields: dict[str, float]) -> Trial:
        """One trial, given up where it takes longer than the best so far."""
        trial = Trial(self.rule._replace(**fields), self.w0.copy())
        known = self.count
        longest = max((one.t for _, one in self.trials if not one.failed), default=self.spent.left)
        most = known - 1 if known is not None else max(min(int(FIRST * self.spent.left), longest), 10)
        trial.advance(self.spent, most, self.arrives, self.top)
        if trial.arrived is not None and not trial.failed:
            trial.advance(self.spent, trial.arrived + stay_of(trial), self.arrives, self.top)
        self.trials.append((fields, trial))
        self.judge(len(self.trials) - 1)
        return trial

    def judge(self, k: int) -> None:
        """What the trial means for the best so far."""
        trial = self.trials[k][1]
        if trial.failed or (trial.arrived is not None and trial.t < trial.arrived + stay_of(trial)):
            trial.arrived = None  # it went wrong, or the budget ended before it was seen to stay
        low = min(trial.values, default=np.inf)
        if low < self.below and not trial.failed:
            self.lowest, self.best = low, None  # a deeper basin: what was reached before does not count
            trial.arrived = None
        if trial.arrived is not None and (self.count is None or trial.arrived < self.count):
            self.best = k

    def arrives(self, trial: Trial) -> bool:
        """At the target, and still about there a while later: a run may also pass through low values by chance."""
        if trial.arrived is None and trial.values[-1] <= self.target:
            trial.arrived = trial.t
        if trial.arrived is None:
            return False
        if trial.values[-1] > self.lowest + STAYS * (self.f0 - self.lowest) or trial.values[-1] < self.below:
            trial.arrived = None
            return False
        return trial.t >= trial.arrived + stay_of(trial)

    @property
    def below(self) -> float:
        """Values that are clearly lower than the lowest."""
        return self.lowest - 100 * self.tolerance * abs(self.f0 - self.lowest)

    def resume(self) -> None:
        """Where no trial has arrived the leading one goes on, for at most `FIRST` of what is left."""
        k = self.leading()
        if self.best is not None or k is None:
            return
        trial = self.trials[k][1]
        trial.advance(self.spent, trial.t + int(FIRST * self.spent.left), self.arrives, self.top)
        self.judge(k)

    def leading(self) -> int | None:
        """The best trial: the soonest that arrived, else the lowest of those that went half as far as the longest,
        after as many rows as these all have."""
        if self.best is not None:
            return self.best
        alive = [k for k, (_, trial) in enumerate(self.trials) if not trial.failed and trial.values]
        if not alive:
            return None
        longest = max(len(self.trials[k][1].values) for k in alive)
        alive = [k for k in alive if 2 * len(self.trials[k][1].values) >= longest]
        rows = min(len(self.trials[k][1].values) for k in alive)
        return min(alive, key=lambda k: min(self.trials[k][1].values[:rows]))


def by_trials(
    spent: Spent, rule: Any, free: Sequence[str], fraction: str | None, w0: Array, tolerance: float, auto: float
) -> Found | None:
    """The best of the trials that the budget allows; None where none of them stayed finite. ``auto`` is the automatic
    rate, where candidates begin for rules whose steps do not follow the curvature."""
    f0 = number_at(spent.problem.value, w0)
    if not np.isfinite(f0):
        return None
    end = quick_descent(spent, w0, max(int(DESCENT * spent.budget), 2))
    race = Race(spent, rule, w0, f0, min(end.f, f0), tolerance)
    local, way = None, end.met
    if local_limit(rule._replace(learning_rate=auto), 1.0) is not None and spent.left > 4 * w0.size:
        local = local_modes(spent, end.w, w0)
        if 2 * min(w0.size, 10) < spent.left // 4:
            at_start = largest_curvature(spent.problem, w0)
            spent.gradients += at_start.gradients
            way = max(way, at_start.value if np.isfinite(at_start.value) else 0.0)
    largest = local.largest if local is not None else 0.0
    for fields in candidates(rule, free, fraction, local, way, auto, f0, tolerance):
        if spent.left <= 0:
            break
        if fields and allowed(rule, fields, largest):
            race.run(fields)
    race.resume()
    compass(race, free, fraction, largest)
    k = race.leading()
    if k is None:
        return None
    fields, trial = race.trials[k]
    return Found(
        {name: float(value) for name, value in fields.items()}, trial.arrived, len(race.trials), race.lowest, largest
    )


def allowed(rule: Any, fields: dict[str, float], largest: float) -> bool:
    """Whether the run could come to rest where the quick descent ended."""
    moved = rule._replace(**fields)
    limit = local_limit(moved, largest) if largest > 0 else None
    return limit is None or moved.learning_rate <= SAFE * limit


def candidates(
    rule: Any, free: Sequence[str], fraction: str | None, local: Local | None, way: float, auto: float, f0: float,
    tolerance: float,
) -> Iterator[dict[str, float]]:  # fmt: skip
    """The settings to try first, the most promising first."""
    if local is not None:
        parts = local.curvatures * local.errors**2
        heard = local.curvatures[parts > HEARD * tolerance * parts.sum()]
        caps: list[float] = []
        for cap in (max(way, local.largest), np.sqrt(max(way, local.largest) * local.largest), local.largest):
            if all(abs(np.log(cap / other)) > 0.1 for other in caps):
                caps.append(float(cap))
                yield steadiest(np.append(heard, cap), cap, rule, free)
    here = {
        name: value for name, value in (("learning_rate", auto), (fraction, None)) if name in free and value is not None
    }
    if not here:
        for lack in (0.1, 0.3, 0.03, 1.0):
            yield {str(fraction): 1 - lack}
        return
    for factor in (1.0, 10.0, 0.1) if local is None else (1.0,):
        yield {"learning_rate": factor * auto}


def steadiest(curvatures: Array, largest: float, rule: Any, free: Sequence[str]) -> dict[str, float]:
    """The fields with which the slowest of the curvatures fades fastest, by the spectral radius: the start does not
    come into it, since what is not quadratic soon forgets it."""
    space = Candidates(Searched(curvatures, np.ones(curvatures.size), 1.0, largest), rule, free, 1.0)
    points, width = space.grid(), np.array([0.35, 0.25][: len(free)])
    rng = np.random.default_rng(0)
    for turn in range(3):
        points, columns = space.bearable(points)
        if not len(points):
            return {}
        radius = np.abs(np.linalg.eigvals(space.matrices(columns, curvatures))).max(axis=(1, 2))
        k = int(radius.argmin())
        if turn < 2:
            points = np.concatenate([points[k : k + 1], points[k] + width * rng.standard_normal((200, len(free)))])
            width = width / 4
    return {name: float(column[k]) for name, column in columns.items()}


def compass(race: Race, free: Sequence[str], fraction: str | None, largest: float) -> None:
    """Changes the best trial's fields by factors, ever closer ones, as long as the budget lasts."""
    width = WIDTH
    tried: set[tuple[float, ...]] = set()
    while race.spent.left > 0 and width > NARROWEST:
        k = race.leading()
        if k is None:
            if not race.trials:
                return
            fields = race.trials[0][0]
            for _ in range(12):  # all failed: the rate is too large by far
                fields = {**fields, "learning_rate": fields.get("learning_rate", 1.0) / 10}
                if "learning_rate" not in free or race.spent.left <= 0 or not race.run(fields).failed:
                    break
            if race.leading() is None:
                return
            continue
        fields, before = race.trials[k][0], k
        rate = fields.get("learning_rate", race.rule.learning_rate)
        lack = 1 - fields.get(fraction, getattr(race.rule, fraction)) if fraction is not None else 1.0
        for by_rate, by_lack in (
            (1, width),
            (1, 1 / width),
            (width, 1),
            (1 / width, 1),
            (width, 1 / width),
            (1 / width, width),
        ):
            changed = dict(fields)
            if "learning_rate" in free:
                changed["learning_rate"] = rate * by_rate
            elif by_rate != 1:
                continue
            if fraction in free and fraction is not None:
                changed[fraction] = max(0.0, 1 - lack * by_lack)
            elif by_lack != 1:
                continue
            key = tuple(
                round(float(np.log(value if name != fraction else 1 - value)), 3) for name, value in changed.items()
            )
            if key in tried or not allowed(race.rule, changed, largest):
                continue
            tried.add(key)
            if race.spent.left <= 0:
                return
            race.run(changed)
            if race.leading() != before:
                break
        if race.leading() == before:
            width = np.sqrt(width)
