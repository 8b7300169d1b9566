"""The article's advice, "small values of learning rate and higher values of momentum", tried on the maps and judged."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .article import LEARNING_RATES, MOMENTA, RATE
from .batch_sizes import SIZES, BatchSizes, SizeRun
from .maps import Cell, Map, Maps

__all__ = ["HIGH", "SMALL", "Advice", "advice_on"]

SMALL = 0.1
"""A learning rate is small up to this part of the limit without momentum."""
HIGH = 0.9
"""A momentum is high from here: the article's highest."""
NEARLY = 1.5
"""Times the best: what is called as good as it."""


@dataclass(frozen=True)
class Advice:
    """Iterations (epochs) on one problem: the ``best`` of all settings, the best ``plain`` one at momentum 0, the best
    of the ``corner`` of small rates and high momentum, its ``median`` (inf where half did not arrive), and the
    article's own setting of highest momentum and lowest rate. ``limit``: a rate counts as small up to ``SMALL`` of it.
    """

    problem: str
    unit: str
    limit: float
    best: Cell
    plain: Cell
    corner: Cell
    median: float
    article: Cell

    def times(self, iterations: float) -> float:
        """How many times the best's."""
        return iterations / self.best.iterations

    @property
    def gain(self) -> float:
        """How many times fewer iterations the best setting takes than the best without momentum."""
        return self.plain.iterations / self.best.iterations

    @property
    def verdict(self) -> str:
        """One sentence; what decides is a factor of ``NEARLY``."""
        corner, best, plain = (one.iterations for one in (self.corner, self.best, self.plain))
        units = self.unit if corner == 1 else f"{self.unit}s"
        if math.isinf(corner):
            return f"Does not hold: no setting of the corner arrives; the best takes {best:,.0f}."
        if self.times(corner) > NEARLY and self.gain > NEARLY:
            return (
                f"Half true: momentum pays, {best:,.0f} against {plain:,.0f} without, but with a large rate; "
                f"the corner takes {corner:,.0f}."
            )
        if self.times(corner) > NEARLY:
            return f"Does not hold: {corner:,.0f} {units} at the best of the corner, {plain:,.0f} without momentum."
        if self.gain > NEARLY:
            return f"Holds: {corner:,.0f} {units} at the best of the corner, {plain:,.0f} without momentum."
        return f"Does no harm, and is not needed: {corner:,.0f} {units} in the corner, {plain:,.0f} without momentum."


def advice_on(maps: Maps, sizes: BatchSizes) -> tuple[Advice, ...]:
    """On the bowl, on the digits in full batches, and on the digits one row at a time."""
    return (
        on_map("the bowl", maps.bowl, Cell(LEARNING_RATES[0], MOMENTA[-1], 0.0)),
        on_map("digits, full batches", maps.digits, Cell(RATE, MOMENTA[-1], 0.0)),
        one_at_a_time(sizes),
    )  # fmt: skip


def on_map(problem: str, found: Map, article: Cell) -> Advice:
    limit = float(found.limit(0.0)[0])
    small, high = found.rates[:, None] <= SMALL * limit, found.momenta[None, :] >= HIGH - 1e-9
    return Advice(
        problem, "iteration", limit, found.best(), found.best(found.momenta[None, :] == 0.0), found.best(small & high),
        middle(found.iterations[small & high]), found.near(article.learning_rate, article.momentum),
    )  # fmt: skip


def one_at_a_time(sizes: BatchSizes) -> Advice:
    """Of the rates and the two momenta that were tried; the limit is the lowest rate that diverged without momentum."""
    k = SIZES.index(1)
    limit = float(sizes.diverging[k, 0])
    small = sizes.rates <= SMALL * limit
    counts = sizes.epochs[k, 1, small]
    at = int(counts.argmin())
    corner = Cell(float(sizes.rates[small][at]), HIGH, float(counts[at]))
    plain, heavy = (cell(sizes.best[m][k]) for m in (0.0, HIGH))
    best = min(plain, heavy, key=lambda one: one.iterations)
    return Advice(
        "digits, one row at a time", "epoch", limit, best, plain, corner, middle(counts), cell(sizes.article[HIGH][k])
    )


def cell(one: SizeRun) -> Cell:
    return Cell(one.learning_rate, one.momentum, one.epochs)


def middle(counts: NDArray[np.float64]) -> float:
    """The lower median: a count that a run took, or inf where half did not arrive."""
    return float(np.sort(counts.ravel())[(counts.size - 1) // 2])
