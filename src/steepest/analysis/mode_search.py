"""The learning rate and momentum with which a run on a quadratic gets to a tolerance soonest, by following the runs of
many candidates on the modes of the actual start."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.fields import fields_of
from ..base.xp import numpy_functions as xp
from .linear_rules import parts, radii
from .mode_polish import errors_at, polished
from .mode_runs import FirstHits, first_hits, starting
from .stability import limit_factor

__all__ = ["Best", "Searched", "fraction_of", "search"]

Array = NDArray[np.float64]
MARGIN = 0.99
"""No rate above this part of the stability limit is looked at: a rate 1 % larger has to be stable too."""
SPREAD, ROUNDED, BEARABLE = 0.01, 0.002, 1.1
"""By so much of itself the rate may be off, or be rounded, and what the count may rise by when it is rounded."""
HORIZON = 2048
"""Steps that candidates are followed for; where none arrives, steps of eight iterations take the place of single ones,
and so on."""
STRIDE = 8
WORK = 1.2e8
"""Numbers stepped in the refinement, about a second."""
SCATTERED = 6000
"""Points at most that are scattered over the whole space in a turn: with few modes good settings lie far between."""
POLISHED, POLISHING, POWER = 2000, 5, 40
"""Near misses of a turn at most from which least squares start, their steps, and the numbers that a step works on for
each bit of the iterations."""
SCATTERING, AROUND = 0.07, 0.35
"""The parts of the work for a turn's points (and for its least squares), and for points around the best."""
BATCH = 2500
APART = 0.15
"""Points as near as that to a better one do not start a search of their own."""
MOST_STARTS = 128
STEEP = 3.0
"""A near miss counts as so many times what the average speed would make of it: it may never become a hit."""
STEEPS = (8.0, 20.0, 8.0, 20.0, 8.0)
"""The same for near misses that least squares start from, turn by turn; twice as many turns up to ``FEW`` modes
of more than that part of the gap."""
FEW, HEARD = 6, 1e-3
NEAR = 1.03
"""Counts up to so many times the least are as good, and the one is chosen that bears an error in the rate best."""
MOST_FINAL = 32
EACH = 16
"""Points tried around each start in a round; the better half of the starts goes on after three rounds."""
ROUNDS = 14
SHRINK = 0.62
"""Each round looks that much closer around the best."""


class Searched(NamedTuple):
    """What is looked for: the curvatures (m,) and errors (m,) a run starts with, the gap that is to be reached, and the
    largest curvature at which it has to be stable."""

    curvatures: Array
    errors: Array
    target: float
    largest: float


class Best(NamedTuple):
    """The fields found, the iterations they take, and what these are at worst when the rate is 1 % off, as far as they
    were followed: about twice the iterations."""

    fields: dict[str, float]
    iterations: int
    worst: int


def fraction_of(rule: Any) -> str | None:
    """The field beside the rate that decides how fast a rule gets there: its first in [0, 1)."""
    for name, info in fields_of(type(rule)).items():  # type: ignore[arg-type]
        if info.kind is float and (info.field.low, info.field.high, info.field.high_open) == (0, 1, True):
            return name
    return None


class Candidates:
    """Points (k, d) of a search space: for the rate the logit of its part of the stability limit, for the fraction
    -log10 of what it lacks of 1."""

    def __init__(self, asked: Searched, rule: Any, free: Sequence[str], effort: float) -> None:
        self.asked, self.rule, self.free = asked, rule, tuple(free)
        self.weights = 0.5 * asked.curvatures
        self.work = WORK * effort * (1.0 if len(free) > 1 else 0.3)
        self.stride = 1
        self.remembers = len(rule.init(np.zeros(1), xp)) > 0
        """Whether it has slots: without them each mode only falls, and there are no near misses."""
        whole = float((self.weights * asked.errors**2).sum())
        self.few = int((self.weights * asked.errors**2 > HEARD * whole).sum()) <= FEW
        """Whether few modes hold all but a little of the gap: the count is then a matter of their common zeros."""
        self.decay = max(1.0, float(np.log(whole / asked.target)))
        """By so many factors of e the gap has to fall."""

    def grid(self) -> Array:
        finer = 4 if len(self.free) == 1 else 1
        rates = np.concatenate([np.linspace(-11, -2, 9 * finer, endpoint=False), np.linspace(-2, 6, 23 * finer)])
        fractions = np.concatenate([[0.0, 0.02, 0.06], np.linspace(0.1, 4.0, 18 * finer)])
        axes = [rates if name == "learning_rate" else fractions for name in self.free]
        return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)

    def columns(self, points: Array) -> dict[str, Array]:
        """The fields at the points, and which points are stable."""
        found = {
            name: 1 - 10.0 ** -np.maximum(points[:, k], 0.0)
            for k, name in enumerate(self.free)
            if name != "learning_rate"
        }
        if "learning_rate" in self.free:
            part = MARGIN / (1 + np.exp(-points[:, self.free.index("learning_rate")]))
            found["learning_rate"] = part * self.limits(found, len(points)) / self.asked.largest
        return found

    def limits(self, columns: dict[str, Array], count: int) -> Array:
        """The stability limit times the curvature, for each candidate."""
        others = {name: column for name, column in columns.items() if name != "learning_rate"}
        if callable(getattr(self.rule, "stability", None)) and not hasattr(type(self.rule), "modifiers"):
            return np.broadcast_to(self.rule._replace(**others).stability()[0], (count,))
        if not others:
            limit = limit_factor(self.rule)
            return np.full(count, np.nan if limit is None else limit.factor)
        found = np.empty(count)
        for k in range(count):
            limit = limit_factor(self.rule._replace(**{name: float(column[k]) for name, column in others.items()}))
            found[k] = np.nan if limit is None else limit.factor
        return found

    def bearable(self, points: Array) -> tuple[Array, dict[str, Array]]:
        """Of the points those that are stable where the rate is not theirs to choose, and their fields."""
        columns = self.columns(points)
        if "learning_rate" in self.free:
            return points, columns
        kept = self.rule.learning_rate * self.asked.largest <= MARGIN * self.limits(columns, len(points))
        return points[kept], {name: column[kept] for name, column in columns.items()}

    def at(self, columns: dict[str, Array], k: int) -> Any:
        return self.rule._replace(**{name: float(column[k]) for name, column in columns.items()})

    def matrices(self, columns: dict[str, Array], curvatures: Array) -> Array:
        """(k, m, s, s), for all candidates together where the rule takes arrays for numbers."""
        count = len(next(iter(columns.values())))
        found = together(self.rule, columns, count)
        for k in {0, count - 1}:
            alone = parts(self.at(columns, k))
            assert alone is not None, "the rule is linear"
            if found is None or any(
                not np.allclose(a[k], b, rtol=1e-12, atol=0) for a, b in zip(found, alone, strict=True)
            ):
                each = [parts(self.at(columns, j)) for j in range(count)]
                a, b, c = (np.stack([one[i] for one in each if one is not None]) for i in range(3))
                found = a, b, c
                break
        assert found is not None
        free, pushed, seen = found
        return free[:, None] + curvatures[:, None, None] * (pushed[:, :, None] * seen[:, None, :])[:, None]

    def run(self, columns: dict[str, Array], most: int, speed: float = 0.0, first_only: bool = False) -> FirstHits:
        """Counts in iterations, to the stride."""
        if not len(next(iter(columns.values()))):
            nothing = np.zeros(0)
            return FirstHits(nothing.astype(np.int64), nothing, nothing.astype(np.int64))
        M = self.matrices(columns, self.asked.curvatures)
        if self.stride > 1:
            M = np.linalg.matrix_power(M, self.stride)
        state = starting(self.at(columns, 0), self.asked.errors)
        found = first_hits(
            M, state, self.weights, self.asked.target, -(-most // self.stride), speed / self.stride, first_only
        )
        stride = self.stride
        return FirstHits(
            np.where(found.counts < 0, -1, found.counts * stride), found.scores * stride, found.times * stride
        )

    def residuals(self, points: Array, times: NDArray[np.int64]) -> Array:
        """What each mode has of the gap after ``times`` (k,) iterations, as a part of the target: (k, m) roots."""
        columns = self.columns(points)
        M = self.matrices(columns, self.asked.curvatures)
        errors = errors_at(M, starting(self.at(columns, 0), self.asked.errors), times)
        return np.asarray(errors * np.sqrt(self.weights / self.asked.target))

    def stable(self, columns: dict[str, Array]) -> NDArray[np.bool_]:
        """Whether a rate 1 % larger is stable at all curvatures, for each candidate: looked at one by one."""
        reach = np.append(self.asked.curvatures, self.asked.largest)
        good = np.zeros(len(next(iter(columns.values()))), dtype=bool)
        for k in range(good.size):
            rule = self.at(columns, k)
            radius = radii(rule._replace(learning_rate=(1 + SPREAD) * rule.learning_rate), reach)
            good[k] = radius is not None and bool(radius.max() <= 1.0)
        return good


def together(rule: Any, columns: dict[str, Array], count: int) -> tuple[Array, Array, Array] | None:
    """`linear_rules.parts` of all candidates at once, fields being arrays; None where the rule cannot."""
    varied, nothing = rule._replace(**columns), np.zeros(count)
    try:
        slots = rule.init(nothing, xp)
        size = 1 + len(slots)
        free, seen = np.empty((count, size, size)), np.zeros((count, size))

        def stepped(w: Array, g: Array, state: Sequence[Array]) -> Array:
            step, new = varied.update(w, g, tuple(state), 1.0, xp)
            return np.stack([np.broadcast_to(part, (count,)) for part in (w + step, *new)], axis=1)

        for k in range(size):
            state = [np.full(count, float(j == k)) for j in range(size)]
            free[:, :, k] = stepped(state[0], nothing, state[1:])
            seen[:, k] = varied.look(state[0], tuple(state[1:]), 1.0, xp) if hasattr(rule, "look") else float(k == 0)
        return free, stepped(nothing, np.ones(count), [nothing] * (size - 1)), seen
    except (TypeError, ValueError):
        return None


def search(asked: Searched, rule: Any, free: Sequence[str], most: int, effort: float = 1.0) -> Best | None:
    """The best values of the ``free`` fields of ``rule`` (learning_rate, its `fraction_of`, or both); None where none
    gets there within ``most`` iterations. ``effort`` is the work spent, 1 being about two seconds."""
    candidates = Candidates(asked, rule, free, effort)
    grid, columns = candidates.bearable(candidates.grid())
    if not len(grid):
        return None
    horizon = min(HORIZON, most)
    while True:
        found = candidates.run(columns, horizon, horizon / candidates.decay, first_only=True)
        if (found.counts >= 0).any() or horizon >= most:
            break
        candidates.stride *= STRIDE
        horizon = min(horizon * STRIDE, most)
    if not (found.counts >= 0).any():
        return None
    points, counts = refined(candidates, grid, found)
    return chosen(candidates, points, counts, most)


def refined(candidates: Candidates, grid: Array, found: FirstHits) -> tuple[Array, NDArray[np.int64]]:
    """All points looked at that arrive, and their counts. Points are scattered over the whole space, and from the best
    near misses least squares lead to where the modes are small together; then others are drawn around the best ones,
    ever closer, guided by scores."""
    rng = np.random.default_rng(0)
    best = int(found.counts[found.counts >= 0].min())
    modes, stride = candidates.asked.curvatures.size, candidates.stride
    points, counts, scores = [grid], [found.counts], [found.scores]

    def tried(more: Array, steep: float = STEEP) -> tuple[Array, FirstHits]:
        nonlocal best
        more, columns = candidates.bearable(more)
        horizon = int(NEAR * best) + stride
        hit = candidates.run(columns, horizon, steep * best / candidates.decay)
        best = min([best, *hit.counts[hit.counts >= 0].tolist()])
        points.append(more)
        counts.append(hit.counts)
        scores.append(hit.scores)
        return more, hit

    def affordable(share: float, each: float) -> float:
        return share * candidates.work / (each * modes)

    low, high = np.array([-3.0 if name == "learning_rate" else 0.0 for name in candidates.free]), grid.max(axis=0)
    scattered = SCATTERED if len(candidates.free) > 1 else SCATTERED // 10
    for steep in STEEPS * (2 if candidates.few else 1) if candidates.remembers else ():
        misses: list[tuple[Array, FirstHits]] = []
        left = max(1, int(min(scattered, affordable(SCATTERING, best / stride))))
        while left > 0:
            size = min(left, BATCH)
            misses.append(tried(rng.uniform(low, high, (size, len(low))), steep))
            left -= size
        near, times = (
            np.concatenate(parts) for parts in zip(*((more, hit.times) for more, hit in misses), strict=True)
        )
        if not len(near):  # at a rate that is given none of these momenta may be stable
            continue
        order = np.argsort(np.concatenate([hit.scores for _, hit in misses]), kind="stable")
        order = order[: max(1, int(min(POLISHED, affordable(SCATTERING, POWER * POLISHING * np.log2(best + 1)))))]
        times = np.clip(times[order], 1, max(best - 1, 1))
        ends, sums = polished(candidates.residuals, near[order], times, POLISHING)
        there = np.flatnonzero(sums <= 1)
        there = there[np.argsort(times[there], kind="stable")][: len(near) // 10 + 1]
        if there.size:
            tried(ends[there])
    width = np.array([0.5 if name == "learning_rate" else 0.25 for name in candidates.free])
    starts = int(np.clip(affordable(AROUND, best / stride) / ROUNDS / EACH, 2, MOST_STARTS))
    centres = spaced(np.concatenate(points), np.concatenate(scores), starts)
    for turn in range(ROUNDS):
        each = int(np.clip(affordable(AROUND, best / stride) / ROUNDS / len(centres), EACH, 4 * EACH))
        drawn = centres[:, None] + width * rng.standard_normal((len(centres), each, len(width)))
        drawn[:, 0] = centres
        kept, hit = tried(drawn.reshape(-1, len(width)))
        if len(kept) == drawn[..., 0].size:
            score = hit.scores.reshape(len(centres), each)
            centres = drawn[np.arange(len(centres)), score.argmin(axis=1)]
            if turn % 3 == 2 and len(centres) > 4:
                centres = centres[np.argsort(score.min(axis=1), kind="stable")[: len(centres) // 2]]
        width = width * SHRINK
    everything, all_counts = np.concatenate(points), np.concatenate(counts)
    came = (all_counts >= 0) & (all_counts <= 2 * best)
    return everything[came], all_counts[came]


def spaced(points: Array, scores: Array, count: int) -> Array:
    """The ``count`` best points, at most one of each cell of the space."""
    order = np.argsort(scores, kind="stable")
    first = np.unique(np.rint(points[order] / APART), axis=0, return_index=True)[1]
    return points[order[np.sort(first)[:count]]]


def chosen(candidates: Candidates, points: Array, counts: NDArray[np.int64], most: int) -> Best | None:
    """Of the points whose count is `NEAR` the best one that which bears an error in the rate best: of those that keep
    their count where the rate is rounded to three digits, if there are any, the one whose count is lowest when the rate
    is 1 % off. Its numbers are as short as they can be without costing an iteration."""
    limit = int(NEAR * counts.min())
    near = np.flatnonzero(counts <= limit)
    near = near[np.argsort(counts[near], kind="stable")]
    several = int(np.clip(0.3 * candidates.work / (limit * candidates.asked.curvatures.size), 1, MOST_FINAL))
    near = near[np.linspace(0, near.size - 1, min(near.size, several)).astype(int)]
    coarse, candidates.stride = candidates.stride, 1
    columns = candidates.columns(points[near])
    good = candidates.stable(columns)
    if not good.any():
        return None
    columns = {name: column[good] for name, column in columns.items()}
    horizon = min(most, 2 * limit + coarse)
    exact = counted(candidates, columns, horizon)
    least = exact.min()
    if least > horizon:
        return None
    rounded, off = (np.maximum(exact, worst_of(candidates, columns, horizon, by)) for by in (ROUNDED, SPREAD))
    order = np.lexsort((exact, off, rounded > BEARABLE * least, exact > int(NEAR * least)))
    k = int(order[0])
    fields = {name: float(column[k]) for name, column in columns.items()}
    return shortened(candidates, Best(fields, int(exact[k]), int(off[k])), horizon)


def worst_of(candidates: Candidates, columns: dict[str, Array], horizon: int, by: float) -> NDArray[np.int64]:
    """The larger of the counts at rates lower and higher by the part ``by``."""
    lower, higher = (counted(candidates, columns, horizon, 1 + sign * by) for sign in (-1, 1))
    return np.maximum(lower, higher)


def counted(candidates: Candidates, columns: dict[str, Array], horizon: int, factor: float = 1.0) -> NDArray[np.int64]:
    """Exact counts, ``horizon`` + 1 for what takes longer, at rates ``factor`` times as large."""
    size = len(next(iter(columns.values())))
    rates = columns.get("learning_rate", np.full(size, candidates.rule.learning_rate))
    found = candidates.run({**columns, "learning_rate": factor * rates}, horizon).counts
    return np.where(found < 0, horizon + 1, found)


def shortened(candidates: Candidates, best: Best, horizon: int) -> Best:
    """The fields to as few digits as keep the count."""
    for digits in (2, 3, 4, 6, 8):
        fields = {name: float(f"{value:.{digits}g}") for name, value in best.fields.items()}
        if "learning_rate" in fields and not fields["learning_rate"] > 0:
            continue
        columns = {name: np.array([value]) for name, value in fields.items()}
        if any(name != "learning_rate" and not 0 <= value < 1 for name, value in fields.items()):
            continue
        if not candidates.stable(columns)[0]:
            continue
        count = int(counted(candidates, columns, horizon)[0])
        if count > best.iterations:
            continue
        worst = max(count, int(worst_of(candidates, columns, horizon, SPREAD)[0]))
        if worst <= int(1.02 * best.worst):
            return Best(fields, count, worst)
    return best
