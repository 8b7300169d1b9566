"""Whether f falls like a power of the iterations, as it does where curvature fades on the way to the minimum."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..hessians import hessian_at
from .place import Place

__all__ = ["PowerLaw", "fading_power", "power_law"]

Array = NDArray[np.float64]
POINTS = 9
"""Iterations at which f is read, from a quarter of them to the last, each the same factor after the one before."""
RISE, FALL = 1.7, 0.8
"""The power of the slope in the later half as a part of that in the earlier, at most and at least: of a geometric fall
it is twice that."""
FADED = 0.6
"""The part of what a power of t would make the curvature fade that has to be seen."""
AHEAD = 0.6
"""The curvature at the quadratic's minimum as a part of that at the end, at most, where the fall stays a power: along
|x|^q it is 0.5 at q = 3 and falls towards 1 / e; on beale, a valley that bends on the way, it was 0.8."""
LEAST_POWER = 0.1
LEAST = 40
"""Iterations; in fewer there is no telling a power from what happened at the start."""


class PowerLaw(NamedTuple):
    """f is about ``left`` above its minimum after ``t`` iterations, and falls like (t + since)^-power."""

    power: float
    left: float
    t: float
    since: float

    @property
    def fade(self) -> float:
        """How many times what it is now the curvature was half-way, along |x|^q, where it falls like 1 / (t + since)
        for any q."""
        return (self.t + self.since) / (0.5 * self.t + self.since)

    def more(self, target: float) -> float:
        """Iterations until what is left of f is ``target``."""
        return float((self.t + self.since) * (max(self.left / target, 1.0) ** (1 / self.power) - 1))


def power_law(at: Array, f: Array) -> PowerLaw | None:
    """From the values ``f`` (rows,) at the iterations ``at`` (rows,), without knowing the minimum: where f - f* is a
    power, so are its falls from each point to the next. None where it is not, or f does not fall from point to point.
    """
    if f.size < 2 * POINTS or at[-1] < LEAST or at[0] > at[-1] / 4:
        return None
    end, ratio = float(at[-1]), 4 ** (1 / (POINTS - 1))
    t = end * ratio ** -np.arange(POINTS - 1, -1, -1.0)
    falls = -np.diff(np.interp(t, at, f))
    rounding = 100 * float(np.finfo(float).eps) * float(np.abs(f[-1]))
    if not (falls > rounding).all():
        return None
    half = falls.size // 2
    logs, steps = np.log(falls), np.log(t[1:])
    # a fall is about t f'(t), and f' goes like (t + since)^-(p + 1): near t as if by the power (p + 1) t / (t + since)
    early, late = (1 - float(np.polyfit(steps[part], logs[part], 1)[0]) for part in (slice(half), slice(half, None)))
    if not early > 0 or not FALL * early <= late <= RISE * early:
        return None
    whole = 1 / (2 / late - 1 / early)  # the later half's t are twice the earlier's
    power, since = whole - 1, whole * (1 / early - 1 / late) * end / 2**0.5
    if not LEAST_POWER < power < np.inf:
        return None
    grown = ((end + since) / (float(t[-2]) + since)) ** power
    return PowerLaw(power, float(falls[-1]) / (grown - 1), end, since)


def fading_power(problem: Any, place: Place, k: int, at: Array, f: Array, w: Array) -> PowerLaw | None:
    """The power law of a run with the points ``w`` (rows, n) where the curvature along mode k fades as one needs it to:
    from half-way to ``place``, the end, and on to the minimum of the quadratic there; None elsewhere."""
    found = power_law(at, f)
    if found is None:
        return None
    v, half = place.vectors[:, k], w[int(np.searchsorted(at, at[-1] / 2))]
    ahead = place.w - place.vectors @ place.errors
    before, after = (float(v @ hessian_at(problem, point).apply(v)) / float(place.values[k]) for point in (half, ahead))
    return found if before - 1 > FADED * (found.fade - 1) and after < AHEAD else None
