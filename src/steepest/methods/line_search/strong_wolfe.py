"""The search of More and Thuente: a rate with a fair decrease and a slope that has flattened."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np

from ...base.fields import Field
from ...base.text import count, number
from .interval import SHRINK, Interval, Trial
from .search import Array, Found, no_descent, slope_along

__all__ = ["StrongWolfe"]

Share = Annotated[float, Field(low=0, high=1, low_open=True, high_open=True, log=True)]
NEAREST, FARTHEST = 1.1, 4.0
"""Until a minimum is bracketed, how far beyond a trial the next one lies, in lengths of its own step: the paper's."""
BACK = 0.1
"""The share of a step kept where f or its slope is not finite: six of them undo a step a million times too long."""
NARROW = 1e-14
"""A bracket this narrow, relative to its rates, holds nothing but rounding."""
BLUR = 2.0**-50
"""Values this close, relative to f, are equal but for rounding (four of its units), and slopes alone decide: without
it 8 more of 170 runs on the gallery (L-BFGS, PR+, FR) stall above a gradient of 1e-8."""


class StrongWolfe(NamedTuple):
    """``f(w + a d) <= f + decrease * a * (g . d)`` and ``|g(w + a d) . d| <= curvature * |g . d|``.

    Cubics and parabolas through values and slopes narrow an interval that holds such a rate ``a``, as the paper proves.
    The first trial of a run is a step ``start`` long, as no method knows its scale yet (SciPy's L-BFGS-B: 1). Later
    ones begin with rate 1, the full step of quasi-Newton methods, or by ``from_last`` with the rate of the update
    before, for steps that have no scale of their own (conjugate gradients, steepest descent).

    A trial costs a value and a gradient; the one accepted gives the next row both. One that is not finite is drawn
    back. After ``most`` trials, or where rounding ends the search, the lowest is taken if it is lower than f. Where
    the values differ by rounding only, the slopes decide.

    decrease 1e-4 and curvature 0.9 are usual for quasi-Newton methods, curvature 0.1 for conjugate gradients.

    Source: J. J. More, D. J. Thuente, "Line search algorithms with guaranteed sufficient decrease", 1994; J. Nocedal,
    S. Wright, "Numerical Optimization", 2006, section 3.1.
    """

    decrease: Share = 1e-4
    curvature: Share = 0.9
    start: Annotated[float, Field(low=0, low_open=True, log=True, help="length of the first trial step")] = 1.0
    from_last: bool = False
    most: Annotated[int, Field(low=1, help="the most trials of an update")] = 20

    def search(
        self, value: Callable[[Array], Any], gradient: Callable[[Array], Any], w: Array, f: float, g: Array,
        direction: Array, last: float | None,
    ) -> Found:  # fmt: skip
        with np.errstate(all="ignore"):
            slope = slope_along(g, direction)
            if not slope < 0:
                return Found(0.0, 0, 0, no_descent(slope))
            if last is None or not last > 0:
                rate = self.start / float(np.linalg.norm(direction))
            else:
                rate = last if self.from_last else 1.0
            return self.narrowed(value, gradient, w, direction, Trial(np.float64(0.0), np.float64(f), slope), rate)

    def narrowed(
        self, value: Callable[[Array], Any], gradient: Callable[[Array], Any], w: Array, direction: Array, zero: Trial,
        first: float,
    ) -> Found:  # fmt: skip
        interval, lowest, rate = Interval(zero, zero), zero, np.float64(first)
        low, high, ceiling = np.float64(0.0), rate + FARTHEST * rate, np.float64(np.inf)
        widths = np.inf, np.inf
        tilt, tilted, gradients = self.decrease * zero.slope, True, 0
        for values in range(1, self.most + 1):
            at = w + float(rate) * direction
            trial = Trial(rate, np.float64(value(at)), np.float64(np.nan))
            if np.isfinite(trial.f):
                gradients += 1
                trial = trial._replace(slope=np.float64(slope_along(np.asarray(gradient(at)), direction)))
            best = interval.best
            if not np.isfinite(trial.slope):
                ceiling = rate if rate > best.rate else ceiling
                rate = best.rate + BACK * (rate - best.rate)
                high = min(high, ceiling)
                continue
            promised = zero.f + rate * tilt
            blurred = abs(trial.f - zero.f) <= BLUR * abs(zero.f)
            if (trial.f <= promised or blurred) and abs(trial.slope) <= -self.curvature * zero.slope:
                return Found(float(rate), values, gradients)
            lowest = trial if trial.f < lowest.f else lowest
            tilted = tilted and not (trial.f <= promised and trial.slope >= 0.0)
            if tilted and promised < trial.f <= best.f:  # lower, yet not low enough: less the line, it is higher
                interval, rate = interval.tilted(tilt).after(trial.tilted(tilt), low, high)
                interval = interval.tilted(-tilt)
            else:
                interval, rate = interval.after(trial, low, high)
            best, other = interval.best, interval.other
            if interval.bracketed:
                if not interval.width < SHRINK * widths[0] or not np.isfinite(rate):
                    rate = best.rate + 0.5 * (other.rate - best.rate)
                widths = widths[1], interval.width
                low, high = min(best.rate, other.rate), max(best.rate, other.rate)
                if not low < rate < high or high - low <= NARROW * high:
                    break
            else:
                low = rate + NEAREST * (rate - best.rate)
                high = rate + FARTHEST * (rate - best.rate)
            if rate >= ceiling:
                rate = best.rate + 0.5 * (ceiling - best.rate)
        if lowest.rate > 0:
            return Found(float(lowest.rate), values, gradients)
        trials = f"{count(values, 'trial')}, the last {number(float(rate))},"
        return Found(0.0, values, gradients, f"no rate in {trials} made f fall; the slope promised it")
