"""Which learning rate and momentum to take: by the modes of a quadratic, by trials elsewhere, by the noise ball for
batches, and the automatic rate where nothing better is known."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..base.text import count, number
from ..problems.differences import number_at
from ..problems.linear_model import linear_model_in
from .curvature import guarded
from .hints import slope_check
from .mode_candidates import Searched
from .mode_polish import errors_at
from .mode_runs import MOST, predictable, predicted_count, starting, steps_of
from .mode_search import fraction_of, largest_rate, search
from .modes import Modes, examined, gap, merged
from .quick_descent import Spent
from .rates import automatic_rate, falling
from .second_moments import NoiseBall, mean_square_limit, noise_ball, rows_of
from .stability import local_limit
from .trials import by_trials

__all__ = ["Suggested", "suggested"]

Array = NDArray[np.float64]
MOST_MODES = 128
"""Beyond so many modes a search puts neighbours together; the count is then that of all."""
BINS = 96
SLOWEST = 1e12
"""Iterations that gradient descent is followed for, whose gaps are known in closed form."""
UNBOUNDED = 1e6
"""So many times its size f has to fall to be taken for unbounded, as a run is."""
OFF = 20
"""So many times the iterations runs are followed for whose rate is a little off."""
HALF = 0.5
"""Of what a run with batches may lack half is for the noise, half for the way of its mean."""
LESS = 0.5
"""The rate is lowered by at least that factor at a time."""
TRIES = 40


class Suggested(NamedTuple):
    """The fields to put into the rule, the predicted iterations (epochs for batches) or None, why, the gradients spent,
    and by what: "modes", "trials", "noise ball" or "automatic"."""

    fields: dict[str, Any]
    iterations: int | None
    reason: str
    spent: int
    kind: str


def suggested(
    problem: Any, rule: Any, w0: Array, *, tolerance: float, budget: int, batch: int | None, sampling: str, most: int,
    fixed: frozenset[str],
) -> Suggested:  # fmt: skip
    """``fixed`` are the fields that are to stay; at most ``budget`` gradients go into trials."""
    rate_free = "learning_rate" not in fixed or rule.learning_rate is None
    probe = rule._replace(learning_rate=0.1) if rule.learning_rate is None else rule
    followed = predictable(probe) is None
    fraction = fraction_of(rule) if followed else None
    free = ["learning_rate"] if rate_free else []
    if fraction is not None and fraction not in fixed and batch is None:
        free.append(fraction)
    if batch is not None:
        return of_batches(problem, rule, w0, tolerance, batch, sampling, most, rate_free)
    modes = examined(problem, w0) if followed else None
    if isinstance(modes, Modes):
        found = of_modes(modes, rule, probe, free, tolerance)
        if found is not None:
            return found
    spent = 0 if modes is None else modes.spent
    if not free:
        return Suggested({}, None, "all is given, and what is not quadratic is not predicted", spent, "automatic")
    auto = automatic_rate(problem, unrated(rule), w0, None)
    if budget == 0:
        rate = {"learning_rate": auto.value} if rate_free else {}
        return Suggested(rate, None, auto.reason.removeprefix("auto: "), auto.gradients, "automatic")
    return of_trials(problem, probe, free, fraction, w0, tolerance, budget, auto, spent)


def unrated(rule: Any) -> Any:
    return rule._replace(learning_rate=None)


# -- quadratics --------------------------------------------------------------------------------------------------------


def of_modes(modes: Modes, rule: Any, probe: Any, free: list[str], tolerance: float) -> Suggested | None:
    whole, top = gap(modes), float(modes.curvatures.max(initial=0.0))
    if whole <= 0 or top <= 0:
        rate = {"learning_rate": 1 / top if top > 0 else 1.0} if "learning_rate" in free else {}
        return Suggested(
            rate, 0, "the start is a minimum already: no gradient leads away from it", modes.spent, "modes"
        )
    c, e = merged(modes)
    slow = len(probe.init(np.zeros(1), np)) == 0
    if not free:
        limit = local_limit(rule, top)
        if limit is not None and rule.learning_rate > limit:
            beyond = f"; learning_rate {number(rule.learning_rate)} is beyond the stability limit, {number(limit)}"
            return Suggested({}, None, f"all is given; {on_modes(modes, c)}{beyond}", modes.spent, "modes")
        iterations = predicted_count(modes, rule, tolerance, int(SLOWEST) if slow else MOST)
        return Suggested({}, iterations, f"all is given; {on_modes(modes, c)}", modes.spent, "modes")
    asked = Searched(*binned(c, e), tolerance * whole, top)
    if "learning_rate" not in free:
        largest = largest_rate(asked, rule, free)
        if rule.learning_rate > largest:
            raise ArgumentError(
                f"learning_rate {number(rule.learning_rate)} is unstable, or within 1 % of it, whatever {free[0]} is: "
                f"give at most {number(largest)}, or leave it out"
            )
    best = search(asked, probe, free, int(SLOWEST) if slow else 2 * MOST)
    if best is None:
        return None
    chosen = probe._replace(**best.fields)
    iterations = predicted_count(modes, chosen, tolerance, int(SLOWEST) if slow else 4 * MOST)
    limit = local_limit(chosen, top)
    bound = "" if limit is None else f"; stable up to {number(limit)}"
    if iterations is not None:
        off = (
            ""
            if best.worst <= 1.02 * iterations
            else (f", {worst_off(modes, chosen, tolerance, iterations)} at worst if the rate is 1 % off")
        )
        bound = f": {count(iterations, 'iteration')}{off}{bound}"
    return Suggested(best.fields, iterations, on_modes(modes, c) + bound, modes.spent, "modes")


def worst_off(modes: Modes, rule: Any, tolerance: float, iterations: int) -> str:
    most = OFF * iterations
    rates = (rule.learning_rate * factor for factor in (0.99, 1.01))
    counts = [predicted_count(modes, rule._replace(learning_rate=rate), tolerance, most) for rate in rates]
    found = [one for one in counts if one is not None]
    return f"{max(found):,}" if len(found) == len(counts) else f"more than {most:,}"


def on_modes(modes: Modes, c: Array) -> str:
    spread = (
        f"curvature {number(c[0])}"
        if c.size == 1
        else (f"{c.size:,} curvatures from {number(c[0])} to {number(c[-1])} (condition {number(c[-1] / c[0], 3)})")
    )
    return f"a quadratic; its run from this start followed on {spread}"


def binned(c: Array, e: Array) -> tuple[Array, Array]:
    """Many modes as `BINS`, neighbours together at their mean curvature, the gap kept."""
    if c.size <= MOST_MODES:
        return c, e
    width = np.log(c[-1] / c[0]) / BINS
    at = np.minimum((np.log(c / c[0]) / max(width, 1e-300)).astype(int), BINS - 1)
    first = np.flatnonzero(np.append(True, np.diff(at) > 0))
    parts = np.add.reduceat(c * e**2, first)
    squares = np.add.reduceat(e**2, first)
    return parts / squares, np.sqrt(squares)


# -- other functions ---------------------------------------------------------------------------------------------------


def of_trials(
    problem: Any, rule: Any, free: list[str], fraction: str | None, w0: Array, tolerance: float, budget: int, auto: Any,
    before: int,
) -> Suggested:  # fmt: skip
    spent = Spent(problem, budget - before - auto.gradients)
    fallback = {"learning_rate": auto.value} if "learning_rate" in free else {}
    if spent.left < 3:
        reason = f"the budget of {budget} gradients leaves none for trials; {auto.reason.removeprefix('auto: ')}"
        return Suggested(fallback, None, reason, before + auto.gradients, "automatic")
    start = float(np.abs(guarded(problem.gradient)(w0)).max())
    if start == 0:
        reason = "the gradient at the start is zero: no learning rate leads away from it"
        return Suggested(fallback, 0, reason, before + auto.gradients + 1, "automatic")
    slope, seen, _ = slope_check(problem, w0)
    if abs(slope - seen) > 0.5 * max(slope, abs(seen)):
        raise ArgumentError(
            f"the gradient is not that of f at the start: along itself it is {number(slope)} and f rises by "
            f"{number(seen)} a unit; steepest.check_gradient shows where they differ"
        )
    found = by_trials(spent, rule, free, fraction, w0, tolerance, auto.value)
    total = before + auto.gradients + spent.gradients
    if found is None:
        given = f"learning_rate {number(rule.learning_rate)} is too large"
        reason = f"in no trial f stayed finite; {auto.reason.removeprefix('auto: ') if fallback else given}"
        return Suggested(fallback, None, reason, total, "automatic")
    f0 = number_at(problem.value, w0)
    if found.lowest < f0 - UNBOUNDED * max(abs(f0), 1.0):
        reason = (
            f"f falls without bound from this start, to {number(found.lowest)} in the trials, and has no minimum there"
        )
        return Suggested(fallback, None, reason, total, "automatic")
    trials = count(found.trials, "trial")
    if found.iterations is None:
        reason = (
            f"of {trials} from the start none came within {number(tolerance)} of the lowest f met, "
            f"{number(found.lowest)}; this one was ahead"
        )
    else:
        reason = (
            f"of {trials} from the start this one was soonest, after {count(found.iterations, 'iteration')}, within "
            f"{number(tolerance)} of the lowest f met, {number(found.lowest)}"
        )
    if found.curvature > 0:
        reason += f"; curvature there {number(found.curvature)}"
    return Suggested(found.fields, found.iterations, reason, total, "trials")


# -- batches -----------------------------------------------------------------------------------------------------------


class Account(NamedTuple):
    """What a rate leaves of f at the end of a run: ``bias`` by the mean of the runs, ``slowest`` of it along the one
    ``curvature`` where most is left, and what its noise keeps (no ``ball`` where the mean square grows)."""

    rate: float
    bias: float
    curvature: float
    slowest: float
    ball: NoiseBall | None

    @property
    def noise(self) -> float:
        return np.inf if self.ball is None else self.ball.excess_f

    def of_noise(self) -> str:
        if self.ball is None:
            return f"at {number(self.rate)} the mean square of the noise grows without bound"
        kind = "" if self.ball.exact else "at most about "
        return (
            f"at {number(self.rate)} noise keeps f {kind}{number(self.ball.excess_f)} above its minimum, within "
            f"{number(self.ball.radius)} of it"
        )

    def of_slowness(self, most: int) -> str:
        return (
            f"slow modes decide: after {count(most, 'epoch')} at {number(self.rate)} the mean of the runs is "
            f"{number(self.bias)} above the minimum, {number(self.slowest)} of it along curvature "
            f"{number(self.curvature)}, where noise keeps f {number(self.noise)} above it"
        )


def of_batches(
    problem: Any, rule: Any, w0: Array, tolerance: float, batch: int, sampling: str, most: int, rate_free: bool
) -> Suggested:
    """The automatic rate, lowered until the ball that its noise leaves is within the tolerance. Where that would take
    more than ``most`` epochs, the automatic rate if slow modes leave more than its noise does, else a falling rate."""
    auto = automatic_rate(problem, unrated(rule), w0, batch)
    rate = auto.value if rate_free else float(rule.learning_rate)
    why = auto.reason.removeprefix("auto: ") if rate_free else "learning_rate is given"
    fields: dict[str, Any] = {"learning_rate": rate} if rate_free else {}
    model = linear_model_in(problem)
    modes = examined(problem, w0) if model is not None and not model.l1 else None
    if model is None or not isinstance(modes, Modes) or predictable(rule._replace(learning_rate=rate)) is not None:
        reason = f"{why}; the noise ball is known for squared errors and rules linear in the gradient only"
        return Suggested(fields, None, reason, auto.gradients, "automatic")
    whole, updates = gap(modes), -(-model.rows // batch)
    share = batch / model.rows if model.reduction == "sum" else 1.0
    wanted, spent = HALF * tolerance * whole, auto.gradients + modes.spent

    def mean(value: float) -> Any:
        return rule._replace(learning_rate=value * share)

    def accounted(value: float) -> Account:
        moved = rule._replace(learning_rate=value)
        c, e = merged(modes)
        left = errors_at(steps_of(mean(value), c)[None], starting(moved, e), np.array([most * updates]))[0]
        parts = 0.5 * c * left**2
        k = int(parts.argmax()) if parts.size else 0
        bias = (float(parts.sum()), float(c[k]), float(parts[k])) if parts.size else (0.0, 0.0, 0.0)
        return Account(value, *bias, noise_ball(problem, moved, batch, sampling))

    first = lower = accounted(rate)
    if first.ball is None and rate_free:
        return Suggested(fields, None, f"{why}; what its noise keeps is not known there", spent, "automatic")
    if first.ball is None:
        stable = mean_square_limit(rule, rows_of(model, min(batch, model.rows)))
        known = "" if stable is None else f", {number(stable.limit)}"
        reason = f"{why}; stability decides, {first.of_noise()}, beyond the limit{known}"
        return Suggested({}, None, reason, spent, "noise ball")
    for _ in range(TRIES if rate_free else 0):
        if lower.noise <= wanted:
            break
        lower = accounted(lower.rate * max(min(0.9 * wanted / lower.noise, LESS), 1e-3))
    limit = f"{number(tolerance)} of f0 - f* is {number(tolerance * whole)}"
    steps = predicted_count(modes, mean(lower.rate), HALF * tolerance, most * updates)
    if lower.noise <= wanted and steps is not None:
        if not rate_free:
            decides = lower.of_noise()
        elif lower.rate < rate:
            decides = f"noise decides: {lower.of_noise()}, at {number(rate)} {number(first.noise)}"
        else:
            decides = f"stability decides, noise would bear a larger rate: {lower.of_noise()}"
        epochs = -(-steps // updates)
        fields = {"learning_rate": lower.rate} if rate_free else {}
        return Suggested(fields, epochs, f"{why}; {decides}; {limit}", spent, "noise ball")
    if first.bias > max(first.noise, wanted):
        return Suggested(fields, None, f"{why}; {first.of_slowness(most)}; {limit}", spent, "noise ball")
    decides = f"noise decides: {first.of_noise()}; {limit}"
    if not rate_free:
        return Suggested({}, None, f"{why}; {decides}", spent, "noise ball")
    schedule = falling(rate, False, float(updates))
    reason = f"{why}; {decides}, which no constant rate reaches in {count(most, 'epoch')}: it falls"
    return Suggested({"learning_rate": schedule}, None, reason, spent, "noise ball")
