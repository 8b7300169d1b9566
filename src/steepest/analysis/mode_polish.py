"""Settings at which few modes of a quadratic are small at one and the same iteration: the deep, narrow places of the
count, to which least squares lead from a near miss."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .mode_runs import sum_of

__all__ = ["errors_at", "polished"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
NUDGE = 1e-7
"""By which points are moved for the derivatives of the errors."""
FARTHEST = 0.3
"""A step's length at most."""


def errors_at(M: Array, state: Array, times: Whole) -> Array:
    """The errors (runs, m) after ``times`` (runs,) steps with the matrices M (runs, m, s, s), from ``state`` (s, m)."""
    power = np.ascontiguousarray(np.moveaxis(M, (2, 3), (0, 1)))
    z = np.broadcast_to(state[:, None, :], (len(state), *M.shape[:2])).copy()
    left = np.array(times)
    with np.errstate(all="ignore"):
        while True:
            odd = left % 2 == 1
            if odd.any():
                z[:, odd] = sum_of(power[:, :, odd], z[:, odd])
            left //= 2
            if not left.any():
                return np.asarray(z[0])
            power = np.stack([sum_of(power, power[:, j]) for j in range(len(power))], axis=1)


def polished(
    residuals: Callable[[Array, Whole], Array], points: Array, times: Whole, rounds: int
) -> tuple[Array, Array]:
    """``points`` (k, d) moved towards the least ``sum of residuals(points, times)^2`` at their ``times`` (k,), and the
    sums there: ``rounds`` steps of Levenberg and Marquardt, each point on its own."""
    k, d = points.shape
    points, damping = points.copy(), np.full(k, 1e-2)
    r = residuals(points, times)
    sums = finite((r * r).sum(axis=1))
    for _ in range(rounds):
        with np.errstate(all="ignore"):
            J = np.stack([(residuals(points + NUDGE * unit, times) - r) / NUDGE for unit in np.eye(d)], axis=2)
            A, b = np.einsum("kmi,kmj->kij", J, J), np.einsum("kmi,km->ki", J, r)
            trace = np.trace(A, axis1=1, axis2=2)
            good = np.isfinite(A).all(axis=(1, 2)) & np.isfinite(b).all(axis=1) & (trace > 0)
            A = np.where(good[:, None, None], A, np.eye(d))
            A = A + ((damping * np.where(good, trace, 1.0))[:, None, None]) * np.eye(d)
            step = -np.linalg.solve(A, np.where(good[:, None], b, 0.0)[..., None])[..., 0]
            length = np.linalg.norm(step, axis=1, keepdims=True)
            moved = points + step * np.minimum(1.0, FARTHEST / np.maximum(length, 1e-300))
        new = residuals(moved, times)
        new_sums = finite((new * new).sum(axis=1))
        better = new_sums < sums
        points, r = np.where(better[:, None], moved, points), np.where(better[:, None], new, r)
        sums = np.where(better, new_sums, sums)
        damping = np.where(better, damping / 10, damping * 8)
    return points, sums


def finite(sums: Array) -> Array:
    return np.where(np.isfinite(sums), sums, np.inf)
