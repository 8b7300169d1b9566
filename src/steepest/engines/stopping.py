"""When a run ends: one scalar test per row, the same code for every engine.

It reads only what the row shows: f (of the objective that is minimised), w, and the gradient norm where it is known.
The tests are ordered so that a healthy row costs a handful of comparisons.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import count, number, times
from ..records.outcome import Outcome

__all__ = ["Settings", "Verdict", "Watch"]

HUGE = 1.7e308
"""Beyond this a number counts as not finite; the kernels use the same test, which fast-math cannot remove."""
WINDOW = 50
BLOCK = 10
GROWTH = 1.01
"""A step norm grows geometrically when over 50 rows each ten-row maximum is at least 1 % above the one before."""


@dataclass(frozen=True)
class Settings:
    """The stopping arguments of ``minimize``, checked; ``sign`` is -1 where the user maximises."""

    max_iter: int
    max_evals: int | None = None
    f_tol: float | None = None
    f_rtol: float | None = None
    x_tol: float | None = None
    grad_tol: float | None = None
    f_target: float | None = None
    patience: int = 1
    time_limit: float | None = None
    sign: float = 1.0
    gradient_noise: float = 0.0
    """How far a gradient may be off, as a multiple of |f|: more than 0 where it comes from differences of f."""
    patient: bool = False
    """Only tolerances and values that are not finite end the run (the article's loop knows no divergence)."""

    @property
    def tolerant(self) -> bool:
        """A tolerance is set."""
        return any(v is not None for v in (self.f_tol, self.f_rtol, self.x_tol, self.grad_tol, self.f_target))


class Verdict(NamedTuple):
    """How the run ended, why (with numbers), and the row at which the trouble began (the last row where none did)."""

    outcome: Outcome
    reason: str
    iteration: int


class Watch:
    """Sees each row once, in order. ``row`` and ``gradient`` return a Verdict, or None to go on."""

    def __init__(self, settings: Settings, unit: str, over_limit: Callable[[], bool | None]) -> None:
        """``unit`` is 'iteration' or 'epoch'; ``over_limit`` says whether the learning rate exceeds the stability
        limit (None: no limit is known), asked only when everything else speaks for a divergence."""
        self.settings, self.unit = settings, unit
        self.same = 0
        """Rows in a row at which w did not move."""
        self.blurred = False
        """The gradient met its tolerance, but is too roughly known to say so."""
        self._ask_over_limit = over_limit
        self._over_limit: bool | str | None = "not asked"
        self._tolerant = settings.tolerant
        self._f0 = self._last = self._low = self._high = math.nan
        self._cap = self._early_cap = self._floor = math.inf
        self._crossed, self._crossed_f = -1, math.nan
        self._runs = {"f_target": 0, "f_tol": 0, "f_rtol": 0, "x_tol": 0, "grad_tol": 0}
        self._w: NDArray[np.float64] | None = None
        self._suspect: NDArray[np.float64] | None = None
        self._steps: deque[float] = deque(maxlen=WINDOW)
        self._norms: deque[float] = deque(maxlen=WINDOW + 1)
        self._values: deque[float] = deque(maxlen=WINDOW + 1)

    @property
    def start(self) -> float:
        """The objective at row 0."""
        return self._f0

    # -- the test of one row -------------------------------------------------------------------------------------

    def row(self, t: int, f: float, w: NDArray[np.float64]) -> Verdict | None:
        """Judges row ``t`` with value ``f`` at ``w``."""
        if not -HUGE <= f <= HUGE:
            return self._not_finite(t, f)
        if t < BLOCK:
            self._begin(t, f)
        above = f - self._low
        if above > self._early_cap:
            if self._crossed < 0:
                self._crossed, self._crossed_f = t, f
        elif self._crossed >= 0:
            self._crossed = -1
        if f < self._low:
            self._low = f
        if (self._suspect is not None or above > self._cap or f < self._floor) and not self.settings.patient:
            verdict = self._track(t, f, w, above)
            if verdict is not None:
                return verdict
        if self._tolerant:
            return self._tolerances(t, f, w)
        self._last = f
        return None

    def quiet(self, t: int, f: NDArray[np.float64], w: NDArray[np.float64], norms: NDArray[np.float64] | None) -> int:
        """How many of the rows ``t``, ``t + 1``, ... come before the first that could end the run or arouse suspicion;
        those are judged, all at once. Ask ``row`` and ``gradient`` for each of the others.

        ``f`` (rows,), ``w`` (rows, n) and ``norms`` (rows,), the largest gradient components where they are known."""
        s = self.settings
        others = (s.f_tol, s.f_rtol, s.x_tol, s.f_target)
        if 0 < t < BLOCK or self._suspect is not None or any(value is not None for value in others):
            return 0
        if t == 0:
            if not -HUGE <= f[0] <= HUGE:
                return 0
            self._begin(0, float(f[0]))
        above = norms is None or s.grad_tol is None or norms.min() > s.grad_tol
        lowest = min(self._low, low := float(f.min()))
        count = len(f)
        # the usual case by a few numbers; never of a NaN
        calm = max(self._floor, -HUGE) <= low and float(f.max()) <= min(lowest + self._early_cap, HUGE)
        if not (calm and above and (not self._tolerant or self._moves(w))):
            count, lowest = self._calm(f, w, norms)
        if count:
            self._low, self._last, self._crossed = lowest, float(f[count - 1]), -1
            if t == 0:
                head = f[: min(count, BLOCK)].tolist()
                self._spread(max(head), min(head))
            if self._tolerant:
                self._w, self.same, self._runs["grad_tol"] = w[count - 1], 0, 0
        return count

    def _moves(self, w: NDArray[np.float64]) -> bool:
        """Whether the first component of w is another in each row."""
        first = w[:, 0]
        return (self._w is None or self._w.item(0) != first[0]) and bool((first[1:] != first[:-1]).all())

    def _calm(
        self, f: NDArray[np.float64], w: NDArray[np.float64], norms: NDArray[np.float64] | None
    ) -> tuple[int, float]:
        """How many rows come before the first that is not calm, and the lowest f up to it."""
        lowest = np.minimum.accumulate(np.append(self._low, f))
        calm = (f >= max(self._floor, -HUGE)) & (f <= HUGE) & (f - lowest[:-1] <= self._early_cap)  # never of a NaN
        if self._tolerant:
            if norms is not None and self.settings.grad_tol is not None:
                calm &= ~(norms <= self.settings.grad_tol)
            before = np.full(w.shape[1], math.nan) if self._w is None else self._w
            first = np.append(before[0], w[:, 0])
            for k in np.flatnonzero(first[1:] == first[:-1]).tolist():
                calm[k] &= not np.array_equal(w[k], w[k - 1] if k else before)
        count = len(f) if calm.all() else int(calm.argmin())
        return count, float(lowest[count])

    def _begin(self, t: int, f: float) -> None:
        if t == 0:
            self._f0 = self._low = self._high = self._last = f
            self._early_cap = 1e6 * max(abs(f), 1.0)
            self._floor = f - self._early_cap
        self._spread(f, min(self._low, f))

    def _spread(self, high: float, low: float) -> None:
        """Takes in how far f ranges over the first rows."""
        self._high = max(self._high, high)
        self._cap = 1e6 * max(abs(self._f0), self._high - low, 1.0)

    def _tolerances(self, t: int, f: float, w: NDArray[np.float64]) -> Verdict | None:
        s = self.settings
        if s.f_target is not None and self._holds("f_target", f <= s.sign * s.f_target):
            relation = "<=" if s.sign > 0 else ">="
            return Verdict(
                Outcome.F_TARGET, f"f {number(s.sign * f)} {relation} f_target {number(s.f_target)}", t
            )  # fmt: skip
        previous, self._w = self._w, w
        change, self._last = abs(f - self._last), f
        if t == 0 or previous is None:
            return None
        if s.f_tol is not None and self._holds("f_tol", change <= s.f_tol):
            return self._converged(t, f"f changed by {number(change)} <= f_tol {number(s.f_tol)}")
        if s.f_rtol is not None and self._holds("f_rtol", change <= s.f_rtol * abs(f)):
            return self._converged(t, f"f changed by {number(change)} <= f_rtol {number(s.f_rtol)} times |f|")
        if s.x_tol is not None:
            moved = float(np.abs(w - previous).max())
            if self._holds("x_tol", moved <= s.x_tol):
                return self._converged(t, f"the largest change of w {number(moved)} <= x_tol {number(s.x_tol)}")
        if w.item(0) == previous.item(0) and np.array_equal(w, previous):
            self.same += 1
        else:
            self.same = 0
        return None

    def stalled(self, t: int) -> Verdict | None:
        """For a row at which ``same`` is at least 2; None while a tolerance holds, but for too few rows yet."""
        if any(self._runs.values()):
            return None
        return Verdict(Outcome.STALLED, f"w has not changed for {count(2, self.unit)} and no tolerance is met", t)

    def gradient(self, t: int, norm: float) -> Verdict | None:
        """Judges the largest gradient component of row ``t``."""
        tol = self.settings.grad_tol
        if tol is None or not self._holds("grad_tol", norm <= tol and self._shows(tol)):
            return None
        where = " at the start, which may be a maximum or a saddle" if t == 0 and norm == 0 else ""
        return self._converged(t, f"largest gradient component {number(norm)} <= grad_tol {number(tol)}{where}")

    def _shows(self, tol: float) -> bool:
        """Whether the gradient is known well enough for the tolerance: differences of rounded values may be 0 where
        it is not."""
        noise = self.settings.gradient_noise
        self.blurred = noise > 0 and noise * abs(self._last) > tol
        return not self.blurred

    def _holds(self, name: str, now: bool) -> bool:
        self._runs[name] = self._runs[name] + 1 if now else 0
        return self._runs[name] >= self.settings.patience

    def _converged(self, t: int, reason: str) -> Verdict:
        return Verdict(Outcome.CONVERGED, reason, t)

    # -- what goes wrong -----------------------------------------------------------------------------------------

    def _not_finite(self, t: int, f: float) -> Verdict:
        if t > 0 and self._last > self._early_cap and not self.settings.patient:
            return self._diverged(t)
        where = "at the start" if t == 0 else f"at {self.unit} {t:,}"
        before = "" if t == 0 else f"; the row before was {number(self.settings.sign * self._last)}"
        return Verdict(Outcome.NOT_FINITE, f"f is {number(self.settings.sign * f)} {where}{before}", t)

    def _diverged(self, t: int) -> Verdict:
        at, f = (self._crossed, self._crossed_f) if self._crossed >= 0 else (t - 1, self._last)
        sign = self.settings.sign
        start = abs(self._f0)
        ratio = f", {times(abs(f) / start)} its start" if start > 0 else ", from 0 at its start"
        word = "rising" if sign > 0 else "falling"
        return Verdict(Outcome.DIVERGED, f"f = {number(sign * f)}{ratio}, and {word}", at)

    def _track(self, t: int, f: float, w: NDArray[np.float64], above: float) -> Verdict | None:
        """From the first suspicious row on: 50 rows of step norms decide between a transient and a divergence."""
        previous, self._suspect = self._suspect, w.copy()
        self._norms.append(float(np.abs(w).max()))
        self._values.append(f)
        if previous is not None:
            self._steps.append(float(np.abs(w - previous).max()))
        if len(self._steps) < WINDOW:
            return None
        if f < self._floor:
            falling = all(b <= a for a, b in pairwise(self._values))
            growing = all(b > a for a, b in pairwise(self._norms))
            if falling and growing and self._as_steep():
                sign = self.settings.sign
                word, verb = ("falls", "maximize") if sign > 0 else ("rises", "minimize")
                return Verdict(
                    Outcome.UNBOUNDED,
                    f"f {word} without bound ({number(sign * f)} by now) while w grows; did you mean {verb}?", t,
                )  # fmt: skip
        if above > self._cap and self._grown() and self._beyond_limit() is not False:
            return self._diverged(t)
        return None

    def _as_steep(self) -> bool:
        """Whether f falls as steeply along the second half of the window as along the first: towards a minimum, however
        far away it is, the slope shrinks."""
        values, steps, half = list(self._values), list(self._steps), WINDOW // 2
        first, second = sum(steps[:half]), sum(steps[half:])
        if not first > 0 < second or values[half] - values[-1] <= 1e-9 * abs(values[-1]):
            return False  # what is left of the fall is near rounding
        early, late = (values[0] - values[half]) / first, (values[half] - values[-1]) / second
        return late >= early * (1 - 1e-9)

    def _beyond_limit(self) -> bool | None:
        """Asked once: it may cost gradients, and the answer stays the same."""
        if isinstance(self._over_limit, str):
            self._over_limit = self._ask_over_limit()
        return self._over_limit

    def _grown(self) -> bool:
        steps = list(self._steps)
        maxima = [max(steps[k : k + BLOCK]) for k in range(0, WINDOW, BLOCK)]
        return all(b >= GROWTH * a > 0 for a, b in pairwise(maxima))
