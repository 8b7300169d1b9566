"""The rule's float fields at every update: constants, or a row of numbers an update where a field is a schedule."""

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..base.fields import fields_of
from ..base.text import count, number

__all__ = ["FieldTable"]

Array = NDArray[np.float64]
CHUNK = 1024
"""Updates whose fields are worked out at a time where they are wanted one by one."""


class FieldTable:
    """``rule`` holds numbers only (those of the first update); ``schedules`` maps field names to schedules, whose
    ``values`` take the updates made before, or the epochs (of ``per_epoch`` updates) finished before. The engines look
    beyond the last of a run's ``updates``, where a schedule need not have values any more: they get the last one's."""

    def __init__(self, rule: Any, schedules: Mapping[str, Any], per_epoch: int = 1, updates: int | None = None) -> None:
        self.rule, self.schedules, self.per_epoch = rule, dict(schedules), per_epoch
        self.last = 2**62 if updates is None else max(updates - 1, 0)
        self.constant = not self.schedules
        fields = getattr(rule, "_fields", ())
        self.names = [name for name in fields if type(getattr(rule, name)) is float]
        """The float fields in their order."""

    @cached_property
    def row(self) -> Array:
        """Those of the first update, shape (1, fields)."""
        return np.array([[getattr(self.rule, name) for name in self.names]])

    def rows(self, first: int, updates: int) -> Array:
        """The float fields of updates first, first + 1, ... (counted from 0), shape (updates, fields); one row where
        they are constant."""
        if self.constant:
            return self.row
        table = np.repeat(self.row, updates, axis=0)
        for name in self.schedules:
            table[:, self.names.index(name)] = self.column(name, np.arange(first, first + updates))
        return table

    def column(self, name: str, updates: NDArray[np.int64]) -> Array:
        """One field at the given updates (counted from 0)."""
        if name not in self.schedules:
            return np.full(updates.shape, float(getattr(self.rule, name)))
        schedule, updates = self.schedules[name], np.minimum(updates, self.last)
        t = updates // self.per_epoch if getattr(schedule, "per_epoch", False) else updates
        values: Array = np.asarray(schedule.values(np.asarray(t, dtype=float)), dtype=float)
        cls: Any = type(self.rule)
        field = fields_of(cls)[name].field

        def sound(at: Any) -> bool:
            return math.isfinite(values[at]) and field.holds(float(values[at]))

        if values.size and not (sound(values.argmin()) and sound(values.argmax())):  # NaN is found by either
            first = next(at for at in range(values.size) if not sound(at))
            raise ArgumentError(
                f"{name} must be {field.sentence()}; its schedule gives {number(values[first])} after "
                f"{count(int(updates[first]), 'update')}"
            )
        return values

    def rules(self) -> Iterator[Any]:
        """The rule of the first update, of the second, ..."""
        first = 0
        while True:
            for row in self.rows(first, CHUNK).tolist():
                yield self.rule._replace(**dict(zip(self.names, row, strict=True)))
            first += CHUNK

    def largest(self, name: str, updates: int) -> float:
        """The largest value that a field takes in the first ``updates`` updates (of at most 100,000 looked at)."""
        if name not in self.schedules:
            return float(getattr(self.rule, name))
        looked = np.unique(np.linspace(0, max(updates - 1, 0), min(max(updates, 1), 100_000)).astype(np.int64))
        return float(self.column(name, looked).max())
