"""Batch sizes from 1 to all rows on the digits 0 and 1: at the article's learning rate, and each size at its own."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..problems.linear_model import LinearModel
from ..verbs.minimizing import minimize
from ..verbs.sweeping import sweep
from .article import RATE
from .maps import TARGET, arrivals

__all__ = [
    "BATCH_MOMENTA", "BATCH_RATES", "MOST_EPOCHS", "SEEDS", "SIZES", "BatchSizes", "SizeRun", "run_batch_sizes",
]  # fmt: skip

Array = NDArray[np.float64]

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 288)
BATCH_MOMENTA = (0.0, 0.9)
SEEDS = (0, 1, 2)
BATCH_RATES = np.geomspace(10**-6.5, 1e-3, 29)
"""Eight to a decade; the article's own is the fifth."""
MOST_EPOCHS = 80
REPEATS = 3
TIMED = (450, 50)
"""Epochs of the runs that are timed."""


@dataclass(frozen=True)
class SizeRun:
    """Runs of one ``size`` at one setting until f stays at or below ``TARGET``; ``epochs`` is the median over the
    seeds, inf where half of them did not arrive; ``seconds`` those of its epochs, compiled."""

    size: int
    momentum: float
    learning_rate: float
    epochs: float
    rows: int
    seconds: float

    @property
    def updates(self) -> float:
        return self.epochs * math.ceil(self.rows / self.size)

    @property
    def gradients(self) -> float:
        """Of single rows."""
        return self.epochs * self.rows


@dataclass(frozen=True, eq=False)
class BatchSizes:
    """``epochs`` (sizes, momenta, rates): the median over the seeds, inf where half of them did not get there.
    ``diverging`` (sizes, momenta): the lowest rate of the grid at which a run diverged."""

    rates: Array
    epochs: Array
    diverging: Array
    article: dict[float, tuple[SizeRun, ...]]
    best: dict[float, tuple[SizeRun, ...]]

    def lowest(self, size: int) -> SizeRun:
        """At the best of all rates and momenta that were tried."""
        return min((self.best[m][SIZES.index(size)] for m in BATCH_MOMENTA), key=lambda one: one.epochs)


def run_batch_sizes(model: LinearModel, start: Array, say: Callable[[str], Any]) -> BatchSizes:
    """All sizes at all rates, then what an epoch of each size costs. A few seconds."""
    runs = len(SIZES) * len(BATCH_MOMENTA) * len(BATCH_RATES) * len(SEEDS)
    say(f"batch sizes 1 to {SIZES[-1]}: {runs:,} runs on the digits 0 and 1")
    made = sweep(
        model, start, batch_size=list(SIZES), momentum=list(BATCH_MOMENTA), learning_rate=BATCH_RATES,
        seed=list(SEEDS), max_iter=MOST_EPOCHS, grad_tol=None, record=("f",), progress=False,
    )  # fmt: skip
    columns = made.columns()
    shape = len(SIZES), len(BATCH_MOMENTA), len(BATCH_RATES), len(SEEDS)
    epochs = arrivals(made, TARGET).reshape(shape)
    epochs = np.sort(epochs, axis=-1)[..., len(SEEDS) // 2]
    lost = np.isin(columns["outcome"], ("DIVERGED", "NOT_FINITE")).reshape(shape).any(axis=-1)
    diverging = np.where(lost.any(axis=-1), BATCH_RATES[lost.argmax(axis=-1)], np.nan)

    paces = [seconds_per_epoch(model, start, size) for size in SIZES]

    def at(i: int, j: int, k: int) -> SizeRun:
        taken = float(epochs[i, j, k])
        return SizeRun(SIZES[i], BATCH_MOMENTA[j], float(BATCH_RATES[k]), taken, model.rows, taken * paces[i])

    usual = int(np.abs(np.log(BATCH_RATES / RATE)).argmin())
    every = range(len(SIZES))
    article, best = {}, {}
    for j, momentum in enumerate(BATCH_MOMENTA):
        article[momentum] = tuple(at(i, j, usual) for i in every)
        best[momentum] = tuple(at(i, j, int(epochs[i, j].argmin())) for i in every)
    return BatchSizes(BATCH_RATES, epochs, diverging, article, best)


def seconds_per_epoch(model: LinearModel, start: Array, size: int) -> float:
    """From the difference of a long and a short run, so that what a call costs drops out; the least of a few."""
    longer, shorter = (
        min(
            minimize(
                model, start, learning_rate=RATE, momentum=0.0, batch_size=size, max_iter=rows, grad_tol=None,
                record=("f",), progress=False,
            ).seconds for _ in range(REPEATS)
        )
        for rows in TIMED
    )  # fmt: skip
    return max(longer - shorter, 0.0) / (TIMED[0] - TIMED[1])
