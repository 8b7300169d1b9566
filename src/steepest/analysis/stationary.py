"""Where a function of two variables has no slope: its minima, saddles and maxima in a window."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problems.formulas import parse
from ..problems.function import Function
from ..problems.scalar_form import scalar_form

__all__ = ["Stationary", "stationary_points"]

Array = NDArray[np.float64]
GRID = 33
"""Points a side at which the gradient is looked at first."""
MOST = 150
"""Places to look at: a function that has more is all waves or rings, and a picture of them shows nothing."""
STEPS = 40
"""Of Newton's method from each candidate."""
STEP = float(np.finfo(float).eps) ** (1 / 3)
APART = 1e-4
"""Of the window: what is nearer is one point."""
AROUND = 24
"""Directions in which f is compared with its value at a point whose curvature says nothing."""


class Stationary(NamedTuple):
    """``kind``: minimum, saddle or maximum; ``w`` (2,)."""

    kind: str
    w: tuple[float, float]
    f: float


def stationary_points(problem: Any, window: Array) -> list[Stationary]:
    """The points in ``window`` (2, 2) where the gradient of ``problem``, two variables, is zero: minima first, the
    lowest first; none for a function that has very many, or kinks.

    Newton's method on the gradient, from the places of a grid at which the gradient is shortest; the eigenvalues of the
    differenced Hessian say which kind a point is, and where both are negligible f around it does. Flats are not found.
    """
    if not getattr(problem, "smooth", True):
        return []
    with np.errstate(all="ignore"):
        look = Look(problem, window)
        candidates = look.candidates()
        if len(candidates) > MOST:
            return []
        w = look.newton(candidates)
        found = [
            Stationary(kind, (float(x), float(y)), float(f))
            for kind, (x, y), f in zip(look.kinds(w), w, look.values(w), strict=True)
            if kind
        ]
    order = ("minimum", "saddle", "maximum")
    return sorted(found, key=lambda one: (order.index(one.kind), one.f))


class Look:
    """A problem in a window: all candidates go through Newton's method together."""

    def __init__(self, problem: Any, window: Array) -> None:
        self.low, self.high = window[:, 0], window[:, 1]
        self.span = self.high - self.low
        self.values = many_values(problem)
        self.slopes = many_slopes(problem, self.values, self.span)
        x, y = (np.linspace(low, high, GRID) for low, high in window)
        self.grid = np.stack(np.meshgrid(x, y), axis=-1)
        self.known = np.empty((0, 2)) if problem.minimum is None else np.atleast_2d(problem.minimum.w)
        found = (self.slopes(self.grid.reshape(-1, 2)) * self.span).reshape(GRID, GRID, 2)
        self.scaled = np.where(np.isfinite(found), found, np.inf)
        lengths = np.abs(self.scaled).max(axis=-1)
        known = lengths[np.isfinite(lengths)]
        heights = self.values(np.concatenate((self.known, self.grid.reshape(-1, 2))))
        heights = heights[np.isfinite(heights)]
        least = 1e-6 * float(max(known.max(initial=0.0), np.ptp(heights) if heights.size else 0.0))
        self.typical = max(float(np.median(known)) if known.size else 0.0, least)
        """How much f changes over the window at a usual slope: what is far less counts as nothing."""

    def candidates(self) -> Array:
        """(m, 2): the known minima; the grid's places where the gradient is no longer than at their neighbours; the
        cells on whose corners both its components change their sign."""
        length = np.linalg.norm(self.scaled, axis=-1)
        padded = np.pad(length, 1, constant_values=np.inf)
        sides = [padded[1 + i : GRID + 1 + i, 1 + j : GRID + 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
        lowest = (length <= np.min(sides, axis=0)) & (length < np.max(sides, axis=0))
        corners = np.stack([self.scaled[i : GRID - 1 + i, j : GRID - 1 + j] for i in (0, 1) for j in (0, 1)])
        crossed = ((corners.min(axis=0) < 0) & (corners.max(axis=0) > 0)).all(axis=-1)
        centres = 0.5 * (self.grid[:-1, :-1] + self.grid[1:, 1:])
        return np.concatenate((self.known, self.grid[lowest], centres[crossed]))

    def hessians(self, w: Array) -> Array:
        """(m, 2, 2) by central differences of the gradient, symmetric."""
        h = STEP * np.maximum(0.1 * self.span, np.abs(w))
        ahead = [self.slopes(w + h * unit) - self.slopes(w - h * unit) for unit in np.eye(2)]
        whole = np.stack([change / (2 * h[:, [k]]) for k, change in enumerate(ahead)], axis=1)
        return np.asarray(0.5 * (whole + np.swapaxes(whole, 1, 2)))

    def newton(self, w: Array) -> Array:
        """Where the gradient vanishes near each of ``w`` (m, 2), in the window, each place once."""
        reach, done = 0.1 * self.span, np.zeros(len(w), dtype=bool)
        for _ in range(STEPS):
            moving = np.flatnonzero(~done)
            if not moving.size:
                break
            here = w[moving]
            step = -solved(self.hessians(here), self.slopes(here))
            step /= np.maximum(1.0, np.abs(step / reach).max(axis=1))[:, None]
            w[moving] = here + step
            gone = ((w < self.low - reach) | (w > self.high + reach) | ~np.isfinite(w)).any(axis=1)
            done[moving] = np.abs(step / self.span).max(axis=1) < 1e-11
            done |= gone
        inside = ((w >= self.low) & (w <= self.high)).all(axis=1)
        w = w[inside]
        w = w[np.abs(self.slopes(w) * self.span).max(axis=1) <= 1e-6 * self.typical]
        found: list[Array] = []
        for point in w:
            if all(np.abs((point - other) / self.span).max() > APART for other in found):
                found.append(point)
        return np.array(found).reshape(-1, 2)

    def kinds(self, w: Array) -> list[str]:
        """Minimum, saddle or maximum; "" for a place where f does not change to speak of."""
        curvatures = np.linalg.eigvalsh(self.hessians(w) * np.outer(self.span, self.span))
        return [self.kind(point, two) for point, two in zip(w, curvatures, strict=True)]

    def kind(self, w: Array, curvature: Array) -> str:
        largest = float(np.abs(curvature).max())
        if largest > 1e-3 * self.typical and np.abs(curvature).min() > 1e-5 * largest:
            return "minimum" if curvature[0] > 0 else "maximum" if curvature[1] < 0 else "saddle"
        angles = 2 * np.pi * np.arange(AROUND) / AROUND
        ring = w + 0.01 * self.span * np.stack((np.cos(angles), np.sin(angles)), axis=1)
        rise, least = self.values(ring) - self.values(w[None]), 1e-9 * self.typical
        if (rise > least).any() and (rise < -least).any():
            return "saddle"
        return "minimum" if (rise > least).all() else "maximum" if (rise < -least).all() else ""


def solved(hessians: Array, slopes: Array) -> Array:
    """``H^-1 g`` for each of (m, 2, 2) and (m, 2); not finite where H has no inverse, zero where g is."""
    (a, b), (_, d) = np.moveaxis(hessians, 0, -1)
    g = slopes.T
    found = np.stack((d * g[0] - b * g[1], a * g[1] - b * g[0])) / (a * d - b * b)
    return np.where((g == 0).all(axis=0), 0.0, found).T


def many_values(problem: Any) -> Callable[[Array], Array]:
    """f at each row of (m, 2); NaN where there is none."""
    if isinstance(problem, Function) and problem.identity == "formula":
        expression = parse(problem.formula)
        return lambda w: np.broadcast_to(np.asarray(expression(w.T, np), dtype=float), len(w))
    both = scalar_form(problem)
    value: Any = (lambda row: both(*row.tolist())[0]) if both is not None else problem.value
    return lambda w: np.array([number_of(value, row) for row in w], dtype=float)


def many_slopes(problem: Any, values: Callable[[Array], Array], span: Array) -> Callable[[Array], Array]:
    """The gradient at each row of (m, 2): of a formula by central differences of all rows at once, which a calculus by
    JAX, a row at a time, would take a hundred times as long for."""
    if isinstance(problem, Function) and problem.identity == "formula":

        def differences(w: Array) -> Array:
            h = STEP * np.maximum(0.1 * span, np.abs(w))
            return np.stack(
                [(values(w + h * unit) - values(w - h * unit)) / (2 * h[:, k]) for k, unit in enumerate(np.eye(2))],
                axis=1,
            )

        return differences
    both = scalar_form(problem)
    gradient: Any = (lambda row: both(*row.tolist())[1]) if both is not None else problem.gradient
    return lambda w: np.array([pair_of(gradient, row) for row in w], dtype=float).reshape(-1, 2)


def number_of(value: Any, row: Array) -> float:
    try:
        return float(value(row))
    except (ArithmeticError, ValueError):
        return np.nan


def pair_of(gradient: Any, row: Array) -> Any:
    try:
        return gradient(row)
    except (ArithmeticError, ValueError):
        return (np.nan, np.nan)
