"""Where a quick descent from the start ends, and the curvature it meets: what trials of learning rates are based on."""

from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problems.differences import number_at
from ..problems.linear_model import linear_model_in
from .curvature import guarded
from .hessians import dense, hessian_at
from .lanczos import lanczos

__all__ = ["Ended", "Local", "Spent", "local_modes", "quick_descent"]

Array = NDArray[np.float64]
DENSE = 12
"""Variables up to which the whole curvature at the end is worked out by differences; beyond, Lanczos."""
STEPS = 12


class Spent:
    """Counts gradients; ``left`` of the budget."""

    def __init__(self, problem: Any, budget: int) -> None:
        self.problem, self.budget, self.gradients = problem, budget, 0
        self._gradient = guarded(problem.gradient)
        self._joint = getattr(problem, "value_and_gradient", None)

    @property
    def left(self) -> int:
        return self.budget - self.gradients

    def at(self, w: Array) -> tuple[float, Array]:
        self.gradients += 1
        return number_at(self.problem.value, w), self._gradient(w)


class Ended(NamedTuple):
    """Where the quick descent ended, the largest curvature that its steps met, and the lowest f."""

    w: Array
    f: float
    met: float


def quick_descent(spent: Spent, w0: Array, most: int) -> Ended:
    """L-BFGS from w0, at most about ``most`` gradients; the curvature along its steps from differences of gradients."""
    from scipy.optimize import minimize as scipy_minimize

    seen: list[tuple[Array, float, Array]] = []

    class Enough(Exception):
        pass

    def both(w: Array) -> tuple[float, Array]:
        if len(seen) >= most:
            raise Enough
        f, g = spent.at(w)
        if np.isfinite(f) and np.isfinite(g).all():
            seen.append((w.copy(), f, g))
            return f, g
        seen.append((w.copy(), np.inf, np.zeros(w.size)))
        return 1e300, np.zeros(w.size)

    with np.errstate(all="ignore"), suppress(Enough):
        scipy_minimize(
            both,
            w0,
            jac=True,
            method="L-BFGS-B",
            options={"maxfun": most, "maxiter": most, "ftol": 1e-15, "gtol": 1e-12},
        )
    finite = [one for one in seen if np.isfinite(one[1])]
    low = min(finite, key=lambda one: one[1])
    met = 0.0
    for (a, _, ga), (b, _, gb) in pairwise(finite):
        s, y = b - a, gb - ga
        if float(s @ s) > 0:
            met = max(met, abs(float(s @ y)) / float(s @ s))
    return Ended(low[0], low[1], met)


class Local(NamedTuple):
    """Positive curvatures at the end of the descent, and the start's errors along them."""

    curvatures: Array
    errors: Array
    largest: float


def local_modes(spent: Spent, end: Array, w0: Array) -> Local | None:
    """The quadratic about the end, as far as the way from the start sees it."""
    e = w0 - end
    hessian = hessian_at(spent.problem, end)
    exact = linear_model_in(spent.problem) is not None
    if float(np.abs(e).max()) == 0 or not np.isfinite(end).all():
        return None
    if w0.size <= DENSE or (exact and w0.size <= 1000):
        H = dense(hessian)
        if not np.isfinite(H).all():
            return None
        values, basis = np.linalg.eigh(H)
        errors = basis.T @ e
    else:
        steps = min(STEPS, max(4, spent.left // 6))
        ritz = lanczos(hessian.apply, e, steps).ritz()
        values, errors = ritz.values, float(np.linalg.norm(e)) * np.sqrt(ritz.weights)
        if not np.isfinite(values).all():
            return None
    spent.gradients += hessian.spent
    kept = values > 1e-9 * float(np.abs(values).max(initial=0.0))
    if not kept.any():
        return None
    return Local(values[kept], errors[kept], float(values[kept].max()))
