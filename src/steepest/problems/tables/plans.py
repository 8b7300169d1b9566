"""What is learned about one column from the training rows, and how a column of any rows becomes numbers by it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ...base.text import count
from ..problem import Array
from .cells import numbers, words
from .table import Column, shown

__all__ = ["MOST_CATEGORIES", "ColumnPlan", "constant_or_spread", "filling"]

MOST_CATEGORIES = 1000
"""A column of more different words is taken for names or texts, not for categories."""
Where = Callable[[int], str]


def filling(values: Array, impute: str, zeros: int = 0) -> float:
    """The value that stands for missing ones: mean, median or the (smallest) most frequent of ``values`` and of
    ``zeros`` further entries, those a sparse column does not store."""
    if impute == "most_frequent":
        found, counts = np.unique(values, return_counts=True)
        if not len(found) or zeros >= counts.max():
            return 0.0
        return float(found[counts.argmax()])
    if impute == "median":
        if 2 * zeros > len(values) + zeros:
            return 0.0
        return float(np.median(np.concatenate((values, np.zeros(zeros)))))
    return float(values.sum() / (len(values) + zeros))


def constant_or_spread(low: float, high: float, spread: float) -> float:
    """The scale of a column: its standard deviation, 1 where it is constant (rounding makes that tiny, not zero)."""
    return 1.0 if low == high or spread == 0 else spread


@dataclass(frozen=True)
class ColumnPlan:
    """One column: its ``categories`` (sorted) or None for numbers, the value that fills it, (x - shift) / scale."""

    name: str
    categories: tuple[str, ...] | None = None
    fill: float | str | None = None
    shift: float = 0.0
    scale: float = 1.0

    @property
    def width(self) -> int:
        return 1 if self.categories is None else len(self.categories)

    @property
    def names(self) -> list[str]:
        """The names of the columns of X made of this one: ``colour=red`` for a category."""
        if self.categories is None:
            return [self.name]
        return [f"{self.name}={category}" for category in self.categories]

    @classmethod
    def fit(cls, column: Column, source: str, impute: str | None, standardize: bool) -> "ColumnPlan":
        name = column.name
        present = column.values[~column.missing]
        if not len(present):
            raise ArgumentError(f"column {shown(name)} of {source} has no value in any row; leave it out")
        if column.categorical:
            different: dict[str, int] = {}
            for value in present:
                different[value] = different.get(value, 0) + 1
            if len(different) > MOST_CATEGORIES:
                raise ArgumentError(
                    f"column {shown(name)} of {source} holds {count(len(different), 'different word')} in "
                    f"{count(len(present), 'row')}, more than {MOST_CATEGORIES:,} categories; leave it out"
                )
            categories = tuple(sorted(different))
            return cls(name, categories, max(categories, key=different.__getitem__) if impute else None)
        with np.errstate(all="ignore"):
            fill = filling(present, impute) if impute else None
            values = present if fill is None else np.where(column.missing, fill, column.values)
            low, high = float(values.min()), float(values.max())
            shift, scale = (low, 1.0) if low == high else (float(values.mean()), float(values.std()))
        if not standardize:
            shift, scale = 0.0, 1.0
        if not np.isfinite([shift, scale, 0.0 if fill is None else fill]).all():
            raise ArgumentError(f"column {shown(name)} of {source} has numbers as large as {high:.3g}; rescale it")
        return cls(name, None, fill, shift, constant_or_spread(low, high, scale))

    def apply(self, column: Column, where: Where, out: Array) -> None:
        """Writes the column into ``out`` (rows, width); missing cells without a fill were refused before."""
        if self.categories is None:
            out[:, 0] = self._numbers(column, where)
            return
        index = {category: k for k, category in enumerate(self.categories)}
        out[:] = 0
        filled = None if self.fill is None else index[str(self.fill)]
        for i, value in enumerate(_as_words(column)):
            k = index.get(value, filled)
            if k is None:
                raise ArgumentError(
                    f"{where(i)} holds {shown(value)} in column {shown(self.name)}, which no training row does; "
                    "remove the row, or fit with impute='most_frequent' to treat it as missing"
                )
            out[i, k] = 1.0

    def _numbers(self, column: Column, where: Where) -> Array:
        values = column.values
        if column.categorical:
            read = numbers(["" if value is None else value for value in values])
            if read is None:
                i = next(i for i, v in enumerate(values) if v is not None and numbers([v]) is None)
                raise ArgumentError(
                    f"{where(i)} holds {shown(values[i])} in column {shown(self.name)}, which had numbers in training"
                )
            values = read
        filled: Array = values if self.fill is None else np.where(np.isnan(values), self.fill, values)
        infinite = np.isinf(filled)
        if infinite.any():
            i = int(infinite.argmax())
            raise ArgumentError(f"{where(i)} holds {filled[i]} in column {shown(self.name)}; numbers must be finite")
        with np.errstate(all="ignore"):
            return (filled - self.shift) / self.scale


def _as_words(column: Column) -> Any:
    """The cells as words; of a column of numbers, which may be of the categories 1 and 2, whole ones as ``1``."""
    if column.categorical:
        return column.values
    texts = ("" if v != v else str(int(v)) if v == np.floor(v) and abs(v) < 1e15 else repr(v) for v in
             column.values.tolist())  # fmt: skip
    return words(texts, {})
