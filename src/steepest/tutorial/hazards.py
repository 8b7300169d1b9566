"""What the article says descents fall prey to, measured: overshooting on its bowl, and local minima with restarts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.stability import local_limit
from ..methods.momentum import Momentum
from ..plots.basins import basins_of
from ..plots.display import Display
from ..problems import gallery
from ..problems.function import Function
from ..verbs.minimizing import minimize
from ..verbs.run import Run
from ..verbs.sweeping import sweep
from .article import MOMENTA
from .maps import BOWL_MOST, LOW, arrivals, least_squares_bowl

__all__ = ["GROUPS", "RESTART_RATE", "STARTS", "Hazards", "Overshoot", "Overshooting", "Restarts", "run_hazards"]

Array = NDArray[np.float64]

OVER_RATES = np.linspace(0.01, 1.99, 199)
NEAR = (0.99, 1.01)
"""Of the stability limit."""
NEAR_ROWS = 60
STARTS = 300
GROUPS = (1, 2, 3, 4, 6, 8, 12)
"""Restarts of which the best is kept."""
RESTART_RATE = 0.01
DRAW_SEED = 7


@dataclass(frozen=True, eq=False)
class Overshoot:
    """A run at ``factor`` times the limit: ``place`` (rows,), 1 at the start and 0 at the minimum; ``growth`` the
    largest factor per iteration by theory, ``measured`` that of the run; ``farthest`` how far beyond the minimum it
    came, in parts of the start's distance; ``crossings`` how often it changed sides; both in its first 60 iterations;
    ``arrived`` the row from which f stays at or below 0.01, None where there is none."""

    momentum: float
    limit: float
    factor: float
    place: Array
    growth: float
    measured: float
    farthest: float
    crossings: int
    arrived: int | None
    run: Run


@dataclass(frozen=True, eq=False)
class Overshooting:
    """``iterations[momentum]`` and ``farthest[momentum]`` (rates,): until f stays at or below 0.01, inf where it does
    not; how far beyond the minimum the run came, NaN at and above the limit."""

    rates: Array
    iterations: dict[float, Array]
    farthest: dict[float, Array]
    limits: dict[float, float]
    near: tuple[Overshoot, ...]


@dataclass(frozen=True, eq=False)
class Restarts:
    """The Styblinski-Tang function from random starts: ``views[momentum]``, and ``best[momentum]`` (starts,), whether
    the run ended in the lowest minimum. ``expected`` is the share of the box from which plain descent does."""

    views: dict[float, Display]
    best: dict[float, NDArray[np.bool_]]
    expected: float

    def share(self, momentum: float) -> float:
        return float(self.best[momentum].mean())

    def measured(self, momentum: float, k: int) -> float:
        """The share of groups of k starts, each start in one of them, of which at least one found the lowest."""
        found = self.best[momentum]
        return float(found[: len(found) // k * k].reshape(-1, k).any(axis=1).mean())


@dataclass(frozen=True, eq=False)
class Hazards:
    overshooting: Overshooting
    restarts: Restarts


def run_hazards(bowl: Function, w0: Array, say: Callable[[str], Any]) -> Hazards:
    """``w0``: the article's start on the bowl. A few seconds."""
    say(f"overshooting: {len(MOMENTA) * len(OVER_RATES)} runs on w1^2 + w2^2")
    over = run_overshooting(bowl, w0)
    say(f"local minima: {len(MOMENTA) * STARTS} runs from random starts")
    return Hazards(over, run_restarts())


def places(w: Array, w0: Array) -> Array:
    """Where on the line each row stands: 1 is the start, 0 the minimum; (..., rows)."""
    return np.asarray(w @ w0 / float(w0 @ w0))


def run_overshooting(bowl: Function, w0: Array) -> Overshooting:
    made = sweep(
        least_squares_bowl(), w0, momentum=list(MOMENTA), learning_rate=OVER_RATES, max_iter=BOWL_MOST, grad_tol=None,
        engine="quadratic", record=("f", "w"), progress=False,
    )  # fmt: skip
    shape = len(MOMENTA), len(OVER_RATES)
    counts = arrivals(made, LOW).reshape(shape)
    beyond = np.nanmax(-places(np.asarray(made.history.w), w0), axis=1).reshape(shape)
    limits = {m: float(local_limit(Momentum(1.0, m), 2.0) or np.nan) for m in MOMENTA}
    iterations, farthest = {}, {}
    for row, m in enumerate(MOMENTA):
        iterations[m] = counts[row]
        farthest[m] = np.where(limits[m] - OVER_RATES > 1e-9, np.maximum(beyond[row], 0.0), np.nan)
    near = [near_limit(bowl, w0, m, limits[m], factor) for m in MOMENTA for factor in NEAR]
    return Overshooting(OVER_RATES, iterations, farthest, limits, tuple(near))


def near_limit(bowl: Function, w0: Array, momentum: float, limit: float, factor: float) -> Overshoot:
    """One run just under or over the limit, its rows kept, and the row from which it stays at or below ``LOW``."""
    rate = factor * limit
    run = minimize(
        bowl, w0, learning_rate=rate, momentum=momentum, max_iter=2 * BOWL_MOST, grad_tol=None, record="all",
        progress=False,
    )  # fmt: skip
    place = places(np.asarray(run.history.w), w0)
    above = np.flatnonzero(~(np.asarray(run.history.f) <= LOW))
    arrived = int(above[-1]) + 1 if above[-1] + 1 < len(place) and factor < 1 else None
    first = place[: NEAR_ROWS + 1]
    pace = np.abs(np.diff(place[:NEAR_ROWS]))
    half = len(pace) // 2
    matrix = np.array([[1 - 2 * rate, momentum], [-2 * rate, momentum]])
    return Overshoot(
        momentum, limit, factor, place, float(np.abs(np.linalg.eigvals(matrix)).max()),
        float((pace[-1] / pace[half]) ** (1 / (len(pace) - 1 - half))), max(0.0, float((-first).max())),
        int((np.sign(first[1:]) != np.sign(first[:-1])).sum()), arrived, run,
    )  # fmt: skip


def run_restarts() -> Restarts:
    problem = gallery.find("styblinski_tang")()
    starts = np.random.RandomState(DRAW_SEED).uniform(problem.box.lower, problem.box.upper, (STARTS, 2))
    made = sweep(
        problem, list(starts), momentum=list(MOMENTA), learning_rate=RESTART_RATE, max_iter=1000, grad_tol=1e-3,
        record="none", engine="python", progress=False,
    )  # fmt: skip
    views, best = {}, {}
    for m in MOMENTA:
        runs = [made[int(i)] for i in made.where(momentum=m)]
        title = f"Momentum {m:g}" if m else "Gradient descent"
        views[m] = basins_of(problem, runs, title=title, box=problem.box)
        best[m] = np.asarray(views[m].data["which"] == 0)
    # the hump between the two hollows of a variable: the middle root of 4 w^3 - 32 w + 5
    hump = float(np.sort(np.roots([4.0, 0.0, -32.0, 5.0]).real)[1])
    low, high = float(problem.box.lower[0]), float(problem.box.upper[0])
    return Restarts(views, best, ((hump - low) / (high - low)) ** 2)
