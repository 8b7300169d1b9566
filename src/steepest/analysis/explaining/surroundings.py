"""f away from where a run ended: far along the way it went, and at points around it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...problems.differences import number_at

__all__ = ["Around", "around", "falls_for_ever"]

Array = NDArray[np.float64]
POINTS = 64
REACHES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Radii of the points around, in sizes of w."""


class Around(NamedTuple):
    """f at points around w: by how much it is ``lower`` at the lowest of those at each reach (a radius), and ``higher``
    at the highest; ``in_box`` is the lowest value found in the problem's box, NaN where it has none."""

    reaches: Array
    lower: Array
    higher: Array
    in_box: float

    def change(self, reach: int) -> float:
        """The largest change of f within a reach, by its place in ``reaches``."""
        return float(max(self.lower[: reach + 1].max(), self.higher[: reach + 1].max()))


def around(problem: Any, w: Array, f: float, bounds: Any = None, box: Any = None) -> Around:
    """At ``POINTS`` points at each of five distances from w, projected onto ``bounds``, and in the problem's own
    ``box`` where it is finite."""
    generator = np.random.default_rng(0)
    size = max(1.0, float(np.abs(w).max()))
    lower, higher = [], []
    in_box = float("nan")

    def held(point: Array) -> Array:
        return point if bounds is None else np.asarray(bounds.project(point))

    with np.errstate(all="ignore"):
        for reach in REACHES:
            directions = generator.standard_normal((POINTS // 2, w.size))
            directions /= np.linalg.norm(directions, axis=1, keepdims=True)
            found = np.array(
                [number_at(problem.value, held(w + s * reach * size * d)) for d in directions for s in (1, -1)]
            )
            found = found[np.isfinite(found)]
            lower.append(f - float(found.min(initial=f)))
            higher.append(float(found.max(initial=f)) - f)
        if box is not None and bounds is None and np.isfinite(box.lower).all() and np.isfinite(box.upper).all():
            drawn = [number_at(problem.value, one) for one in box.draw(generator, 4 * POINTS, w.size)]
            fine = [value for value in drawn if np.isfinite(value)]
            in_box = min(fine, default=in_box)
    return Around(np.array(REACHES) * size, np.array(lower), np.array(higher), in_box)


def falls_for_ever(problem: Any, w: Array, direction: Array, f: float, scale: float) -> bool:
    """Whether f goes on falling along ``direction`` as steeply as it does at w, up to a million times as far as
    ``scale``. A slope that fades, as towards an infimum, is no fall for ever."""
    length = float(np.linalg.norm(direction))
    if not 0 < length < np.inf:
        return False
    d, last, slope = direction / length, (0.0, f), 0.0
    with np.errstate(all="ignore"):
        for power in range(7):
            s = scale * 10.0**power
            value = number_at(problem.value, w + s * d)
            if np.isnan(value):
                return False
            if value == -np.inf:
                return True
            steep = (last[1] - value) / (s - last[0])
            if not steep > 0 or steep < 0.5 * slope:
                return False
            slope, last = max(slope, steep), (s, value)
    return True
