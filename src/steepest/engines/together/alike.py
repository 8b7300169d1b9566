"""Tasks that share everything but start, float fields and schedules, as arrays; the Task of each when it is wanted."""

from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ..task import Task

__all__ = ["Alike"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]


class Alike(Sequence[Task]):
    """``first`` is one of them and stands for what they share; ``starts`` (runs, n), ``fields`` (runs, fields) the
    float fields of the first update, in the order of ``first.fields.names``. ``make(k)`` gives a Task: a thousand of
    them take 20 ms, longer than a thousand short runs may. ``schedules_differ`` says that each has its own."""

    def __init__(
        self, first: Task, starts: Array, fields: Array, make: Callable[[int], Task], schedules_differ: bool = False,
        which: Places | None = None,
    ) -> None:  # fmt: skip
        self.first, self.starts, self.fields, self.schedules_differ = first, starts, fields, schedules_differ
        self._make = make
        self._which: Places = np.arange(len(starts)) if which is None else which

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> "Alike":
        """Of tasks that are there already."""
        if isinstance(tasks, cls):
            return tasks
        first, names = tasks[0], tasks[0].fields.names
        starts = np.array([task.w0 for task in tasks], dtype=float)
        fields = np.array([[getattr(task.rule, name) for name in names] for task in tasks], dtype=float)
        return cls(first, starts, fields, tasks.__getitem__, bool(first.schedules))

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, k: int) -> Task: ...
    @overload
    def __getitem__(self, k: slice) -> "Alike": ...
    def __getitem__(self, k: int | slice) -> "Task | Alike":
        return self.part(np.arange(len(self))[k]) if isinstance(k, slice) else self._make(int(self._which[k]))

    def part(self, which: NDArray[Any]) -> "Alike":
        """Those at these places, or where it is True."""
        return Alike(
            self.first, self.starts[which], self.fields[which], self._make, self.schedules_differ, self._which[which]
        )

    def rows(self, first: int, updates: int) -> Array:
        """The float fields of updates first, first + 1, ... (runs, updates, fields); (runs, 1, fields) where they are
        constant."""
        if self.schedules_differ:
            return np.array([task.fields.rows(first, updates) for task in self])
        if not self.first.schedules:
            return self.fields[:, None]
        found = np.repeat(self.fields[:, None], updates, axis=1)
        moving = [self.first.fields.names.index(name) for name in self.first.schedules]
        found[:, :, moving] = self.first.fields.rows(first, updates)[:, moving]
        return found
