"""``Preparation``: from a table to X and y, by what was learned from the training rows; saved with the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError, ArgumentTypeError
from ...base.text import count, listing
from ..problem import Array
from .plans import ColumnPlan
from .sparse_plan import SparsePlan
from .table import Column, Kind, Numbered, Table, shown

__all__ = ["FORMAT", "IMPUTATIONS", "Preparation", "Prepared"]

FORMAT = 1
IMPUTATIONS = ("mean", "median", "most_frequent")


class Prepared(NamedTuple):
    """X (rows, features) float64 or CSR; y (rows,) float64, or strings where the classes are words, or None."""

    X: Any
    y: NDArray[Any] | None
    feature_names: Sequence[str]


@dataclass(frozen=True, eq=False)
class Preparation:
    """How the columns of a table become numbers: missing cells filled, categories one-hot, numbers standardised.

    Numbers become (x - mean) / standard deviation under ``standardize``; a category's columns stay 0 and 1.
    """

    kind: Kind | None
    target: str | None
    impute: str | None
    standardize: bool
    columns: tuple[ColumnPlan, ...]
    sparse: SparsePlan | None = None
    image_shape: tuple[int, int] | None = None

    @classmethod
    def fit(cls, table: Table, impute: str | None = None, standardize: bool = False) -> "Preparation":
        """Learns from ``table``, the training rows alone.

        ``impute``: what stands for a missing number, its column's "mean", "median" or "most_frequent"; a missing
        category, and one that was not in training, becomes the most frequent. None refuses them, by row and column.
        """
        if impute is not None and impute not in IMPUTATIONS:
            raise ArgumentError(f"impute must be None, {listing(map(repr, IMPUTATIONS))}; got {impute!r}")
        if not isinstance(standardize, (bool, np.bool_)):
            raise ArgumentTypeError(f"standardize must be True or False; got {standardize!r}")
        if not len(table):
            raise ArgumentError(f"{table.source} has no rows to learn from")
        target = None if table.target is None else table.target.name
        plans: tuple[ColumnPlan, ...] = ()
        sparse = None
        if table.sparse is not None:
            sparse = SparsePlan.fit(table, impute, bool(standardize))
        else:
            _refuse_infinite(table)
            if impute is None:
                _refuse_missing(table, table.columns)
            plans = tuple(ColumnPlan.fit(column, table.source, impute, bool(standardize)) for column in table.columns)
        return cls(table.kind, target, impute, bool(standardize), plans, sparse, table.image_shape)

    @property
    def feature_names(self) -> Sequence[str]:
        """The names of X's columns, such as ``age`` and ``colour=red``."""
        if self.sparse is not None:
            return Numbered(self.sparse.first, self.sparse.size)
        return tuple(name for plan in self.columns for name in plan.names)

    def apply(self, table: Table) -> Prepared:
        """X and y of any table with the training table's columns, found by name; further columns are left out."""
        y = None if table.target is None else _labels(table.target)
        if (table.sparse is None) != (self.sparse is None):
            ours, theirs = ("named", "sparse") if table.sparse is None else ("sparse", "named")
            raise ArgumentError(
                f"{table.source} is a table with {ours} columns, the training data was one with {theirs} columns"
            )
        if self.sparse is not None:
            return Prepared(self.sparse.apply(table), y, self.feature_names)
        by_name = {column.name: column for column in table.columns}
        absent = [shown(plan.name) for plan in self.columns if plan.name not in by_name]
        if absent:
            few = [*absent[:5], *["..."] * (len(absent) > 5)]
            raise ArgumentError(f"{table.source} has no column {listing(few, 'and')}, which the training data had")
        used = [by_name[plan.name] for plan in self.columns]
        if self.impute is None:
            _refuse_missing(table, used)
        X: Array = np.empty((len(table), sum(plan.width for plan in self.columns)))
        start = 0
        for plan, column in zip(self.columns, used, strict=True):
            plan.apply(column, table.where, X[:, start : start + plan.width])
            start += plan.width
        return Prepared(X, y, self.feature_names)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; ``from_dict`` gives the same preparation back, to the bit."""
        return {
            "format": FORMAT, "kind": self.kind, "target": self.target, "impute": self.impute,
            "standardize": self.standardize,
            "image_shape": None if self.image_shape is None else list(self.image_shape),
            "columns": [
                {
                    "name": plan.name, "categories": None if plan.categories is None else list(plan.categories),
                    "fill": plan.fill, "shift": plan.shift, "scale": plan.scale,
                }
                for plan in self.columns
            ],
            "sparse": None if self.sparse is None else self.sparse.to_dict(),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Preparation":
        """The preparation ``to_dict`` wrote; anything else is one sentence."""
        from .storing import restored

        return cls(**restored(stored))


def _labels(column: Column) -> NDArray[Any]:
    return column.values.astype(str) if column.categorical else np.ascontiguousarray(column.values)


def _refuse_missing(table: Table, columns: Sequence[Column]) -> None:
    """One sentence that names the first row with a missing cell, and its column."""
    cells, first = 0, (len(table), "")
    for column in columns:
        missing = column.missing
        if missing.any():
            cells += int(missing.sum())
            first = min(first, (int(missing.argmax()), column.name), key=lambda at: at[0])
    if cells:
        i, name = first
        raise ArgumentError(
            f"{table.where(i)} has no value in column {shown(name)} ({count(cells, 'cell')} missing in all); "
            "remove the row, or fit with impute='mean', 'median' or 'most_frequent'"
        )


def _refuse_infinite(table: Table) -> None:
    for column in table.columns:
        if not column.categorical and np.isinf(column.values).any():
            i = int(np.isinf(column.values).argmax())
            raise ArgumentError(
                f"{table.where(i)} holds {column.values[i]} in column {shown(column.name)}; numbers must be finite"
            )
