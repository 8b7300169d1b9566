"""Whether a gradient is that of f: its slopes along several directions, at several points of a run, against
differences of f."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...problems.differences import STEP, number_at
from ..curvature import guarded

__all__ = ["Mismatch", "mismatch_of"]

Array = NDArray[np.float64]
MOST_COMPONENTS = 12
"""Variables up to which every component is checked; beyond, the gradient's own direction and a few random ones."""
OFF = 0.01
"""Relative to the larger of the two, and of the gradient's size times ``OFF``."""


class Mismatch(NamedTuple):
    """How the gradient is off: ``kind`` "uphill" (its sign), "factor", "components" or "other"; the slope that it
    claims along the worst direction and the one that is found; the ``components`` that are off, where they were
    looked at; the factor that is missing; and in how many of the ``points`` looked at."""

    kind: str
    claimed: float
    found: float
    components: tuple[int, ...]
    factor: float
    off: int
    points: int
    row: int


def mismatch_of(problem: Any, on: list[tuple[int, Array]], beside: list[tuple[int, Array]]) -> Mismatch | None:
    """The first mismatch at points (row of the run, w) ``on`` the path and ``beside`` it, if most of all those that can
    be judged have one, or all those beside it. A direction along which two differences of f disagree (a kink, noise)
    is not judged."""
    gradient = guarded(problem.gradient)
    with np.errstate(all="ignore"):
        first, second = ([at_point(problem, gradient, w, row) for row, w in points] for points in (on, beside))
    off = [found for found in [*first, *second] if isinstance(found, Mismatch)]
    judged = sum(found is not None for found in [*first, *second])
    there = [isinstance(found, Mismatch) for found in second if found is not None]
    if not off or not (2 * len(off) >= judged or (there and all(there))):
        return None
    return off[0]._replace(off=len(off), points=judged)


def at_point(problem: Any, gradient: Any, w: Array, row: int) -> Mismatch | bool | None:
    """A Mismatch, True where the gradient is right, None where nothing can be said."""
    g = gradient(w)
    size = float(np.linalg.norm(g))
    if not np.isfinite(size):
        return None
    directions = np.eye(w.size) if w.size <= MOST_COMPONENTS else random_directions(w.size)
    if size > 0:
        directions = np.concatenate([g[None] / size, directions])
    claimed = directions @ g
    seen = np.array([slope_along(problem, w, d) for d in directions])
    known = np.isfinite(seen)
    if not known.any():
        return None
    scale = max(float(np.abs(seen[known]).max()), float(np.abs(claimed[known]).max()))
    noise = 1e4 * float(np.finfo(float).eps) * max(abs(number_at(problem.value, w)), 1e-300) / step_at(w)
    if not scale > 100 * noise:
        return None
    with np.errstate(invalid="ignore"):
        gaps = np.where(known, np.abs(seen - claimed), 0.0)
    if gaps.max() <= max(OFF * scale, noise):
        return True
    return named(directions, claimed, seen, gaps, size, row, w.size)


def named(directions: Array, claimed: Array, seen: Array, gaps: Array, size: float, row: int, n: int) -> Mismatch:
    """What is wrong, in a word."""
    worst = int(gaps.argmax())
    own = size > 0 and np.isfinite(seen[0])
    each = directions.shape[0] - n == (1 if size > 0 else 0) and n <= MOST_COMPONENTS
    first = 1 if size > 0 else 0
    scale = max(float(np.nanmax(np.abs(seen))), float(np.abs(claimed).max()))
    parts = tuple(int(k) for k in np.flatnonzero(gaps[first:] > OFF * scale)) if each else ()
    factor = float(seen[0] / claimed[0]) if own else float("nan")
    fine = np.isfinite(seen)
    alike = own and bool((np.abs(seen[fine] - factor * claimed[fine]) <= 2 * OFF * scale).all())
    if own and factor < 0:
        kind = "uphill"
    elif alike and abs(factor - 1) > OFF and n > 1:
        kind = "factor"
    else:
        kind = "components" if parts and len(parts) < n else "factor" if alike else "other"
    at = 0 if kind in ("uphill", "factor") and own else worst
    return Mismatch(kind, float(claimed[at]), float(seen[at]), parts, factor, 1, 1, row)


def step_at(w: Array) -> float:
    return STEP * max(1.0, float(np.abs(w).max()))


def slope_along(problem: Any, w: Array, direction: Array) -> float:
    """A central difference of f; NaN where those of two steps, or of the two sides, do not agree."""
    h = step_at(w)
    far = [number_at(problem.value, w + side * 2 * h * direction) for side in (1, -1)]
    near = [number_at(problem.value, w + side * h * direction) for side in (1, -1)]
    middle = number_at(problem.value, w)
    wide, narrow = (far[0] - far[1]) / (4 * h), (near[0] - near[1]) / (2 * h)
    noise = 100 * float(np.finfo(float).eps) * max(map(abs, [*far, *near, middle])) / h
    # the sides' slopes differ by the curvature times the step, or by the jump of a kink whatever the step
    bend, longer = ((abs(pair[0] + pair[1] - 2 * middle) / k) for pair, k in ((near, h), (far, 2 * h)))
    kinked = bend > noise + 1e-3 * abs(narrow) and longer < 1.5 * bend
    if not np.isfinite(wide) or kinked or abs(wide - narrow) > 0.003 * max(abs(wide), abs(narrow)) + noise:
        return float("nan")
    return narrow


def random_directions(n: int) -> Array:
    found = np.random.default_rng(0).standard_normal((4, n))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))
