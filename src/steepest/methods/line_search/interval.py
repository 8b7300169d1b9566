"""The interval that brackets an acceptable rate, and the next trial in it: what a More-Thuente search does between two
evaluations. Rates, values and slopes are NumPy floats, so that a division by zero gives inf or NaN and not an error.
"""

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Interval", "Trial", "cubic", "parabola", "secant"]

SHRINK = 0.66
"""The paper's delta: two trials must shrink the interval to this share of itself, else it is halved."""


class Trial(NamedTuple):
    """A rate, and the value and the slope of the function along the step there."""

    rate: Any
    f: Any
    slope: Any

    def tilted(self, slope: float) -> "Trial":
        """The same of the function less a line of this slope through 0."""
        return Trial(self.rate, self.f - self.rate * slope, self.slope - slope)


def cubic(a: Trial, b: Trial) -> Any:
    """The minimiser of the cubic with the values and slopes of a and b, NaN where it has none; scaled against
    overflow as in MINPACK-2."""
    theta = 3.0 * (a.f - b.f) / (b.rate - a.rate) + a.slope + b.slope
    scale = np.max(np.abs([theta, a.slope, b.slope]))
    gamma = scale * np.sqrt((theta / scale) ** 2 - (a.slope / scale) * (b.slope / scale))
    gamma = np.copysign(gamma, b.rate - a.rate)
    share = ((gamma - a.slope) + theta) / (((gamma - a.slope) + gamma) + b.slope)
    return a.rate + share * (b.rate - a.rate)


def parabola(a: Trial, b: Trial) -> Any:
    """The minimiser of the parabola with the values of a and b and the slope of a."""
    return a.rate + a.slope / ((a.f - b.f) / (b.rate - a.rate) + a.slope) / 2.0 * (b.rate - a.rate)


def secant(a: Trial, b: Trial) -> Any:
    """The minimiser of the parabola with the slopes of a and b."""
    return a.rate + a.slope / (a.slope - b.slope) * (b.rate - a.rate)


class Interval(NamedTuple):
    """``best`` is the end of the least value, ``other`` the other end once ``bracketed``."""

    best: Trial
    other: Trial
    bracketed: bool = False

    def tilted(self, slope: float) -> "Interval":
        return Interval(self.best.tilted(slope), self.other.tilted(slope), self.bracketed)

    @property
    def width(self) -> Any:
        return abs(self.other.rate - self.best.rate)

    def after(self, trial: Trial, low: float, high: float) -> "tuple[Interval, Any]":
        """The interval with the trial as an end, and the rate to try next; section 4 of the paper. ``low`` and
        ``high`` bound the next rate as long as nothing is bracketed."""
        best, onward = self.best, trial.rate > self.best.rate
        turned = trial.slope * np.copysign(1.0, best.slope) < 0.0
        bracketed = self.bracketed or bool(trial.f > best.f or turned)
        if trial.f > best.f:  # case 1: higher, so that a minimum lies between
            by_cubic, by_parabola = cubic(best, trial), parabola(best, trial)
            nearer = abs(by_cubic - best.rate) < abs(by_parabola - best.rate)
            rate = by_cubic if nearer else by_cubic + (by_parabola - by_cubic) / 2.0
            return Interval(best, trial, bracketed), rate
        other = best if turned else self.other
        if turned:  # case 2: lower, and the slope points back
            by_cubic, by_secant = cubic(trial, best), secant(trial, best)
            rate = by_cubic if abs(by_cubic - trial.rate) > abs(by_secant - trial.rate) else by_secant
        elif abs(trial.slope) < abs(best.slope):  # case 3: lower, and the slope flattens
            by_cubic, by_secant = cubic(trial, best), secant(trial, best)
            if not (by_cubic > trial.rate if onward else by_cubic < trial.rate):  # its minimum is behind, or nowhere
                by_cubic = high if onward else low
            nearer = abs(by_cubic - trial.rate) < abs(by_secant - trial.rate)
            if self.bracketed:
                rate = by_cubic if nearer else by_secant
                limit = trial.rate + SHRINK * (other.rate - trial.rate)
                rate = min(limit, rate) if onward else max(limit, rate)
            else:
                rate = min(max(by_secant if nearer else by_cubic, low), high)
        elif self.bracketed:  # case 4: lower, and no less steep
            rate = cubic(trial, other)
        else:
            rate = high if onward else low
        return Interval(trial, other, bracketed), rate
