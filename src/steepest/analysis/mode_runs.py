"""Runs of rules linear in the gradient, on the modes of a quadratic: what ``minimize`` would do, without it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from .linear_rules import parts
from .modes import Modes, gap, merged

__all__ = ["FirstHits", "errors_along", "first_hits", "predictable", "predicted_count", "starting", "steps_of"]

Array = NDArray[np.float64]
BLOCK = 2**16
"""Numbers that are worked on together: they fit into a second-level cache."""
LONGEST = 512
"""Iterations of a block at most."""
MOST = 1_000_000
"""Iterations that a prediction goes through at most, unless told otherwise."""


def predictable(rule: Any) -> str | None:
    """None where runs of ``rule`` can be followed on modes, else why not."""
    if hasattr(rule, "read"):
        return "it reports averages of its points"
    if hasattr(rule, "renews_each"):
        return "it steps by single rows"
    found = parts(rule)
    if found is None:
        return "its steps are not linear in the gradient, or not the same at each iteration"
    if not np.array_equal(found[0][:, 0], np.eye(len(found[0]))[0]):
        return "it draws w towards zero"
    return None


def steps_of(rule: Any, curvatures: Array) -> Array:
    """The matrices (m, s, s) of a ``predictable`` rule at the curvatures (m,)."""
    found = parts(rule)
    assert found is not None, "the rule is predictable"
    free, pushed, seen = found
    return np.asarray(free + curvatures[:, None, None] * np.outer(pushed, seen))


def errors_along(modes: Modes, rule: Any, iterations: int) -> Array:
    """The errors (iterations + 1, m) along the modes, row t after t iterations of a ``predictable`` rule."""
    M = steps_of(rule, modes.curvatures)
    rows = np.empty((iterations + 1, modes.errors.size))
    z = starting(rule, modes.errors).T[:, :, None]
    with np.errstate(all="ignore"):
        for t in range(iterations + 1):
            rows[t] = z[:, 0, 0]
            z = M @ z
    return rows


def predicted_count(modes: Modes, rule: Any, tolerance: float = 1e-6, most: int = MOST) -> int | None:
    """The iterations until ``f - f_least <= tolerance * (f0 - f_least)``; None where the rule is not ``predictable``
    or takes more than ``most``."""
    if predictable(rule) is not None:
        return None
    whole = gap(modes)
    if whole == 0:
        return 0
    c, e = merged(modes)
    found = first_hits(steps_of(rule, c)[None], starting(rule, e), 0.5 * c, tolerance * whole, most)
    return None if found.counts[0] < 0 else int(found.counts[0])


def starting(rule: Any, errors: Array) -> Array:
    """The state (s, m) of the rule before its first step: the errors, and its slots."""
    return np.stack([errors, *rule.init(errors, xp)])


class FirstHits(NamedTuple):
    """For each of several runs its count of iterations (-1 where it took more than were looked at), and a score: the
    least of ``t`` plus what the gap at t still lacks, in iterations at the average speed of the horizon, and the t of
    it. Counts are steps, scores lead a search from one to the next."""

    counts: NDArray[np.int64]
    scores: Array
    times: NDArray[np.int64]


def first_hits(
    M: Array, state: Array, weights: Array, target: float, most: int, speed: float = 0.0, first_only: bool = False
) -> FirstHits:
    """When ``sum of weights * errors^2`` first is at most ``target``, for runs with the matrices M (runs, m, s, s) from
    the same ``state`` (s, m). ``speed`` is the iterations a factor e of the gap is worth in the scores; with
    ``first_only`` it ends with the block in which the first run gets there."""
    runs, m, s = M.shape[:3]
    counts = np.full(runs, -1, dtype=np.int64)
    scores, times = np.full(runs, np.inf), np.ones(runs, dtype=np.int64)
    z = np.broadcast_to(state[:, None, :], (s, runs, m)).copy()
    start = float((weights * state[0] ** 2).sum())
    if start <= target:
        return FirstHits(np.zeros(runs, dtype=np.int64), np.zeros(runs), np.zeros(runs, dtype=np.int64))
    if s == 1 and (np.abs(M) <= 1).all():
        counts = falling_hits(np.abs(M[..., 0, 0]), weights * state[0] ** 2, target, most)
        return FirstHits(counts, np.where(counts < 0, np.inf, counts), counts)
    length = int(np.clip(BLOCK // (runs * m * s), 1, min(LONGEST, most)))
    rows, step = powers(M, length)
    alive, t = np.arange(runs), 0
    with np.errstate(all="ignore"):
        while t < most and alive.size:
            E = rows[0] * z[0]
            for k in range(1, s):
                E += rows[k] * z[k]
            gaps = np.square(E, out=E) @ weights  # (length, alive)
            near = t + np.arange(1, len(gaps) + 1)[:, None] + speed * np.log(np.maximum(gaps / target, 1.0))
            near = np.where(np.isfinite(near), near, np.inf)
            nearest = near.argmin(axis=0)
            near = near[nearest, np.arange(alive.size)]
            times[alive] = np.where(near < scores[alive], t + 1 + nearest, times[alive])
            scores[alive] = np.minimum(scores[alive], near)
            hits = gaps <= target
            done = hits.any(axis=0)
            counts[alive[done]] = t + 1 + hits[:, done].argmax(axis=0)
            t += len(gaps)
            if done.any() and first_only:
                break
            z = sum_of(step, z)
            if done.any():
                left = ~done
                alive, z, rows, step = alive[left], z[:, left], rows[:, :, left], step[:, :, left]
    counts[counts > most] = -1
    return FirstHits(counts, scores, times)


def falling_hits(factors: Array, parts: Array, target: float, most: int) -> NDArray[np.int64]:
    """`first_hits` where each step multiplies each error by ``factors`` (runs, m) of at most 1: gaps only fall, and the
    count is found by halving an interval."""
    with np.errstate(all="ignore"):
        logs = 2 * np.log(factors)
        low, high = np.zeros(len(factors), dtype=np.int64), np.full(len(factors), most, dtype=np.int64)
        reached = np.exp(logs * most) @ parts <= target
        while (high - low > 1).any():
            middle = (low + high) // 2
            there = np.exp(logs * middle[:, None]) @ parts <= target
            low, high = np.where(there, low, middle), np.where(there, middle, high)
    return np.where(reached, high, -1)


def powers(M: Array, length: int) -> tuple[Array, Array]:
    """The first rows (s, length, runs, m) of the powers 1 to ``length``, and the last power (s, s, runs, m)."""
    M = np.ascontiguousarray(np.moveaxis(M, (2, 3), (0, 1)))
    s, _, runs, m = M.shape
    rows = np.empty((s, length, runs, m))
    power = M
    with np.errstate(all="ignore"):
        for k in range(length):
            if k:
                power = np.stack([sum_of(M, power[:, j]) for j in range(s)], axis=1)
            rows[:, k] = power[0]
    return rows, power


def sum_of(M: Array, z: Array) -> Array:
    """M (s, s, ...) times z (s, ...), element by element."""
    return np.stack([sum(M[i, j] * z[j] for j in range(len(z))) for i in range(len(M))])
