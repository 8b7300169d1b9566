"""Where a picture looks: which coordinates of w, which window of them, and f on a grid over that window."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.box import Box
from ..base.errors import ArgumentError
from ..problems.formulas import parse
from ..problems.function import Function
from ..problems.linear_model import LinearModel
from ..problems.scalar_form import scalar_form
from .rows import Array

__all__ = ["Plane", "labels_of", "plane_of", "values_on", "window_of"]

GRIDS = (11, 21, 41, 81, 161)
"""Points a side: the most of which f should be worked out within so many seconds."""
SECONDS = 2.0
TIMED = 9
"""Calls of a function of unknown cost, whose median decides: a few that had to wait, or failed at once, say nothing."""
NUMBERS_A_SECOND, CALLS_A_SECOND = 1e9, 5e4
"""What a linear model goes through, and how often it begins to."""
MOST_ROWS = 1000
FLAT = 1e-9


@dataclass(frozen=True, eq=False)
class Plane:
    """``w = origin + at @ directions``: directions (k, n) orthonormal, k = 1 for one variable, else 2. ``shares`` (k,)
    is how much of the path's movement, its squared distance from ``origin``, each direction holds."""

    origin: Array
    directions: Array
    shares: Array
    labels: tuple[str, ...]

    def project(self, w: Array) -> Array:
        """(rows, n) -> (rows, k); rows that are not finite become NaN."""
        with np.errstate(all="ignore"):
            if self.directions.shape[0] == self.directions.shape[1]:
                return np.array(w, dtype=float)  # the coordinates themselves, to the last bit
            return np.asarray((w - self.origin) @ self.directions.T)

    def lift(self, at: Array) -> Array:
        """(points, k) -> (points, n)."""
        if self.directions.shape[0] == self.directions.shape[1]:
            return np.array(at, dtype=float)
        return np.asarray(self.origin + at @ self.directions)

    def distance(self, w: Array) -> Array:
        """How far each of ``w`` (points, n) is from the plane."""
        return np.asarray(np.sqrt(((w - self.lift(self.project(w))) ** 2).sum(axis=1)))


def plane_of(w: Array, origin: Array) -> Plane:
    """The plane to draw the rows ``w`` (rows, n), all finite, in: the coordinates themselves for n <= 2, else the two
    main directions of ``w - origin`` (principal components about ``origin``, taken from at most 1,000 rows)."""
    n = w.shape[1]
    if n <= 2:
        labels: tuple[str, ...] = ("$w$",) if n == 1 else ("$w_1$", "$w_2$")
        return Plane(np.zeros(n), np.eye(n), np.ones(n) / n, labels)
    moved = w - origin
    scale = float(np.abs(moved).max())
    moved = moved / scale if scale > 0 else moved
    sample = moved[np.unique(np.linspace(0, len(moved) - 1, MOST_ROWS).astype(int))]
    _, sizes, found = np.linalg.svd(sample, full_matrices=False)
    rank = int((sizes > FLAT * sizes[0]).sum()) if scale > 0 else 0
    directions = completed(found[: min(rank, 2)], n)
    directions = directions * np.sign(directions[np.arange(2), np.abs(directions).argmax(axis=1)])[:, None]
    total = float((moved**2).sum())
    shares = ((moved @ directions.T) ** 2).sum(axis=0) / total if total > 0 else np.zeros(2)
    shares[rank:] = 0.0  # what is found there is rounding
    labels = tuple(
        f"along main direction {k + 1} ({percent(share)})" if k < rank else "across, where nothing moves"
        for k, share in enumerate(shares)
    )
    return Plane(np.array(origin), directions, shares, labels)


def labels_of(plane: Plane, problem: Any) -> tuple[str, ...]:
    """The names of the axes: a formula's own variables where the plane's axes are the variables, else the plane's."""
    if len(plane.labels) != plane.directions.shape[1] or getattr(problem, "identity", "") != "formula":
        return plane.labels
    return tuple(typeset_name(name) for name in parse(problem.formula).variables)


def typeset_name(name: str) -> str:
    """``w10`` as ``$w_{10}$``, ``w[0]`` as ``$w_0$``; longer names as they are."""
    parts = re.fullmatch(r"([A-Za-z])\[?(\d*)\]?", name)
    if parts is None:
        return name
    return f"${parts[1]}_{{{parts[2]}}}$" if parts[2] else f"${parts[1]}$"


def completed(found: Array, n: int) -> Array:
    """Two orthonormal directions: those found, then the coordinates least along them."""
    rows = list(found)
    while len(rows) < 2:
        weight = (np.array(rows) ** 2).sum(axis=0) if rows else np.zeros(n)
        unit = np.eye(1, n, int(np.argmin(weight)))[0]
        for row in rows:
            unit = unit - (unit @ row) * row
        rows.append(unit / np.sqrt(unit @ unit))
    return np.array(rows)


def percent(share: float) -> str:
    """``97.2 %``; never a rounded 100."""
    if 0.9995 <= share < 1 - 1e-9:
        return f"{math.floor(share * 1e4) / 100:.2f} %"
    return f"{100 * share:.3g} %" if share >= 0.001 or share < 1e-9 else f"{100 * share:.1g} %"


def window_of(at: Array, box: Box | None = None, extra: Array | None = None) -> Array:
    """The window (k, 2) that shows the points ``at`` (rows, k), all finite: the problem's ``box`` joined with them, or
    them alone with a margin where they fill little of it or there is none. ``extra`` (points, k), such as known minima,
    are taken in where they lie near."""
    low, high = at.min(axis=0), at.max(axis=0)
    size = float((high - low).max())
    if box is not None and np.isfinite(box.lower).all() and np.isfinite(box.upper).all():
        span = box.upper - box.lower
        if size == 0 or ((high - low) >= 0.15 * span).any():
            margin = 0.04 * np.maximum(high - low, span)
            low = np.where(low < box.lower, low - margin, box.lower)
            high = np.where(high > box.upper, high + margin, box.upper)
            return np.stack((low, high), axis=1)
    if extra is not None and len(extra):
        nearest = extra[np.abs(extra - at[-1]).max(axis=1).argmin()]
        if (np.abs(nearest - np.clip(nearest, low, high)) <= size).all():
            low, high = np.minimum(low, nearest), np.maximum(high, nearest)
    span = high - low
    if span.max() == 0:
        span = np.full(len(span), max(1e-3, float(np.abs(at).max())))
        return np.stack((low - span / 2, high + span / 2), axis=1)
    if span.min() * 8 >= span.max() or span.min() <= 1e-6 * span.max():  # equal scales are in reach, or all is flat
        span = np.maximum(span, 0.65 * span.max())  # give the narrow side room
    middle = (low + high) / 2
    half = np.maximum(0.64 * span, 1e-12 * np.abs(middle))  # numbers enough for a grid
    return np.stack((middle - half, middle + half), axis=1)


def is_equal(window: Array) -> bool:
    """Whether both axes can have one scale, so that circles are round and right angles right."""
    span = window[:, 1] - window[:, 0]
    return bool(span.max() <= 3 * span.min())


def box_window(box: Any, k: int) -> Array:
    """The window (k, 2) of a box the caller gave."""
    try:
        fitted = Box.of(box)
    except ArgumentError:
        raise ArgumentError(f"box must be steepest.Box(lower, upper) or (low, high) pairs; got {box!r}") from None
    fitted = fitted.fitted(k, "box")
    window = np.stack((fitted.lower, fitted.upper), axis=1)
    if not np.isfinite(window).all() or (window[:, 0] >= window[:, 1]).any():
        raise ArgumentError(f"box must have finite bounds with lower < upper; got {fitted.lower} and {fitted.upper}")
    return window


def values_on(
    problem: Any, plane: Plane, window: Array, points: int | None = None, seconds: float = SECONDS,
) -> dict[str, Any]:  # fmt: skip
    """f on a grid over ``window``: ``x`` (p,), ``y`` (p,) and ``values`` (p, p), row by row of y; for one variable
    ``x`` and ``values`` (points,). Where f cannot be worked out it is NaN. Without ``points`` the grid is as fine as
    the cost of f allows in so many ``seconds``, however busy the machine is."""
    if len(window) == 1:
        x = np.linspace(window[0, 0], window[0, 1], points or 401)
        return {"x": x, "y": None, "values": evaluated(problem, x[:, None])}
    p = points or fineness(problem, plane, window, seconds)
    x, y = (np.linspace(low, high, p) for low, high in window)
    at = np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)
    return {"x": x, "y": y, "values": evaluated(problem, plane.lift(at)).reshape(p, p)}


def fineness(problem: Any, plane: Plane, window: Array, seconds: float) -> int:
    """Points a side. What a value costs is counted where it is known: the same input gives the same picture. A function
    of the user's is timed at some points on the window's diagonal."""
    if has_quick_form(problem):
        return GRIDS[-1]
    if isinstance(problem, LinearModel):
        each = numbers_of(problem) / NUMBERS_A_SECOND + 1 / CALLS_A_SECOND
    else:
        each = typical_seconds(problem, plane.lift(np.linspace(window[:, 0], window[:, 1], TIMED)))
    return max((p for p in GRIDS if p * p * each <= seconds), default=GRIDS[0])


def has_quick_form(problem: Any) -> bool:
    """Whether f takes microseconds a point, whatever else the machine does: see ``evaluated``."""
    return (isinstance(problem, Function) and problem.identity == "formula") or scalar_form(problem) is not None


def numbers_of(model: LinearModel) -> int:
    """What a value goes through: X, and each row's outputs and losses a few times."""
    return int((model.X.nnz if model.sparse else model.X.size) + 8 * len(model.y))


def typical_seconds(problem: Any, w: Array) -> float:
    """The median time of a value at the rows of ``w`` (points, n)."""
    taken = []
    with np.errstate(all="ignore"):
        for row in w:
            began = time.perf_counter()
            number_or_nan(problem.value, row)
            taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def evaluated(problem: Any, w: Array) -> Array:
    """f at each row of ``w`` (points, n); NaN where it has no number to give. A formula takes all points at once, a
    function of the gallery that has a form in single numbers takes them in it."""
    with np.errstate(all="ignore"):
        found = formula_values(problem, w)
        if found is None:
            both = scalar_form(problem)
            value: Any = problem.value if both is None else lambda row: both(*row)[0]
            found = np.array([number_or_nan(value, row) for row in (w if both is None else w.tolist())], dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


def formula_values(problem: Any, w: Array) -> Array | None:
    """A formula at each row of ``w``; None for other problems, and where it needs points one by one."""
    if not isinstance(problem, Function) or problem.identity != "formula":
        return None
    try:
        return np.broadcast_to(np.asarray(parse(problem.formula)(w.T, np), dtype=float), len(w))
    except (ArithmeticError, ValueError, TypeError):
        return None


def number_or_nan(value: Callable[[Any], Any], row: Any) -> float:
    try:
        return float(value(row))
    except (ArithmeticError, ValueError):
        return math.nan
