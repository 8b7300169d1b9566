"""The problem around a point: its gradient, its curvatures with their directions, and how far the minimum of that
quadratic is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.box import Box
from ...problems.differences import central_differences
from ...problems.negated import Negated
from ..curvature import guarded
from ..hessians import Hessian, dense, hessian_at
from ..lanczos import lanczos

__all__ = ["Place", "gradient_at", "largest_at", "place_at"]

Array = NDArray[np.float64]
MOST_DENSE = 200
"""Variables up to which all curvatures are worked out, or 1,000 where the Hessian comes from the data at once."""
KRYLOV = 48
"""Lanczos steps from the gradient, and as many from a random vector for the ends of the spectrum."""


@dataclass(frozen=True, eq=False)
class Place:
    """``g`` (n,) is the gradient, without what bounds or an l1 penalty hold; the curvatures ``values`` (m,) ascend,
    with unit ``vectors`` (n, m), of the variables that are free to move. ``complete`` is False where they are the ones
    that the gradient meets, and the ends. ``error`` is how far a curvature may be off."""

    w: Array
    g: Array
    values: Array
    vectors: Array
    complete: bool
    error: float
    smooth: bool
    note: str
    free: int

    @property
    def slope(self) -> float:
        return float(np.linalg.norm(self.g))

    @property
    def largest(self) -> float:
        return float(self.values[-1]) if self.values.size else 0.0

    @property
    def smallest(self) -> float:
        return float(self.values[0]) if self.values.size else 0.0

    @property
    def size(self) -> float:
        """The largest |curvature|."""
        return max(abs(self.largest), abs(self.smallest))

    @cached_property
    def along(self) -> Array:
        """The gradient along each vector (m,)."""
        return np.asarray(self.vectors.T @ self.g)

    @cached_property
    def bent(self) -> NDArray[np.bool_]:
        """The curvatures (m,) that are surely positive."""
        return np.asarray(self.values > max(self.error, 1e-13 * self.size))

    @cached_property
    def errors(self) -> Array:
        """How far w is from the quadratic's minimum along each vector (m,); 0 where there is none."""
        return np.where(self.bent, self.along / np.where(self.bent, self.values, 1.0), 0.0)

    @property
    def gap(self) -> float:
        """By how much f lies above the minimum of the quadratic, as far as it has one."""
        return float(0.5 * (np.maximum(self.values, 0.0) * self.errors**2).sum())

    @property
    def distance(self) -> float:
        """From w to that minimum."""
        return float(np.linalg.norm(self.errors))

    @property
    def unbent(self) -> float:
        """The part of the gradient along directions that do not curve upwards: where it leads, no minimum is known."""
        return float(np.linalg.norm(self.along[~self.bent])) if self.complete or self.values.size else self.slope

    @property
    def negative(self) -> bool:
        """Whether a curvature is surely negative."""
        return self.smallest < -max(10 * self.error, 1e-6 * self.size) and self.size > 0

    def errors_of(self, rows: Array) -> Array:
        """The same for other points ``rows`` (k, n), as far as the quadratic holds there: (k, m)."""
        with np.errstate(all="ignore"):
            return np.where(self.bent, self.errors + (rows - self.w) @ self.vectors, 0.0)


def gradient_at(problem: Any, w: Array) -> Array:
    """The gradient (n,) that steps are made from; of a random estimate what it estimates."""
    if getattr(problem, "random_gradient", False):
        return central_differences(problem.value, w)
    name = "gradient" if isinstance(problem, Negated) else "smooth_gradient"
    with np.errstate(all="ignore"):
        return guarded(getattr(problem, name, problem.gradient))(w)


def place_at(problem: Any, w: Array, bounds: Any = None) -> Place | str:
    """The place, or why it cannot be looked at."""
    g = gradient_at(problem, w)
    if not np.isfinite(g).all():
        return "the gradient is not finite there"
    free = np.ones(w.size, dtype=bool)
    l1 = None if isinstance(problem, Negated) else getattr(problem, "l1_each", None)
    if l1 is not None:
        free = (w != 0) | (l1 == 0)
        g = np.where(free, g + l1 * np.sign(w), np.sign(g) * np.maximum(np.abs(g) - l1, 0.0))
        free |= g != 0
    if isinstance(bounds, Box):
        held = ((w <= bounds.lower) & (g > 0)) | ((w >= bounds.upper) & (g < 0))
        free &= ~held
        g = np.where(held, 0.0, g)
    elif bounds is not None and not np.allclose(bounds.project(w - 1e-6 * g) - w, -1e-6 * g, atol=1e-12):
        return "w lies at the edge of its bounds, where the curvature of f alone decides nothing"
    if not free.any():
        nothing = np.zeros(0)
        return Place(w, g, nothing, np.zeros((w.size, 0)), True, 0.0, l1 is None, "", 0)
    hessian = hessian_at(problem, w)
    values, vectors, complete = spectrum_of(hessian, g, free)
    if not np.isfinite(values).all():
        return "the curvature is not finite there"
    error = 10 * max(hessian.error, np.finfo(float).eps * w.size) * float(np.abs(values).max(initial=0.0))
    return Place(w, g, values, vectors, complete, error, hessian.smooth, hessian.note, int(free.sum()))


def spectrum_of(hessian: Hessian, g: Array, free: NDArray[np.bool_]) -> tuple[Array, Array, bool]:
    """Curvatures and vectors of the free variables; all of them, or those of the Krylov space of the gradient with
    the two ends of the spectrum."""
    n = hessian.n
    if n <= MOST_DENSE or (n <= 5 * MOST_DENSE and hessian.note.startswith("exact")):
        with np.errstate(all="ignore"):
            whole = dense(hessian)[np.ix_(free, free)]
        if not np.isfinite(whole).all():
            return np.array([np.nan]), np.zeros((n, 1)), True
        values, some = np.linalg.eigh(whole)
        vectors = np.zeros((n, values.size))
        vectors[free] = some
        return values, vectors, True

    def apply(v: Array) -> Array:
        return np.where(free, hessian.apply(np.where(free, v, 0.0)), 0.0)

    own = lanczos(apply, np.where(free, g, 0.0), KRYLOV).ritz()
    any_ = np.where(free, np.random.default_rng(0).standard_normal(n), 0.0)
    ends = lanczos(apply, any_, KRYLOV, stop=both_settled).ritz()
    values, vectors = own.values, own.vectors() if own.values.size else np.zeros((n, 0))
    for k in (0, ends.values.size - 1):
        value, vector = float(ends.values[k]), ends.vectors([k])
        low, high = (float(values[0]), float(values[-1])) if values.size else (np.inf, -np.inf)
        if not low <= value <= high:
            vector = vector - vectors @ (vectors.T @ vector)
            length = float(np.linalg.norm(vector))
            if length > 1e-3:
                values = np.append(values, value)
                vectors = np.concatenate([vectors, vector / length], axis=1)
    order = np.argsort(values)
    return values[order], vectors[:, order], False


def largest_at(problem: Any, w: Array, start: Array | None = None, steps: int = KRYLOV) -> tuple[float, Array]:
    """The largest curvature at ``w`` (n,) and its direction; Lanczos from ``start``, which may be that of a place near
    by. NaN where it is not finite."""
    hessian = hessian_at(problem, w)
    if hessian.n <= 64:
        whole = dense(hessian)
        if not np.isfinite(whole).all():
            return float("nan"), np.zeros(w.size)
        values, vectors = np.linalg.eigh(whole)
        return float(values[-1]), vectors[:, -1]
    rough = np.random.default_rng(0).standard_normal(w.size) / w.size**0.5
    begin = rough if start is None else start + 0.05 * rough
    found = lanczos(hessian.apply, begin, steps, stop=settled).ritz()
    if not np.isfinite(found.values).all() or not found.values.size:
        return float("nan"), np.zeros(w.size)
    return float(found.values[-1]), found.vectors([found.values.size - 1])[:, 0]


def both_settled(tridiagonal: Any) -> bool:
    """Whether both ends of the spectrum are known to a hundredth of its larger end."""
    if tridiagonal.alpha.size < 12 or tridiagonal.alpha.size % 6:
        return False
    ritz = tridiagonal.ritz()
    return bool(max(ritz.residuals[0], ritz.residuals[-1]) <= 1e-2 * np.abs(ritz.values).max())


def settled(tridiagonal: Any) -> bool:
    """Whether the largest Ritz value is known to a thousandth."""
    if tridiagonal.alpha.size < 6 or tridiagonal.alpha.size % 3:
        return False
    ritz = tridiagonal.ritz()
    return bool(ritz.residuals[-1] <= 1e-3 * abs(ritz.values[-1]))
