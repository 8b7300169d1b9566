"""The learning rate and momentum with which a run on a quadratic gets to a tolerance soonest, by following the runs of
many candidates on the modes of the actual start."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.fields import fields_of
from .mode_candidates import MARGIN, SPREAD, Candidates, Searched
from .mode_polish import polished
from .mode_runs import FirstHits

__all__ = ["Best", "fraction_of", "largest_rate", "search"]

Array = NDArray[np.float64]
ROUNDED, BEARABLE = 0.002, 1.1
"""By so much of itself the rate may be rounded, and what the count may rise by then."""
HORIZON = 2048
"""Steps that candidates are followed for; where none arrives, steps of eight iterations take the place of single ones,
and so on."""
STRIDE = 8
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
"""The same for near misses that least squares start from, turn by turn; twice as many turns where
modes are few."""
SOONER, DRAWN, SHORTEST = 8, 1000, 0.75
"""With few modes least squares also start anywhere, so many turns at most of so many points, for counts of at least
that part of the best so far: near misses lead to counts about as long as the best. A turn that leads nowhere is the
last."""
NEAR = 1.03
"""Counts up to so many times the least are as good, and the one is chosen that bears an error in the rate best."""
MOST_FINAL = 32
EACH = 16
"""Points tried around each start in a round; the better half of the starts goes on after three rounds."""
ROUNDS = 14
SHRINK = 0.62
"""Each round looks that much closer around the best."""


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


def largest_rate(asked: Searched, rule: Any, free: Sequence[str]) -> float:
    """The largest learning rate that is looked at, whatever the other ``free`` fields are."""
    candidates = Candidates(asked, rule, [name for name in free if name != "learning_rate"], 1.0)
    grid = candidates.grid()
    return float(MARGIN * np.nanmax(candidates.limits(candidates.columns(grid), len(grid))) / asked.largest)


def refined(candidates: Candidates, grid: Array, found: FirstHits) -> tuple[Array, NDArray[np.int64]]:
    """All points looked at that arrive, and their counts. Points are scattered over the whole space, and from the best
    near misses least squares lead to where the modes are small together; then others are drawn around the best ones,
    ever closer, guided by scores."""
    refining = Refining(candidates, grid, found)
    for steep in STEEPS * (2 if candidates.few else 1) if candidates.remembers else ():
        refining.scatter(steep)
    for _ in range(SOONER if candidates.few and candidates.remembers else 0):
        if not refining.sooner():
            break
    refining.close_in()
    return refining.arrived()


class Refining:
    """What was looked at so far: points, their counts (-1 where they do not arrive, or are not known to) and scores."""

    def __init__(self, candidates: Candidates, grid: Array, found: FirstHits) -> None:
        self.candidates, self.loud = candidates, candidates.of_the_loud()
        self.rng = np.random.default_rng(0)
        self.best = int(found.counts[found.counts >= 0].min())
        self.points, self.counts, self.scores = [grid], [found.counts], [found.scores]
        free = candidates.free
        self.low = np.array([-3.0 if name == "learning_rate" else 0.0 for name in free])
        self.high = grid.max(axis=0)
        self.width = np.array([0.5 if name == "learning_rate" else 0.25 for name in free])

    def tried(self, points: Array, steep: float = STEEP, among: Candidates | None = None) -> tuple[Array, FirstHits]:
        among = among or self.candidates
        points, columns = among.bearable(points)
        horizon = int(NEAR * self.best) + among.stride
        hit = among.run(columns, horizon, steep * self.best / among.decay)
        arrived = hit.counts if among is self.candidates else np.full_like(hit.counts, -1)
        self.best = min([self.best, *arrived[arrived >= 0].tolist()])
        self.points.append(points)
        self.counts.append(arrived)
        self.scores.append(hit.scores)
        return points, hit

    def affordable(self, share: float, each: float, among: Candidates) -> float:
        return share * among.work / (each * among.asked.curvatures.size)

    def anywhere(self, count: int) -> Array:
        return self.rng.uniform(self.low, self.high, (count, len(self.low)))

    def scatter(self, steep: float) -> None:
        """Points over the whole space, and least squares from the best near misses among them."""
        loud, best = self.loud, self.best
        most = SCATTERED if len(self.low) > 1 else SCATTERED // 10
        misses: list[tuple[Array, FirstHits]] = []
        left = max(1, int(min(most, self.affordable(SCATTERING, best / loud.stride, loud))))
        while left > 0:
            size = min(left, BATCH)
            misses.append(self.tried(self.anywhere(size), steep, loud))
            left -= size
        near = np.concatenate([points for points, _ in misses])
        if not len(near):  # at a rate that is given none of these momenta may be stable
            return
        best = self.best
        times = np.concatenate([hit.times for _, hit in misses])
        order = np.argsort(np.concatenate([hit.scores for _, hit in misses]), kind="stable")
        each = POWER * POLISHING * np.log2(best + 1)
        order = order[: max(1, int(min(POLISHED, self.affordable(SCATTERING, each, loud))))]
        times = np.clip(times[order], 1, max(best - 1, 1))
        ends, sums = polished(loud.residuals, near[order], times, POLISHING)
        there = np.flatnonzero(sums <= 1)
        there = there[np.argsort(times[there], kind="stable")][: len(near) // 10 + 1]
        if there.size:
            self.tried(ends[there])

    def sooner(self) -> bool:
        """Least squares from anywhere, for lower counts; whether some came there."""
        drawn, _ = self.loud.bearable(self.anywhere(DRAWN))
        if not len(drawn):
            return False
        times = self.rng.integers(int(SHORTEST * self.best), self.best, len(drawn))
        ends, sums = polished(self.loud.residuals, drawn, times, POLISHING)
        if not (sums <= 1).any():
            return False
        self.tried(ends[sums <= 1])
        return True

    def close_in(self) -> None:
        """Points around the best ones, ever closer."""
        candidates, width = self.candidates, self.width

        def around(starts: int) -> float:
            return self.affordable(AROUND, self.best / candidates.stride, candidates) / ROUNDS / starts

        starts = int(np.clip(around(EACH), 2, MOST_STARTS))
        centres = spaced(np.concatenate(self.points), np.concatenate(self.scores), starts)
        for turn in range(ROUNDS):
            each = int(np.clip(around(len(centres)), EACH, 4 * EACH))
            drawn = centres[:, None] + width * self.rng.standard_normal((len(centres), each, len(width)))
            drawn[:, 0] = centres
            kept, hit = self.tried(drawn.reshape(-1, len(width)))
            if len(kept) == drawn[..., 0].size:
                score = hit.scores.reshape(len(centres), each)
                centres = drawn[np.arange(len(centres)), score.argmin(axis=1)]
                if turn % 3 == 2 and len(centres) > 4:
                    centres = centres[np.argsort(score.min(axis=1), kind="stable")[: len(centres) // 2]]
            width = width * SHRINK

    def arrived(self) -> tuple[Array, NDArray[np.int64]]:
        points, counts = np.concatenate(self.points), np.concatenate(self.counts)
        came = (counts >= 0) & (counts <= 2 * self.best)
        return points[came], counts[came]


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
