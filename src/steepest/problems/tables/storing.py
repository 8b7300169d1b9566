"""A preparation out of plain JSON values, each checked: a model file may have been damaged, or written by hand."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ..problem import Array
from .plans import ColumnPlan
from .sparse_plan import SparsePlan
from .table import shown

__all__ = ["restored"]


class _Wrong(Exception):
    """What is wrong with the stored values."""


def restored(stored: Any) -> dict[str, Any]:
    """The fields of the Preparation that ``to_dict`` made ``stored`` of."""
    from .preparation import FORMAT, IMPUTATIONS

    try:
        if not isinstance(stored, Mapping):
            raise _Wrong("it is not a dictionary")
        if stored.get("format") != FORMAT:
            raise _Wrong(f"its format is {stored.get('format')!r}, this version reads {FORMAT}")
        columns = tuple(_column(entry) for entry in _entry(stored, "columns", list))
        sparse = None if stored.get("sparse") is None else _sparse(stored["sparse"])
        if bool(columns) == (sparse is not None):
            raise _Wrong("it must have either columns or a sparse matrix")
        impute = _one_of(stored, "impute", (None, *IMPUTATIONS))
        if any((plan.fill is None) != (impute is None) for plan in columns or (sparse,) if plan is not None):
            raise _Wrong(f"'impute' is {impute!r}, and its columns are not filled like that")
        return {
            "kind": _one_of(stored, "kind", (None, "classification", "regression")),
            "target": None if stored.get("target") is None else _entry(stored, "target", str),
            "impute": impute,
            "standardize": _entry(stored, "standardize", bool),
            "columns": columns,
            "sparse": sparse,
            "image_shape": _image_shape(stored.get("image_shape")),
        }
    except _Wrong as wrong:
        raise ArgumentError(f"this is no stored preparation: {wrong}") from None


def _entry(stored: Any, name: str, kind: type) -> Any:
    if not isinstance(stored, Mapping) or not isinstance(stored.get(name), kind):
        raise _Wrong(f"{name!r} must be a {kind.__name__}")
    return stored[name]


def _one_of(stored: Mapping[str, Any], name: str, known: tuple[Any, ...]) -> Any:
    if stored.get(name) not in known:
        raise _Wrong(f"{name!r} is {stored.get(name)!r}")
    return stored.get(name)


def _number(value: Any, name: str, positive: bool = False) -> float:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    if not good or (positive and value <= 0):
        raise _Wrong(f"{name!r} must be a finite number{' above 0' if positive else ''}; it holds {shown(value)}")
    return float(value)


def _column(entry: Any) -> ColumnPlan:
    name = _entry(entry, "name", str)
    categories, fill = entry.get("categories"), entry.get("fill")
    if categories is None:
        fill = None if fill is None else _number(fill, "fill")
        return ColumnPlan(
            name, None, fill, _number(entry.get("shift"), "shift"), _number(entry.get("scale"), "scale", True)
        )
    if not isinstance(categories, list) or not categories or not all(isinstance(c, str) for c in categories):
        raise _Wrong(f"the categories of {name!r} must be a list of words")
    if len(set(categories)) < len(categories) or not (fill is None or fill in categories):
        raise _Wrong(f"the categories of {name!r} must differ, and hold the one that fills it")
    return ColumnPlan(name, tuple(categories), fill)


def _sparse(entry: Any) -> SparsePlan:
    first, size = _entry(entry, "first", int), _entry(entry, "size", int)
    if first not in (0, 1) or size < 1:
        raise _Wrong("'first' must be 0 or 1 and 'size' at least 1")

    def vector(name: str, positive: bool) -> Array | None:
        values = entry.get(name)
        if values is None:
            return None
        if not isinstance(values, list) or len(values) != size:
            raise _Wrong(f"{name!r} must hold {size:,} numbers")
        return np.array([_number(value, name, positive) for value in values])

    return SparsePlan(first, size, vector("fill", False), vector("scale", True))


def _image_shape(shape: Any) -> tuple[int, int] | None:
    if shape is None:
        return None
    if not isinstance(shape, list) or len(shape) != 2 or not all(type(s) is int and s > 0 for s in shape):
        raise _Wrong("'image_shape' must be two whole numbers")
    return shape[0], shape[1]
