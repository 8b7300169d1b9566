"""Whether neighbouring paths part: the loop run twice from almost the same point."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engines.python import run as run_plainly
from ...engines.stopping import Settings
from ...engines.task import Task
from ...records.history import Plan

__all__ = ["Parting", "parting_of"]

Array = NDArray[np.float64]
ROWS = 1500
SECONDS = 0.3
APART = 1e-10
"""The first distance, in sizes of the path."""
FULL = 1e-2
"""Distances beyond this part of the path's extent say nothing more."""


@dataclass(frozen=True)
class Parting:
    """``rate`` is the mean growth of log(distance) in an iteration (a Lyapunov exponent, in nats), over ``rows``
    iterations in which the distance grew ``times`` over; ``extent`` is how large the path is."""

    rate: float
    times: float
    rows: int
    extent: float


def parting_of(problem: Any, rule: Any, w: Array, bounds: Any, seconds_a_row: float) -> Parting | None:
    """The rule run from w and from beside it; None where a path leaves the finite numbers.

    Source: G. Benettin et al., "Lyapunov characteristic exponents", Meccanica 15, 1980.
    """
    rows = int(min(ROWS, max(60.0, SECONDS / max(2 * seconds_a_row, 1e-7))))
    first = path(problem, rule, w, bounds, rows)
    if first is None:
        return None
    extent = float(np.ptp(first[len(first) // 2 :], axis=0).max())
    size = max(extent, 1e-6 * max(1.0, float(np.abs(w).max())))
    beside = w + APART * size * np.random.default_rng(0).standard_normal(w.size)
    second = path(problem, rule, beside, bounds, rows)
    if second is None:
        return None
    with np.errstate(all="ignore"):
        apart = np.linalg.norm(first - second, axis=1)
    beyond = np.flatnonzero(apart > FULL * size)
    end = int(beyond[0]) if beyond.size else len(apart) - 1
    if end < 1 or not apart[0] > 0:
        return None
    grown = float(apart[end] / apart[0])
    return Parting(float(np.log(max(grown, 1e-300))) / end, grown, end, extent)


def path(problem: Any, rule: Any, w: Array, bounds: Any, rows: int) -> Array | None:
    """``rows`` rows from w (rows + 1, n); None where it does not stay finite."""
    settings = Settings(max_iter=rows, time_limit=10 * SECONDS)
    plan = Plan(columns=("w",), budget=None)
    ending = run_plainly(Task(problem, rule, w, settings, plan, box=bounds, began=time.perf_counter()))
    found = ending.session.history().w
    if found is None or len(found) < rows + 1 or not np.isfinite(found).all():
        return None
    return found
