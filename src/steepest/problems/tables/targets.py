"""Which column is the target, and whether it is for classification or for regression."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...base.errors import ArgumentError, ArgumentTypeError
from ...base.text import count, listing, number
from .table import Column, Kind, Table, shown

__all__ = ["MOST_CLASSES", "as_kind", "as_table", "chosen_column", "with_target"]

MOST_CLASSES = 20
"""Whole numbers are taken for classes up to this many different ones."""
_USUAL = ("target", "label", "class", "y")


def chosen_column(names: Sequence[str], target: Any, source: str, digits: bool = True) -> int | None:
    """The position of the target: by name, by number from 1 (-1 is the last); without one, a column named target,
    label, class or y, else the last. None where there is no such column. ``digits``: "3" may be a number."""
    if target is None:
        lower = [name.casefold() for name in names]
        return next((lower.index(usual) for usual in _USUAL if usual in lower), len(names) - 1)
    if isinstance(target, str) and target in names:
        return names.index(target)
    if isinstance(target, str):
        if not digits:
            return None
        try:
            target = int(target)
        except ValueError:
            return None
    if isinstance(target, bool) or not isinstance(target, (int, np.integer)):
        raise ArgumentTypeError(f"target must be a column's name or its number from 1; got {target!r}")
    size = len(names)
    if not (1 <= target <= size or -size <= target <= -1):
        raise ArgumentError(f"target {target} is not a column of {source}, which has {count(size, 'column')}")
    return int(target) - 1 if target > 0 else size + int(target)


def as_table(
    columns: Sequence[Column], target: Any, kind: Any, source: str, optional: bool = False
) -> Table:  # fmt: skip
    """A table out of a file's columns; with ``optional`` a target that is not there, or not whole, is left out."""
    names = [column.name for column in columns]
    k = chosen_column(names, target, source, digits=not optional)
    if k is None and not optional:
        import difflib

        close = difflib.get_close_matches(str(target), names, n=1)
        few = [shown(name) for name in names[:10]] + ["..."] * (len(names) > 10)
        hint = f"did you mean {shown(close[0])}?" if close else f"it has {listing(few, 'and')}"
        raise ArgumentError(f"{source} has no column {shown(target)} for the target; {hint}")
    features = tuple(column for j, column in enumerate(columns) if j != k)
    if not features:
        raise ArgumentError(f"{source} has one column, {shown(names[0])}; a table needs features and a target")
    return with_target(features, None if k is None else columns[k], kind, source, optional)


def with_target(
    features: tuple[Column, ...], column: Column | None, kind: Any, source: str, optional: bool = False, **more: Any
) -> Table:
    """The table of ``features`` and the target ``column``, which is checked; ``more`` are further fields."""
    if column is not None and optional and column.missing.any():
        column = None
    sparse = more.get("sparse")
    size = len(features[0].values) if sparse is None else int(sparse.shape[0])
    rows = np.arange(1, size + 1)
    decided = None if column is None else _kind_of(column, kind, lambda i: f"{source} row {i + 1}")
    return Table(features, column, decided, source, rows, **more)


def as_kind(table: Table, kind: Any) -> Table:
    """The table for "classification" or "regression" ("auto": by the rule of ``read``), where its target allows it."""
    if table.target is None:
        raise ArgumentError(f"{table.source} has no target; name one")
    return replace(table, kind=_kind_of(table.target, kind, table.where))


def _kind_of(column: Column, kind: Any, where: Callable[[int], str]) -> Kind:
    if kind not in ("auto", "classification", "regression"):
        raise ArgumentError(f"kind must be 'auto', 'classification' or 'regression'; got {kind!r}")
    name, values = f"the target {shown(column.name)}", column.values
    if column.missing.any():
        row = int(column.missing.argmax())
        raise ArgumentError(f"{where(row)} has no value for {name}; remove the row or fill it in")
    if column.categorical:
        if kind == "regression":
            raise ArgumentError(
                f"{where(0)} holds {shown(values[0])} for {name}; regression needs numbers, use classification"
            )
        return "classification"
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        raise ArgumentError(f"{where(row)} holds {values[row]} for {name}; it must be finite")
    if kind == "regression":
        return "regression"
    broken = values != np.floor(values)
    if kind == "auto":
        return "classification" if not broken.any() and len(np.unique(values)) <= MOST_CLASSES else "regression"
    if broken.any():
        row = int(broken.argmax())
        raise ArgumentError(
            f"{where(row)} holds {number(values[row])} for {name}; classes are whole numbers or words, use regression"
        )
    return "classification"
