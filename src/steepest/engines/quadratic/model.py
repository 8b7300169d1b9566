"""The quadratic itself: curvature, minimiser and minimum of a least-squares objective, worked out from passes over the
data."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import Reading, reading

__all__ = ["Quadratic"]

Array = NDArray[np.float64]
EPS = float(np.finfo(float).eps)
EIGEN = 1e-10
"""Seconds of the factorisation a cubed weight (measured, 65 to 2,000 weights)."""
MOST_REFINEMENTS = 3
FLAT = 1e-11
"""Directions of less than this part of the largest curvature count as flat: their minimum may be 1e5 times as far as
that of the others, out of reach, and e'Ge would lose the digits of what is near (1e-7 of f at 1e-12)."""


class Quadratic:
    """``f(anchor + e) = floor + slope . e + e' G e / 2``, all of shape (weights, outputs), G (weights, weights).

    The anchor is the minimiser as exactly as the data tell it, refined with gradients taken on the data (A. Bjorck,
    "Numerical methods for least squares problems", 1996, section 2.9: iterative refinement by normal equations);
    ``slope`` is then 0, and no f is below ``floor``. It is not 0 where directions are too flat (FLAT): along these the
    anchor keeps w0, and f falls as the gradient there says.

    Where ``time.perf_counter()`` passes the ``deadline`` before the curvature is known, ``late`` is True, and value and
    gradient at w0 are all there is; where there is no time for the factorisation the anchor stays at w0.
    """

    def __init__(self, problem: Any, w0: Array, deadline: float = np.inf) -> None:
        self.problem, self.passes = problem, 0
        """Passes over the data so far, each for a value and a gradient."""
        self.shape = (w0.size // problem.outputs_per_row, problem.outputs_per_row)
        self.anchor = w0.reshape(self.shape).copy()
        now = reading(problem, self.anchor, True, deadline)
        self.late = now is None
        self.passes = 1 - self.late
        now = self.read(self.anchor) if now is None else now
        self.G: Array = np.zeros((0, 0)) if now.G is None else now.G
        self.floor, self.slope = now.f, now.g
        self.usable = bool(np.isfinite(self.G).all() and np.isfinite(now.g).all() and np.isfinite(now.f))
        """False where squares overflow: then nothing is known."""
        self._size = np.sqrt(np.maximum(self.G.diagonal(), 0.0))
        if not self.usable or time.perf_counter() + EIGEN * self._size.size**3 > deadline:
            return
        self._prepare()
        for _ in range(MOST_REFINEMENTS):
            step, fall = self._newton()
            if fall <= 4 * EPS * self.floor or time.perf_counter() > deadline:
                break
            found = self.read(self.anchor + step)
            if not found.f < self.floor:
                break
            gained = found.f < 0.5 * self.floor
            self.anchor, self.floor, self.slope = self.anchor + step, found.f, found.g
            if not gained and self._within_noise(self.slope):
                break
        step, _ = self._newton()
        self.anchor, rest = self.anchor + step, self.slope + self.G @ step
        self.slope = np.zeros(self.shape) if self._within_noise(rest) else rest
        self.usable = bool(np.isfinite(self.anchor).all())

    def read(self, w: Array) -> Reading:
        """One pass over the data at w."""
        self.passes += 1
        found = reading(self.problem, w.reshape(self.shape))
        assert found is not None
        return found

    def _prepare(self) -> None:
        """The eigenbasis of G with a unit diagonal: columns of very different scales cost no digits."""
        size = self._size
        self._scale = np.where(size > 0, 1 / np.where(size > 0, size, 1.0), 0.0)
        values, self._basis = np.linalg.eigh(self._scale[:, None] * self.G * self._scale)
        flat = values <= max(FLAT, size.size * EPS) * max(float(values[-1]), 0.0)
        self._inverse = np.where(flat, 0.0, 1 / np.where(flat, 1.0, values))

    def _newton(self) -> tuple[Array, float]:
        """The step to the minimum of the directions that are not flat, and by how much f falls along it."""
        scaled = self._basis.T @ (self._scale[:, None] * self.slope)
        step = -self._scale[:, None] * (self._basis @ (self._inverse[:, None] * scaled))
        return step, -0.5 * float(np.vdot(self.slope, step))

    def noise(self, f: float, w: Array) -> tuple[float, Array]:
        """What rounding may do to a value and to a gradient (weights, 1) read off the data at w (weights, outputs)."""
        size = EPS * float((self._size @ np.abs(w)).max(initial=0.0))
        root = float(np.sqrt(2 * max(f, 0.0)))
        return 1e-13 * f + 8 * size * (root + size), 16 * (self._size * (EPS * root + size))[:, None]

    def _within_noise(self, slope: Array) -> bool:
        return bool((np.abs(slope) <= self.noise(self.floor, self.anchor)[1]).all())

    def corrected(self, w: Array, found: Reading) -> None:
        """Makes value and gradient at w those ``found`` on the data, by a constant added to either."""
        e = w - self.anchor
        self.slope = found.g - self.G @ e
        self.floor = found.f - float(np.vdot(self.slope, e)) - 0.5 * float(np.vdot(e, self.G @ e))
