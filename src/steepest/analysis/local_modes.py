"""A run taken apart along the eigenvectors of the Hessian where it is heading, on any function: the error along each,
the rate at which a rule that is linear in the gradient shrinks it there, and whether it rings.

Source: G. Goh, "Why momentum really works", Distill, 2017, for the picture; here the function need not be quadratic.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import count, number
from ..engines.retracing import Trace
from .curvature import guarded
from .hessians import dense, hessian_at
from .linear_rules import matrices
from .mode_runs import predictable, starting, steps_of
from .modes import Modes, examined

__all__ = ["LocalModes", "Place", "heading", "local_modes", "sentence_of"]

Array = NDArray[np.float64]
NEWTON = 30
"""Newton steps from the end of a run to the minimum near it."""
LINEAR = 0.1
"""By so much of its size the gradient may miss the Hessian's where the closed form is to hold."""
TURN = 1e-6
"""Radians a step from which on an error is said to ring."""


class Place(NamedTuple):
    """A point ``w`` (n,) with what it is, in a few words; ``least`` where it is a minimum."""

    w: Array
    what: str
    least: bool


class LocalModes(NamedTuple):
    """Of the m = n eigenvectors at ``place``: curvatures (m,), ascending; vectors (n, m); a run's errors (rows, m).

    ``rates`` (m,) are the parts of the errors that a step keeps in the end, ``periods`` (m,) the iterations of a swing,
    infinity where nothing rings; None where the rule has none, and ``why`` says so. ``predicted`` (rows, m) is the
    closed form from row ``since`` on (NaN before), where the gradient is the Hessian's; None where there is none."""

    place: Place
    curvatures: Array
    vectors: Array
    errors: Array
    rates: Array | None
    periods: Array | None
    predicted: Array | None
    since: int
    why: str


def heading(problem: Any, path: Array, failed: bool) -> tuple[Place, Modes | None]:
    """Where a run with the rows ``path`` (rows, n) is heading, and the modes of all of f where it is quadratic. One
    that ``failed`` heads nowhere: then it is the minimum nearest to its start."""
    found = examined(problem, path[0])
    if isinstance(found, Modes) and found.vectors is not None and found.w_least is not None:
        return Place(found.w_least, "its minimum", True), found
    end = path[0] if failed else path[-1]
    minimum = getattr(problem, "minimum", None)
    if minimum is not None:
        points = np.atleast_2d(minimum.w)
        from_end, from_start = (np.linalg.norm(points - w, axis=1) for w in (end, path[0]))
        nearest = int(from_end.argmin())
        if failed or from_end[nearest] <= 0.5 * from_start[nearest]:
            return Place(points[nearest].astype(float), "its known minimum", True), None
    near = newton(problem, end, max(float(np.linalg.norm(end - path[0])), 1e-3))
    if near is not None:
        return Place(near, "the minimum near its start" if failed else "the minimum near its end", True), None
    return Place(end, "its start" if failed else "its end", False), None


def newton(problem: Any, w: Array, reach: float) -> Array | None:
    """The minimum within ``reach`` of ``w``; None where Newton's method finds none."""
    gradient, at = guarded(problem.gradient), w
    with np.errstate(all="ignore"):
        for _ in range(NEWTON):
            H, g = dense(hessian_at(problem, at)), gradient(at)
            if not (np.isfinite(H).all() and np.isfinite(g).all()) or np.linalg.eigvalsh(H)[0] <= 0:
                return None
            step = np.linalg.solve(H, g)
            at = at - step
            if not np.linalg.norm(at - w) <= reach:
                return None
            if np.abs(step).max() <= 1e-9 * max(1.0, float(np.abs(at).max())):
                return np.asarray(at)
    return None


def local_modes(
    problem: Any, path: Array, failed: bool, rule: Any, trace: Callable[[], Trace | None]
) -> LocalModes | None:
    """A full-batch run's rows ``path`` (rows, n) along the modes where it is heading; None where there is no finite
    Hessian. ``rule`` is in numbers, None where these change on the way; ``trace()`` makes its steps again."""
    place, modes = heading(problem, path, failed)
    H = dense(hessian_at(problem, place.w))
    if not np.isfinite(H).all():
        return None
    curvatures, vectors = np.linalg.eigh(H)
    vectors = vectors * np.where(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(H))] < 0, -1.0, 1.0)
    with np.errstate(all="ignore"):
        errors = (path - place.w) @ vectors
    why = "its numbers change from step to step" if rule is None else predictable(rule) or ""
    if why:
        return LocalModes(place, curvatures, vectors, errors, None, None, None, 0, why)
    rates, periods = rates_of(rule, curvatures)
    since, state = 0, starting(rule, errors[0])
    if modes is None:
        found = trace() if place.least and not failed and not hasattr(rule, "look") else None
        since = len(path) if found is None else linear_from(found.gradients, (path - place.w) @ H)
        if found is None or since >= len(path) - 2:
            return LocalModes(place, curvatures, vectors, errors, rates, periods, None, 0, "")
        state = np.stack([errors[since], *(slot[since] @ vectors for slot in found.slots)])
    predicted = np.full_like(errors, np.nan)
    predicted[since:] = followed(steps_of(rule, curvatures), state, len(path) - since)
    return LocalModes(place, curvatures, vectors, errors, rates, periods, predicted, since, "")


def rates_of(rule: Any, curvatures: Array) -> tuple[Array, Array]:
    """What a step keeps of the error at each curvature in the end, and the iterations of a swing."""
    made = matrices(rule, curvatures)
    assert made is not None, "the rule is predictable"
    values = np.linalg.eigvals(made)
    largest = values[np.arange(len(made)), np.abs(values).argmax(axis=1)]
    turns = np.abs(np.angle(largest))
    with np.errstate(divide="ignore"):
        return np.abs(largest), np.where(turns > TURN, 2 * np.pi / turns, np.inf)


def linear_from(gradients: Array, wanted: Array) -> int:
    """The first row from which on all gradients (rows, n) are those of the quadratic."""
    with np.errstate(all="ignore"):
        off, size = np.linalg.norm(gradients - wanted, axis=1), np.linalg.norm(gradients, axis=1)
        far = np.flatnonzero(~(off <= LINEAR * size + 1e-9 * np.nanmax(size)))
    return int(far[-1]) + 1 if far.size else 0


def followed(M: Array, state: Array, rows: int) -> Array:
    """The errors (rows, m) of the states (s, m) that the matrices M (m, s, s) lead to."""
    found, z = np.empty((rows, len(M))), state.T[:, :, None]
    with np.errstate(all="ignore"):
        for t in range(rows):
            found[t] = z[:, 0, 0]
            z = M @ z
    return found


def sentence_of(found: LocalModes, owner: str) -> str:
    """What the modes say of a run of the method ``owner``, in a sentence or two."""
    c, rates, periods = found.curvatures, found.rates, found.periods
    where = found.place.what if found.place.least else f"{found.place.what}, which is no minimum,"
    steepest = (
        f"the steepest direction has curvature {number(c[-1])}" if len(c) > 1 else f"the curvature is {number(c[-1])}"
    )
    ratio = f", {number(c[-1] / c[0], 3)} times the flattest" if c[0] > 0 and c[-1] > 1.01 * c[0] else ""
    head = f"At {where} {steepest}{ratio}."
    if rates is None or periods is None:
        return f"{head} Of {owner} theory knows no rates there: {found.why}."
    slow = int(rates.argmax())
    rate, of = float(rates[slow]), f"the direction of curvature {number(c[slow])}" if len(c) > 1 else "its direction"
    ringing = [k for k in range(len(c)) if np.isfinite(periods[k])]
    if rate > 1 + 1e-9:
        tail = f"Each step multiplies the error along {of} by {number(rate)}: it grows, and the run cannot stay."
    elif rate > 1 - 1e-12:
        tail = f"A step keeps all of the error along {of}."
    else:
        digit = np.log(10) / -np.log(rate) if rate > 0 else 0.0
        slowest = ", the slowest" if len(c) > 1 else ""
        digits = f"{count(max(1, round(digit)), 'iteration')} a digit"
        tail = f"A step keeps {number(rate, 6)} of the error along {of}{slowest}: {digits}."
    if not ringing:
        return f"{head} {tail} Nothing rings."
    swings = [f"curvature {number(c[k])} every {number(float(periods[k]), 3)} iterations" for k in ringing[:3]]
    return f"{head} {tail} It rings along {', '.join(swings)}."
