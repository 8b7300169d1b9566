"""Products of a problem's Hessian with vectors: by the structure of linear models, by JAX where a problem is traced,
by differences of gradients for anything else."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..base.trees import leaves_of
from ..problems.differences import STEP, central_differences
from ..problems.limited import Limited
from ..problems.linear_model import LinearModel
from ..problems.negated import Negated
from ..problems.penalized import PenalizedProblem
from .curvature import guarded
from .linear_hessian import LinearHessian, bends

__all__ = ["Hessian", "columns_of", "dense", "hessian_at"]

Array = NDArray[np.float64]
EPS = float(np.finfo(float).eps)
LANES = 32
"""Vectors that one call of a compiled program multiplies."""
NEARBY = (1e-4, 1e-3, 1e-2)
"""Relative steps by which gradients are looked at for kinks."""
SUDDEN = 1000
"""A smooth gradient's bend shows a hundred times as much at ten times the step."""
ROUGH = 0.1
"""Differences that are off by this part are not those of a smooth function."""
LONG = 1 / 16
"""The relative step of differences of straight gradients."""
LANE_NUMBERS = 2**22
"""Numbers of data times vectors in one call: what lies between the layers of a model is as many times larger."""


class Operator(Protocol):
    """What multiplies: ``block`` (n, k) -> (n, k), or ``whole`` () -> (n, n); ``spent`` grows as either works."""

    n: int
    note: str
    error: float
    floor: float
    smooth: bool
    estimated: bool
    spent: int

    def block(self, V: Array) -> Array: ...
    def whole(self) -> Array: ...


class Hessian:
    """The symmetric matrix (n, n) of second derivatives at a point, as an operator.

    ``note`` says how products are had; ``error`` is their likely error relative to the largest eigenvalue, ``floor``
    what of it is there without any curvature. ``spent`` counts the gradients' worth of work so far: for linear models
    the passes over X. Where the problem has kinks ``smooth`` is False, and the Hessian is that of its smooth part.
    ``estimated``: gradients are had from values only, 2 n of them each.
    """

    def __init__(self, operator: Operator, factor: float = 1.0, diagonal: float = 0.0, smooth: bool = True) -> None:
        self.operator, self.factor, self.diagonal = operator, factor, diagonal
        self.n, self.note, self.error, self.estimated = operator.n, operator.note, operator.error, operator.estimated
        self.smooth, self.floor = operator.smooth and smooth, abs(factor) * operator.floor

    @property
    def spent(self) -> int:
        return self.operator.spent

    def apply(self, v: Array) -> Array:
        """``H v`` (n,)."""
        return self.block(np.asarray(v, dtype=float)[:, None])[:, 0]

    def block(self, V: Array) -> Array:
        """``H V`` (n, k), in as few passes as it takes."""
        with np.errstate(all="ignore"):
            return self.factor * self.operator.block(V) + self.diagonal * V

    def columns(self) -> Array:
        """All of it (n, n), as it is found: what it lacks in symmetry is error."""
        with np.errstate(all="ignore"):
            found = self.factor * self.operator.whole()
            found[np.diag_indices(self.n)] += self.diagonal
            return found

    def changed(self, factor: float = 1.0, diagonal: float = 0.0, smooth: bool = True) -> "Hessian":
        """``factor`` times it, plus a multiple of the identity."""
        smooth = self.smooth and smooth
        return Hessian(self.operator, factor * self.factor, factor * self.diagonal + diagonal, smooth)


def hessian_at(problem: Any, w: Array) -> Hessian:
    """The Hessian of a problem at ``w`` (n,).

    Linear models and their penalties are exact, from X and the loss's second derivative. Traced functions and sums are
    differentiated by JAX, forward over reverse (B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural
    Computation 6, 1994). Everything else, functions of the gallery among them, is differenced: two gradients a product.
    """
    w = np.asarray(w, dtype=float)
    if isinstance(problem, Negated):
        return hessian_at(problem.problem, w).changed(-1.0)
    if isinstance(problem, PenalizedProblem):
        return hessian_at(problem.problem, w).changed(diagonal=problem.l2, smooth=not problem.l1)
    if isinstance(problem, Limited):
        return hessian_at(problem.problem, w)
    if isinstance(problem, LinearModel) and bends(problem):
        return Hessian(LinearHessian(problem, w))
    if getattr(problem, "automatic", False):
        return Hessian(Automatic(problem, w))
    return Hessian(Differenced(problem, w))


def dense(hessian: Hessian) -> Array:
    """The matrix (n, n), symmetric."""
    return columns_of(hessian)[0]


def columns_of(hessian: Hessian) -> tuple[Array, float]:
    """The symmetric matrix, and the largest entry of what was not symmetric."""
    whole = hessian.columns()
    with np.errstate(all="ignore"):
        return 0.5 * (whole + whole.T), 0.5 * float(np.abs(whole - whole.T).max(initial=0.0))


class Automatic:
    """By JAX: one program for each objective and number of lanes, data passed in. A product counts as two gradients,
    which is about its arithmetic."""

    note = "automatic"
    error, floor = EPS, 0.0
    estimated = False

    def __init__(self, problem: Any, w: Array) -> None:
        from ..engines.jax.derivatives import may_have_kinks, products
        from ..engines.jax.objectives import objective_of

        objective = objective_of(problem)
        self.n, self.spent, self.multiply = w.size, 0, products(objective, w)
        numbers = sum(int(np.size(leaf)) for leaf in leaves_of(objective.data)) + w.size
        self.lanes = int(np.clip(LANE_NUMBERS // numbers, 1, LANES))
        self.smooth = not may_have_kinks(objective, w) or self.agrees(problem.gradient, w)

    def agrees(self, gradient: Callable[[Array], Array], w: Array) -> bool:
        """Whether gradients about ``w`` change as the Hessian says, but for what grows as the square of the step. Kinks
        add jumps to them, of which it knows nothing."""
        direction, found = random_direction(self.n), []
        steps = [step * size_of(w) for step in NEARBY]
        with np.errstate(all="ignore"):
            own = self.block(direction[:, None])[:, 0]
            for h in steps:
                found.append((gradient(w + h * direction) - gradient(w - h * direction)) / (2 * h))
            rounding = 10 * EPS * float(np.linalg.norm(gradient(w)))
        self.spent += 1 + 2 * len(steps)
        most = max(float(np.linalg.norm(one)) for one in (own, *found))
        apart = [float(np.linalg.norm(one - own)) for one in found]
        off = [a / most if a > rounding / h else 0.0 for a, h in zip(apart, steps, strict=True)]
        return not (off[0] > ROUGH or any(b > max(ROUGH, SUDDEN * a) for a, b in pairwise(off)))

    def block(self, V: Array) -> Array:
        out = np.empty_like(V)
        width = min(self.lanes, V.shape[1])
        for first in range(0, V.shape[1], width):
            part = V[:, first : first + width]
            padded = np.zeros((width, self.n))  # one width, one program
            padded[: part.shape[1]] = part.T
            out[:, first : first + width] = self.multiply(padded)[: part.shape[1]].T
        self.spent += 2 * V.shape[1]
        return out

    def whole(self) -> Array:
        return self.block(np.eye(self.n))


class Differenced:
    """By central differences of gradients. Where these are straight lines (a quadratic) steps may be long, and leave
    nothing but the gradient's rounding: 1e-14 of the largest eigenvalue, where the usual step leaves 1e-10."""

    note = "gradient differences"

    def __init__(self, problem: Any, w: Array) -> None:
        self.gradient, noise = gradient_of(problem)
        self.w, self.n, self.spent, self.estimated = w, w.size, 0, noise > EPS
        size = size_of(w)
        self.h = size * noise ** (1 / 3)
        with np.errstate(all="ignore"):
            here = self.gradient(w)
            self.spent += 1
            off = self.bend(here, noise)
            straight = self.straight(here, size * float(np.sqrt(self.n)), noise)
        self.error = max(10 * noise ** (2 / 3), off)
        if straight:
            self.h, self.error = LONG * size, 10 * noise / LONG
        self.floor = 10 * noise * float(np.linalg.norm(here)) / self.h
        kinked = getattr(problem, "l1", 0.0) or not getattr(problem, "smooth", True)
        self.smooth = not kinked and self.error < ROUGH

    def along(self, v: Array, h: float) -> Array:
        """``H v`` by a step of length ``h``."""
        length = float(np.linalg.norm(v))
        if length == 0:
            return np.zeros(self.n)
        self.spent += 2
        step = h / length * v
        return np.asarray((self.gradient(self.w + step) - self.gradient(self.w - step)) * (length / (2 * h)))

    def bend(self, here: Array, noise: float) -> float:
        """The part by which differences are off: their error grows as the square of the step, so that twice the step
        shows three times it. Ten times what a random direction shows, for others that bend more."""
        direction = random_direction(self.n)
        one, two = (self.along(direction, h) for h in (self.h, 2 * self.h))
        length, apart = float(np.linalg.norm(one)), float(np.linalg.norm(two - one))
        seen = np.isfinite(apart) and apart > 10 * noise * float(np.linalg.norm(here)) / self.h
        return 10 * apart / length if seen and length > 0 else 0.0

    def straight(self, here: Array, far: float, noise: float) -> bool:
        """Whether the gradient is linear to rounding along a random direction, at steps that take each variable many
        times as far as a product will."""
        direction = random_direction(self.n)
        wanted = None
        for h in (far, 0.03 * far):
            ahead, behind = self.gradient(self.w + h * direction), self.gradient(self.w - h * direction)
            self.spent += 2
            slope = (ahead - behind) / (2 * h)
            sizes = np.linalg.norm(here) + np.linalg.norm(ahead) + np.linalg.norm(behind)
            terms = np.linalg.norm(slope) * (np.linalg.norm(self.w) + h)  # of which a small gradient is the sum
            rounding = 10 * noise * float(sizes + terms)
            if not float(np.linalg.norm(ahead + behind - 2 * here)) <= rounding < np.inf:
                return False
            if wanted is not None and not float(np.linalg.norm(slope - wanted)) <= rounding / (2 * h):
                return False
            wanted = slope
        return True

    def block(self, V: Array) -> Array:
        return np.stack([self.along(v, self.h) for v in V.T], axis=1)

    def whole(self) -> Array:
        return self.block(np.eye(self.n))


def random_direction(n: int) -> Array:
    """The same at every call, of length 1."""
    direction = np.random.default_rng(0).standard_normal(n)
    return np.asarray(direction / np.linalg.norm(direction))


def size_of(w: Array) -> float:
    """What steps are relative to."""
    return max(1.0, float(np.abs(w).max(initial=0.0)))


def gradient_of(problem: Any) -> tuple[Callable[[Array], Array], float]:
    """What is differenced, without the slope of an l1 penalty, and its relative noise. A random gradient is replaced by
    central differences of the values: its noise would be all there is."""
    rough = EPS / STEP
    if getattr(problem, "random_gradient", False):
        return lambda w: central_differences(problem.value, w), rough
    estimated = getattr(problem, "estimator", None) is not None or "differences" in problem.gradient_note
    return guarded(getattr(problem, "smooth_gradient", problem.gradient)), rough if estimated else EPS
