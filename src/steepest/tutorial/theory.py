"""Theory beside measurement on the digits: the curvatures of the problem say what each run will do before it is run.

In the eigenvectors of X'X the heavy ball is 65 separate recurrences, ``v <- m v - rate lambda e; e <- e + v``, and
``f = f* + 1/2 sum lambda e^2`` (B. T. Polyak, 1964). An epoch of small updates follows the gradient flow instead, with
the rate that momentum turns ``rate`` into in the long run, ``rate / (1 - m)``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..analysis.curvature import largest_curvature
from ..analysis.stability import local_limit
from ..base.text import number
from ..methods.momentum import Momentum
from ..plots.style import typeset
from ..problems.linear_model import LinearModel
from ..verbs.minimizing import minimize
from ..verbs.run import Run
from .article import MOMENTA, RATE

__all__ = ["Edge", "Forecast", "Theory", "Tuned", "work_out"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Edge:
    """Up to 3,000 iterations at ``factor`` times the stability limit; ``growth`` is the largest factor per iteration
    by theory, ``measured`` that of the steps over the last rows."""

    momentum: float
    limit: float
    factor: float
    run: Run
    growth: float
    measured: float


@dataclass(frozen=True, eq=False)
class Forecast:
    """f of a run as theory has it from the curvatures alone, beside the run: ``rows`` until f changes by less than
    the article's threshold, and the largest relative difference of f over the rows run."""

    kind: str
    momentum: float
    predicted: Array
    measured: Array
    rows: int
    rows_run: int
    difference: float


@dataclass(frozen=True, eq=False)
class Tuned:
    """f of long runs at the article's rate and at the best rate and momentum that theory knows for the problem."""

    label: str
    learning_rate: float
    momentum: float
    run: Run


@dataclass(frozen=True, eq=False)
class Theory:
    """``curvatures`` (n,): the eigenvalues of X'X, largest first. ``L`` the largest, ``smallest`` the smallest that
    is not zero, ``rank`` how many are not zero, ``f_least`` the least value f can take."""

    curvatures: Array
    L: float
    smallest: float
    rank: int
    f_least: float
    w_least: Array
    edges: tuple[Edge, ...]
    forecasts: tuple[Forecast, ...]
    tuned: tuple[Tuned, ...]

    @property
    def condition(self) -> float:
        return self.L / self.smallest


def work_out(model: LinearModel, first: Array, start: Array) -> Theory:
    """``first`` and ``start``: the article's two starts on the digits."""
    curvatures, axes = np.linalg.eigh(model.X.T @ model.X)
    solution, _, rank, _ = np.linalg.lstsq(model.X, model.y, rcond=None)
    w_least = np.asarray(solution, dtype=np.float64)
    curvatures[: len(curvatures) - rank] = 0.0  # zeros of the pixels that are always blank, up to rounding
    L = largest_curvature(model, first).value
    f_least = model.value(w_least)
    smallest = float(curvatures[len(curvatures) - rank])
    forecasts = [
        forecast(model, start, kind, momentum, curvatures, axes.T @ (start - w_least), f_least)
        for momentum in MOMENTA for kind in ("batch", "stochastic")
    ]  # fmt: skip
    return Theory(
        curvatures[::-1], L, smallest, int(rank), f_least, w_least, edges(model, first, L),
        tuple(forecasts), tuned(model, start, L, smallest),
    )  # fmt: skip


def edges(model: LinearModel, w0: Array, L: float) -> tuple[Edge, ...]:
    """Just below and just above the stability limit at three momenta."""
    found = []
    for momentum in (0.0, 0.7, 0.9):
        limit = local_limit(Momentum(1.0, momentum), L)
        assert limit is not None
        for factor in (0.99, 1.01):
            rate = factor * limit
            run = minimize(
                model, w0, learning_rate=rate, momentum=momentum, max_iter=3000, grad_tol=None, record="all",
                progress=False,
            )  # fmt: skip
            matrix = np.array([[1 - rate * L, momentum], [-rate * L, momentum]])
            growth = float(np.abs(np.linalg.eigvals(matrix)).max())
            found.append(Edge(momentum, limit, factor, run, growth, growth_of(run)))
    return tuple(found)


def growth_of(run: Run) -> float:
    """The factor per iteration by which the steps grew over the last 20 rows."""
    assert run.history.w is not None
    steps = np.linalg.norm(np.diff(run.history.w[-21:], axis=0), axis=1)
    return float((steps[-1] / steps[0]) ** (1 / (len(steps) - 1)))


def forecast(
    model: LinearModel, w0: Array, kind: str, momentum: float, curvatures: Array, error: Array, f_least: float
) -> Forecast:
    """100 rows by theory and by running."""
    if kind == "batch":
        predicted = recurrences(curvatures, error, momentum, 100)
    else:
        times = np.arange(101) * RATE / (1 - momentum)
        predicted = 0.5 * (curvatures * (np.exp(-np.outer(times, curvatures)) * error) ** 2).sum(axis=1)
    predicted = predicted + f_least
    run = minimize(
        model, w0, learning_rate=RATE, momentum=momentum, max_iter=100, grad_tol=None, record="all",
        batch_size=None if kind == "batch" else 1, sampling="tutorial", progress=False,
    )  # fmt: skip
    measured = np.asarray(run.history.f)
    rows, rows_run = (rows_until(f, 0.01) for f in (predicted, measured))
    # compared over the article's rows: further on the shuffles add a floor of noise that the flow does not have
    difference = float(np.abs(predicted / measured - 1)[:rows_run].max())
    return Forecast(kind, momentum, predicted, measured, rows, rows_run, difference)


def recurrences(curvatures: Array, error: Array, momentum: float, most: int) -> Array:
    """``1/2 sum lambda e^2`` at each row, every e by its own recurrence."""
    step, values = np.zeros_like(error), [0.5 * (curvatures * error**2).sum()]
    for _ in range(most):
        step = momentum * step - RATE * curvatures * error
        error = error + step
        values.append(0.5 * (curvatures * error**2).sum())
    return np.array(values)


def rows_until(f: Array, threshold: float) -> int:
    """Rows until f changes by at most ``threshold``, the start counted."""
    small = np.abs(np.diff(f)) <= threshold
    return int(np.argmax(small)) + 2 if small.any() else len(f)


def tuned(model: LinearModel, w0: Array, L: float, smallest: float) -> tuple[Tuned, ...]:
    """10,000 iterations at the article's settings, and at Polyak's: rate (2 / (sqrt L + sqrt l))^2 and momentum
    ((sqrt L - sqrt l) / (sqrt L + sqrt l))^2 for curvatures in [l, L]."""
    high, low = np.sqrt(L), np.sqrt(smallest)
    best = float((2 / (high + low)) ** 2), float(((high - low) / (high + low)) ** 2)
    plans = [(f"momentum {m:g}, rate {typeset(number(RATE))}", RATE, m) for m in MOMENTA]
    plans.append((f"momentum {best[1]:.4f}, rate {typeset(number(best[0], 3))}: the best by theory", *best))
    return tuple(
        Tuned(label, rate, momentum, minimize(
            model, w0, learning_rate=rate, momentum=momentum, max_iter=10_000, grad_tol=None, record=("f",),
            progress=False,
        ))
        for label, rate, momentum in plans
    )  # fmt: skip
