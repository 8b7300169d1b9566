"""The path of a run, row by row, and the recorder that keeps it within a memory budget."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BUDGET", "COLUMNS", "History", "Plan", "Recorder", "thinned"]

BUDGET = 64 * 2**20
"""Bytes a history may take under record='auto' before every second row is dropped."""

COLUMNS = ("w", "f", "grad_norm", "learning_rate", "n_grad", "seconds", "running_f")

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class History:
    """Row 0 is the start; row t is after t updates (t epochs when a batch size is given).

    ``w`` (rows, n); all others (rows,). ``grad_norm`` is the infinity norm of the gradient at the row's w;
    ``learning_rate`` the one that made the row (NaN in row 0); ``n_grad`` the gradient calls, or passes over the data,
    spent on the way to it; ``seconds`` since the start; ``running_f`` the loss averaged while the weights moved
    through the epoch (NaN in row 0). ``iteration`` says which rows are kept. A field not recorded is None.
    """

    iteration: NDArray[np.int64]
    w: Array | None = None
    f: Array | None = None
    grad_norm: Array | None = None
    learning_rate: Array | None = None
    n_grad: NDArray[np.int64] | None = None
    seconds: Array | None = None
    running_f: Array | None = None

    def __len__(self) -> int:
        return int(self.iteration.size)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The recorded fields by name, ``iteration`` first."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: column for name, column in found.items() if column is not None}

    def __repr__(self) -> str:
        return f"<History {len(self):,} rows: {', '.join(self.columns())}>"


@dataclass(frozen=True)
class Plan:
    """What a run keeps: which columns, every how many rows, and whether thinning may set in."""

    columns: tuple[str, ...] = ("w", "f", "grad_norm", "learning_rate", "n_grad", "seconds", "running_f")
    stride: int = 1
    budget: int | None = BUDGET
    ends_only: bool = False
    updates: bool = False

    @property
    def grad_norm(self) -> bool:
        return "grad_norm" in self.columns


class Recorder:
    """Collects rows into preallocated arrays. When they outgrow the budget the stride doubles and every second row is
    dropped; the first and the last row are always kept."""

    def __init__(self, n: int, columns: tuple[str, ...], stride: int, budget: int | None, expect: int) -> None:
        self._shapes: dict[str, tuple[int, ...]] = {name: (n,) if name == "w" else () for name in columns}
        self._stride, self._budget = stride, budget
        self._row_bytes = 8 * (1 + sum(n if name == "w" else 1 for name in columns))
        self._rows = 0
        self._last: dict[str, Any] = {}
        self._last_iteration = -1
        self._capacity = min(max(expect // stride + 2, 2), max(BUDGET // self._row_bytes, 2), 2**16)
        self._iteration, self._columns = self._room(self._capacity)

    def _room(self, rows: int) -> tuple[NDArray[np.int64], dict[str, Array]]:
        """Arrays for so many rows."""
        return np.empty(rows, dtype=np.int64), {name: np.empty((rows, *shape)) for name, shape in self._shapes.items()}

    def _reserve(self, rows: int) -> None:
        if rows <= self._capacity:
            return
        capacity = max(rows, 2 * self._capacity)
        iteration, columns = self._room(capacity)
        iteration[: self._rows] = self._iteration[: self._rows]
        for name, new in columns.items():
            new[: self._rows] = self._columns[name][: self._rows]
        self._iteration, self._columns, self._capacity = iteration, columns, capacity

    @property
    def seen(self) -> int:
        """Rows that came in, kept or not."""
        return self._last_iteration + 1

    def extend(self, first: int, rows: int, columns: Mapping[str, Any]) -> None:
        """Adds ``rows`` rows, those of iterations first, first + 1, ...; rows that came in before are passed over.

        All counts move in one statement, so that Ctrl-C finds all of the rows or none; they may then be given again."""
        if first + rows <= self.seen:
            return
        fresh = max(0, self.seen - first)
        start = fresh + -(first + fresh) % self._stride
        kept = len(range(start, rows, self._stride))
        if kept:
            self._reserve(self._rows + kept)
            here = slice(self._rows, self._rows + kept)
            self._iteration[here] = np.arange(first + start, first + rows, self._stride)
            for name, store in self._columns.items():
                store[here] = columns[name][start : rows : self._stride]
        last = {name: np.array(columns[name][rows - 1]) for name in self._columns}
        self._rows, self._last, self._last_iteration = self._rows + kept, last, first + rows - 1
        while self._budget is not None and self._rows > 3 and self._rows * self._row_bytes > self._budget:
            self._thin()

    def _thin(self) -> None:
        kept = (self._rows + 1) // 2
        iteration = self._iteration[: self._rows : 2].copy()
        columns = {name: store[: self._rows : 2].copy() for name, store in self._columns.items()}
        self._iteration, self._columns, self._rows, self._capacity, self._stride = (
            iteration, columns, kept, kept, 2 * self._stride,
        )  # fmt: skip

    def finish(self) -> dict[str, NDArray[Any]]:
        """``iteration`` and the columns, the last row added where the stride skipped it."""
        found: dict[str, NDArray[Any]]
        if self._last_iteration >= 0 and (not self._rows or self._iteration[self._rows - 1] != self._last_iteration):
            found = {"iteration": np.append(self._iteration[: self._rows], self._last_iteration)}
            for name, store in self._columns.items():
                found[name] = np.concatenate([store[: self._rows], self._last[name][None]])
            return found
        found = {"iteration": self._iteration[: self._rows]}
        found.update({name: store[: self._rows] for name, store in self._columns.items()})
        spare = self._capacity > 2 * self._rows
        return {name: column.copy() if spare else column for name, column in found.items()}


def thinned(history: History, budget: int) -> History:
    """Every second row, every fourth, ... until what is left fits ``budget`` bytes; first and last are kept."""
    columns = history.columns()
    rows, size = len(history), sum(column.nbytes for column in columns.values())
    stride = 1
    while size > budget * stride and rows > 3 * stride:
        stride *= 2
    if stride == 1:
        return history
    kept = np.unique(np.append(np.arange(0, rows, stride), rows - 1))
    return History(**{name: column[kept].copy() for name, column in columns.items()})
