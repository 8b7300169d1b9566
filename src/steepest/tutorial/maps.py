"""Dense maps of learning rate and momentum, ten thousand runs each: the article's bowl, its digits in full batches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.stability import local_limit
from ..methods.momentum import Momentum
from ..problems.linear_model import LinearModel
from ..verbs.sweep_object import Sweep
from ..verbs.sweeping import sweep

__all__ = [
    "BOWL_MOST", "DIGIT_MOST", "LOW", "SIDE", "TARGET", "THRESHOLD", "Cell", "Map", "Maps", "arrivals",
    "least_squares_bowl", "run_maps", "stopped_at",
]  # fmt: skip

Array = NDArray[np.float64]

SIDE = 100
BOWL_RATES = np.geomspace(0.01, 2.0, SIDE)
DIGIT_RATES = np.geomspace(2e-8, 5e-6, SIDE)
MAP_MOMENTA = np.linspace(0.0, 0.99, SIDE)
BOWL_MOST, DIGIT_MOST = 300, 100
"""Iterations of a run; on the digits the article's own limit."""
THRESHOLD = 0.01
"""The article's, on the change of f, when it sets batch against stochastic."""
LOW, TARGET = 0.01, 2.0
"""f at which a run on the bowl, and one on the digits, has arrived where it stays at or below it. To touch it is not
enough: on the bowl a fast run may step on the minimum by chance and go on through it."""


@dataclass(frozen=True)
class Cell:
    """One setting of a map and its iterations, inf where the run did not arrive."""

    learning_rate: float
    momentum: float
    iterations: float


@dataclass(frozen=True, eq=False)
class Map:
    """``iterations`` (rates, momenta), inf where the goal was not met; ``diverged`` (rates, momenta); ``curvature`` the
    largest of the problem."""

    sweep: Sweep
    rates: Array
    momenta: Array
    iterations: Array
    diverged: NDArray[np.bool_]
    curvature: float

    def limit(self, momentum: Any) -> Array:
        """The largest stable learning rate, 2 (1 + m) / L."""
        found = [local_limit(Momentum(1.0, float(m)), self.curvature) for m in np.atleast_1d(momentum)]
        return np.array(found, dtype=np.float64)

    @property
    def stable(self) -> NDArray[np.bool_]:
        """Which cells theory has below the limit."""
        return np.asarray(self.rates[:, None] < self.limit(self.momenta)[None, :])

    @property
    def arrived(self) -> NDArray[np.bool_]:
        return np.isfinite(self.iterations)

    def best(self, where: Any = True) -> Cell:
        """The cell ``where`` (rates, momenta) with the fewest iterations; of several the one with the lowest rate."""
        counts = np.where(where, self.iterations, np.inf)
        i, j = np.unravel_index(int(counts.argmin()), counts.shape)
        return Cell(float(self.rates[i]), float(self.momenta[j]), float(counts[i, j]))

    def near(self, learning_rate: float, momentum: float) -> Cell:
        """The cell nearest to this setting."""
        i = int(np.abs(np.log(self.rates / learning_rate)).argmin())
        j = int(np.abs(self.momenta - momentum).argmin())
        return Cell(float(self.rates[i]), float(self.momenta[j]), float(self.iterations[i, j]))


@dataclass(frozen=True, eq=False)
class Maps:
    """``bowl``: until f stays at or below ``LOW``. ``digits``: at or below ``TARGET``. ``stops``: the same runs on the
    digits until the article's threshold would end them; ``f_at_stop`` (rates, momenta) is f there, NaN where it would
    not."""

    bowl: Map
    digits: Map
    stops: Map
    f_at_stop: Array


def least_squares_bowl() -> LinearModel:
    """``w1^2 + w2^2`` as half a sum of squares, to rounding: the engine for these takes seconds for all runs."""
    return LinearModel(np.sqrt(2.0) * np.eye(2), np.zeros(2), reduction="sum", fit_intercept=False)


def run_maps(model: LinearModel, w0: Array, start: Array, L: float, say: Callable[[str], Any]) -> Maps:
    """``w0`` and ``start``: where the article starts on the bowl and on the digits; ``L`` the digits' curvature. Some
    five seconds."""
    settings: dict[str, Any] = {
        "momentum": MAP_MOMENTA, "grad_tol": None, "engine": "quadratic", "record": ("f",), "progress": False,
    }  # fmt: skip
    say(f"a map of {SIDE * SIDE:,} runs on w1^2 + w2^2")
    on_bowl = sweep(least_squares_bowl(), w0, learning_rate=BOWL_RATES, max_iter=BOWL_MOST, **settings)
    say(f"a map of {SIDE * SIDE:,} runs on the digits 0 and 1")
    on_digits = sweep(model, start, learning_rate=DIGIT_RATES, max_iter=DIGIT_MOST, **settings)
    f = np.asarray(on_digits.history.f)
    stops = stopped_at(f, THRESHOLD)
    ended = np.isfinite(stops)
    f_at_stop = np.where(ended, f[np.arange(len(f)), np.where(ended, stops, 0).astype(int)], np.nan)
    return Maps(
        mapped(on_bowl, BOWL_RATES, arrivals(on_bowl, LOW), 2.0),
        mapped(on_digits, DIGIT_RATES, arrivals(on_digits, TARGET), L),
        mapped(on_digits, DIGIT_RATES, stops, L), f_at_stop.reshape(SIDE, SIDE),
    )  # fmt: skip


def arrivals(runs: Sweep, level: float) -> Array:
    """The first row of each run from which f stays at or below ``level`` to its end; inf where there is none, and
    where the run failed."""
    f, rows = np.asarray(runs.history.f), np.asarray(runs.history.rows)
    with np.errstate(invalid="ignore"):
        above = ~(f <= level) & (np.arange(f.shape[1]) < rows[:, None])
    first = np.where(above.any(axis=1), f.shape[1] - above[:, ::-1].argmax(axis=1), 0)
    return np.where((first < rows) & ~np.asarray(runs.results.failed), first.astype(float), np.inf)


def stopped_at(f: Array, threshold: float) -> Array:
    """The first row of each run at which f has changed by at most ``threshold`` since the row before, inf where there
    is none. ``f``: (runs, rows), NaN after a run's end."""
    with np.errstate(invalid="ignore", over="ignore"):
        small = np.abs(np.diff(f, axis=1)) <= threshold
    return np.where(small.any(axis=1), small.argmax(axis=1) + 1.0, np.inf)


def mapped(runs: Sweep, rates: Array, iterations: Array, L: float) -> Map:
    shape = rates.size, MAP_MOMENTA.size
    diverged = np.isin(runs.columns()["outcome"], ("DIVERGED", "NOT_FINITE")).reshape(shape)
    return Map(runs, rates, MAP_MOMENTA, iterations.reshape(shape), diverged, L)
