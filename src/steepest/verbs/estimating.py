"""How many runs a sweep would be, how many of them together, and about how long: a dry run."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..base.text import count, duration
from .together import run_all

if TYPE_CHECKING:
    from .sweep_groups import Group, Preparation

__all__ = ["Estimate", "estimated"]

TRIED, ALONE, AT_MOST = (8, 128), 2, 0.5
"""Runs that are timed of each group, side by side (many, where a few are quick) and alone; and the seconds after which
no further group is."""


@dataclass(frozen=True)
class Estimate:
    """``runs`` in all, ``together`` of them side by side, ``passes`` over groups of alike runs, in ``engines``, about
    ``seconds`` long; ``history_bytes`` at most."""

    runs: int
    together: int
    passes: int
    engines: tuple[str, ...]
    seconds: float
    history_bytes: int

    @property
    def sentence(self) -> str:
        """``10,000 runs, 10,000 together in 1 pass (numba): about 2.1 s, histories of 1.1 GB at most``."""
        size = self.history_bytes
        told = f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
        return (
            f"{count(self.runs, 'run')}, {self.together:,} together in {count(self.passes, 'pass', 'passes')} "
            f"({', '.join(self.engines)}): about {long(self.seconds)}, histories of {told} at most"
        )

    def __repr__(self) -> str:
        return f"<Estimate: {self.sentence}>"


def estimated(maker: "Preparation") -> Estimate:
    """Of what is known without running and of a few runs of the first groups."""
    kinds = maker.kinds()
    total = maker.cells.count
    each: list[float] = []
    share, began = 0, time.perf_counter()
    for group in kinds:
        if each and time.perf_counter() - began > AT_MOST:
            break
        each.append(seconds_each(maker, group))
        share += 1 if group.together else 0
    together = total if share == len(each) else round(total * share / len(each))
    call = kinds[0].call
    rows, n = call.settings.max_iter + 1, call.problem.n
    row_bytes = 8 * (1 + sum(n if name == "w" else 1 for name in call.plan.columns))
    kept = row_bytes * (2 if call.plan.ends_only else rows)
    budget = call.plan.budget
    history = total * (kept if budget is None else min(kept, max(budget, 3 * row_bytes)))
    engines = tuple(dict.fromkeys(group.call.engine for group in kinds))
    return Estimate(total, together, maker.passes, engines, float(np.mean(each)) * total, history)


def seconds_each(maker: "Preparation", group: "Group") -> float:
    """Of one run of a group: a few spread over it, the first of them also compiles."""
    if not group.together:
        began = time.perf_counter()
        cells = spread(group, ALONE)
        for i in cells.tolist():
            maker.attempt(i)
        return (time.perf_counter() - began) / len(cells)
    each = 0.0
    for tried in (1, *TRIED):  # the first one also compiles
        cells, began = spread(group, tried), time.perf_counter()
        run_all(maker.tasks(group, cells, began), group.call.engine)
        spent = time.perf_counter() - began
        each = spent / len(cells)
        if tried > 1 and spent > AT_MOST / 4:
            break
    return each


def spread(group: "Group", most: int) -> NDArray[np.intp]:
    """Some runs of a group, from all over it."""
    found: NDArray[np.intp] = group.cells[np.unique(np.linspace(0, len(group.cells) - 1, most).astype(int))]
    return found


def long(seconds: float) -> str:
    return duration(seconds) if seconds < 3600 else f"{max(seconds / 3600, 1):,.0f} h"
