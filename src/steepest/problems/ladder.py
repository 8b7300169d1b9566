"""Slopes of a function from values alone, with a bound on how far each may be off: differences over a ladder of steps,
and the noise of the values."""

from collections.abc import Callable
from math import hypot, sqrt
from typing import NamedTuple

import numpy as np

from .problem import Array

__all__ = ["EPS", "Estimate", "Slope", "noise_of", "slope_along"]

STEPS = 10.0 ** -(np.arange(10) + 1.1)
"""0.08 to 8e-11, times max(1, abs(w_i)). No round numbers: a wave of period 0.001 looks flat at 0.1, 0.01 and 0.001."""

LOCAL = 4
"""The step (8e-6) whose second difference is taken for the curvature."""

SPACINGS = (1e-7, 1e-5, 1e-3)
"""Where the noise of f is looked for; the wider ones are for values of few digits, which are all equal close by."""

EPS = float(np.finfo(float).eps)
SAFETY = 4.0
"""A central difference has a standard deviation of 0.7 noise / step; it is trusted to this many noise / step."""


class Estimate(NamedTuple):
    """A slope from the ladder, the step it was taken at, and how far it may be off."""

    value: float
    uncertainty: float
    step: float


class Slope(NamedTuple):
    """What differences say along one direction."""

    best: Estimate
    left: Estimate
    right: Estimate
    central: bool
    """Whether ``best`` is a central difference; else f has values on one side only."""
    reach: float
    """The mean slope to a point as far away as the largest step: the scale of slopes around here."""
    bend: float
    """Curvature times the size of w: rounding w changes the slope by this times the rounding unit."""

    @property
    def kink(self) -> bool:
        """Whether the one-sided slopes part by far more than they may be off: on a smooth f they part by (step f''),
        a quarter of what their estimates change by from one step to the next."""
        left, right = self.left, self.right
        allowed = 10.0 * (left.uncertainty + right.uncertainty)
        return abs(right.value - left.value) > max(allowed, 1e-6 * max(abs(left.value), abs(right.value)))


def noise_of(value: Callable[[Array], float], w: Array, f0: float, rng: np.random.Generator) -> float:
    """The standard deviation of the errors of f near ``w`` (rounding, single precision, random numbers), from fourth
    differences on a random line: nothing smooth is left in these, and noise is times sqrt(70). Each spacing is two,
    since values of few digits climb as evenly as a straight line where the spacing fits their steps.

    Source: J. J. More, S. M. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33, 2011.
    """
    line = rng.uniform(0.5, 1.0, w.size) * rng.choice([-1.0, 1.0], w.size) * np.maximum(1.0, np.abs(w))
    least, jumps = EPS * abs(f0), np.zeros(1)
    for spacing in SPACINGS:
        rows = np.array([[value(w + s * j * line) for j in range(1, 10)] for s in (spacing, 1.4 * spacing)])
        if not np.isfinite(rows).all():
            return least
        jumps, fourth = np.diff(rows), np.diff(rows, 4).ravel()
        if np.count_nonzero(jumps) >= jumps.size / 2:
            return max(least, hypot(*fourth) / sqrt(70 * fourth.size))
    return max(least, float(np.abs(jumps).max()))  # a staircase: its highest step


def slope_along(
    value: Callable[[Array], float], w: Array, f0: float, noise: float, line: Array, size: float
) -> Slope:  # fmt: skip
    """The slope of f at ``w`` along the unit vector ``line``, from both sides and from each."""
    count = STEPS.size
    ups, downs, ahead, behind = np.empty((4, count))
    for k in range(count):
        up, down = w + STEPS[k] * size * line, w - STEPS[k] * size * line
        ahead[k], behind[k] = (up - w) @ line, (w - down) @ line  # as moved, after rounding
        ups[k], downs[k] = value(up), value(down)
    rounding = SAFETY * np.fmax(noise, EPS * np.fmax(np.abs(ups), np.abs(downs))) / ahead
    both = settled((ups - downs) / (ahead + behind), rounding, ahead)
    right = settled((ups - f0) / ahead, 2 * rounding, ahead)
    left = settled((f0 - downs) / behind, 2 * rounding, behind)
    central = bool(np.isfinite(both.uncertainty))
    best = both if central else min(left, right, key=lambda estimate: estimate.uncertainty)
    rises = np.abs(np.concatenate([ups - f0, f0 - downs])) / np.concatenate([ahead, behind])
    finite = np.flatnonzero(np.isfinite(rises))
    reach = float(rises[finite[0]]) if finite.size else 0.0
    second = abs(ups[LOCAL] - 2 * f0 + downs[LOCAL]) - 2 * rounding[LOCAL] * ahead[LOCAL]
    bend = size * max(second, 0.0) / ahead[LOCAL] ** 2
    return Slope(best, left, right, central, reach, float(bend))


def settled(slopes: Array, rounding: Array, steps: Array) -> Estimate:
    """Of slopes at ever smaller steps the one that its neighbours agree with best.

    The change from the step before is a hundred times this one's own truncation, so it bounds that safely; the first
    has only the step after to go by. Both are known to the rounding of the step after, ten times this one's. Where
    smaller steps leave a slope by more than rounding explains, it belongs to a larger scale (it is taken across a kink,
    or over many waves) and is that uncertain.
    """
    change = np.abs(np.diff(slopes))
    before, after = np.append(np.nan, change), np.append(2 * change, np.nan)
    uncertainty = np.where(np.isfinite(before), before, after) + rounding + np.append(rounding[1:], 10 * rounding[-1])
    for k in range(slopes.size - 1):
        apart, allowed = np.abs(slopes[k] - slopes[k + 1 :]), 2 * rounding[k + 1 :]
        uncertainty[k] = max(uncertainty[k], np.max(apart + allowed, initial=0.0, where=apart > allowed))
    uncertainty[~np.isfinite(uncertainty)] = np.inf
    k = int(np.argmin(uncertainty))
    return Estimate(float(slopes[k]), float(uncertainty[k]), float(steps[k]))
