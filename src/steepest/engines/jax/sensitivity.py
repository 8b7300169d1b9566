"""Which runs in lanes rounding decides about: two programs that round differently need not agree on where they end."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..task import Task
from ..together.alike import Alike

if TYPE_CHECKING:
    from .lanes import Program

__all__ = ["RISE", "parted"]

Array = NDArray[np.float64]
RISE = 1e-9
"""Of |f|: a rise that is more than rounding. A run whose f only falls in the second half of its rows is at rest, or on
its way to it, and is not looked at again."""
NUDGE, APART = 1e-12, 1e-6
"""Of max |w|, or of 1: how far a start is moved, and how far apart the ends of a chaotic run then are, the difference
having grown a million times. A smaller one, of the last place, was now and then rounded away in the first steps."""


def parted(program: "Program", tasks: Alike, ends: Array, rows: int, width: int | None) -> NDArray[np.bool_]:
    """Of runs that went to row ``rows - 1`` and ended at ``ends`` (runs, n), whether they end elsewhere, by more than
    APART, from starts moved by NUDGE: rounding errors do the same. ``width`` is that of the program, None for the one
    it has."""
    starts = tasks.starts
    nudge = NUDGE * np.maximum(np.abs(starts).max(axis=1, keepdims=True), 1.0)
    moved = starts + np.where(np.arange(starts.shape[1]) % 2, -nudge, nudge)
    program.restart(started(tasks, moved), program.width if width is None else width)
    row, w = 0, moved
    while row < rows:
        count = min(program.capacity, rows - row)
        w = program.compute(row, count).w[-1]
        row += count
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(ends).max(axis=1), 1.0)
        return np.asarray(~(np.abs(w - ends).max(axis=1) <= APART * size))


def started(tasks: Alike, starts: Array) -> Alike:
    """The tasks from other starts."""

    def make(k: int) -> Task:
        return replace(tasks[k], w0=starts[k])

    return Alike(tasks.first, starts, tasks.fields, make, tasks.schedules_differ)
