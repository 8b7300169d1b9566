"""The table: named columns of numbers or words (or a CSR matrix), a target, and what it is for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...base.text import count
from ..problem import Array

__all__ = ["Column", "Kind", "Numbered", "Table", "shown"]

Kind = Literal["classification", "regression"]


def shown(value: Any, most: int = 40) -> str:
    """A cell or a name in quotes for a sentence: on one line, long ones cut."""
    text = str(value)
    return repr(text if len(text) <= most else f"{text[: most - 3]}...")


@dataclass(frozen=True, eq=False)
class Column:
    """A named column: ``values`` (rows,) float64 with NaN where missing, or objects: words, None where missing."""

    name: str
    values: NDArray[Any]

    @property
    def categorical(self) -> bool:
        return bool(self.values.dtype == object)

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """(rows,): where there is no value."""
        if self.categorical:
            return np.array([value is None for value in self.values], dtype=bool)
        return np.asarray(np.isnan(self.values))

    def take(self, rows: Any) -> "Column":
        return Column(self.name, self.values[rows])

    def __repr__(self) -> str:
        return f"<Column {self.name!r}: {len(self.values):,} {'words' if self.categorical else 'numbers'}>"


class Numbered(Sequence[str]):
    """The names x<first>, x<first + 1>, ... of a sparse matrix's columns, which may be millions: made when asked."""

    def __init__(self, first: int, size: int) -> None:
        self.first, self.size = first, size

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, k: int) -> str: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[str]: ...
    def __getitem__(self, k: int | slice) -> str | Sequence[str]:
        numbers = range(self.first, self.first + self.size)[k]
        return f"x{numbers}" if isinstance(numbers, int) else [f"x{j}" for j in numbers]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Numbered):
            return (self.first, self.size) == (other.first, other.size)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.first, self.size))

    def __repr__(self) -> str:
        return f"<x{self.first} ... x{self.first + self.size - 1}>"


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Features, target and where they came from. A target never has a missing or infinite value.

    ``rows`` (rows,) numbers each row in its source from 1, a header and blank lines not counted, so that a message
    about a part of the table still names the row of the file. ``image_shape`` is (height, width) where a row is an
    image. ``sparse`` is a CSR matrix (rows, features) in place of ``columns``; its column j is named x<first + j>.
    """

    columns: tuple[Column, ...]
    target: Column | None
    kind: Kind | None
    source: str
    rows: NDArray[np.int64]
    image_shape: tuple[int, int] | None = None
    sparse: Any = None
    first: int = 1

    @property
    def names(self) -> Sequence[str]:
        """The features' names."""
        if self.sparse is not None:
            return Numbered(self.first, int(self.sparse.shape[1]))
        return tuple(column.name for column in self.columns)

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, i: int) -> str:
        """The i-th row in words: ``data.csv row 700``."""
        return f"{self.source} row {self.rows[i]}"

    def column(self, name: str) -> Column:
        """The feature called ``name``; not for sparse tables."""
        for column in self.columns:
            if column.name == name:
                return column
        raise ArgumentError(f"{self.source} has no column {shown(name)}")

    def take(self, rows: Any) -> "Table":
        """The rows at the positions (or under the mask) ``rows``, in that order."""
        return replace(
            self,
            columns=tuple(column.take(rows) for column in self.columns),
            target=None if self.target is None else self.target.take(rows),
            rows=self.rows[rows],
            sparse=None if self.sparse is None else self.sparse[rows],
        )

    def without(self, *names: str) -> "Table":
        """The table without the columns ``names`` (an identifier, say); not for sparse tables."""
        for name in names:
            self.column(name)
        kept = tuple(column for column in self.columns if column.name not in names)
        if names and not kept:
            raise ArgumentError(f"{self.source} has no column left without {', '.join(map(shown, names))}")
        return replace(self, columns=kept, image_shape=None if names else self.image_shape)

    def with_columns(self, *names: str) -> "Table":
        """The table with the columns ``names`` alone, in that order; not for sparse tables."""
        if not names:
            raise ArgumentError(f"{self.source} keeps no column; name one at least")
        return replace(self, columns=tuple(self.column(name) for name in names), image_shape=None)

    def of_classes(self, *labels: Any) -> "Table":
        """The rows whose target is one of ``labels``, numbers or words as the target has them."""
        if self.target is None or self.kind != "classification":
            raise ArgumentError(f"{self.source} has no classes to choose from; it is a regression")
        values = self.target.values
        absent = [label for label in labels if not (values == label).any()]
        if absent:
            raise ArgumentError(
                f"{self.source} has no row of the class {shown(absent[0])} in {shown(self.target.name)}"
            )
        if len(set(labels)) < 2:
            raise ArgumentError("classes must be at least two different ones of the target's")
        return self.take(np.isin(values, labels) if values.dtype != object else np.array([v in labels for v in values]))

    def __repr__(self) -> str:
        target = "no target" if self.target is None else f"{self.kind} of {self.target.name!r}"
        return f"<Table {self.source}: {count(len(self), 'row')}, {count(len(self.names), 'feature')}, {target}>"


def numeric_columns(X: Array, names: Iterable[str]) -> list[Column]:
    """The columns of a matrix (rows, features) under their names; views, not copies."""
    return [Column(name, X[:, k]) for k, name in enumerate(names)]
