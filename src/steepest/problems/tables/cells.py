"""Cells of text as numbers or words: what counts as missing, and columns that are neither one nor the other."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ..problem import Array
from .table import Column, shown

__all__ = ["MISSING", "checked_words", "is_number", "numbers", "words"]

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
"""Cells without a value, in lower case and without spaces around them."""
_FEW = 20
"""Up to this many different words a column is of categories, even where some of them read as numbers (1, 2, 3+)."""


def is_missing(cell: str) -> bool:
    return cell.strip().casefold() in MISSING


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell and not is_missing(cell)


def numbers(cells: Sequence[str]) -> Array | None:
    """(rows,) float64, NaN where missing; None where a cell is a word, as 1_000 is, which Python takes for a number."""
    try:
        found = np.fromiter(map(float, cells), dtype=float, count=len(cells))
    except ValueError:  # a cell is missing, or a word
        try:
            found = np.array([math.nan if is_missing(cell) else float(cell) for cell in cells])
        except ValueError:
            return None
    return None if any("_" in cell for cell in cells) else found


def words(cells: Iterable[str], kept: dict[str, str | None]) -> NDArray[np.object_]:
    """(rows,) objects, None where missing; equal words are one object, held in ``kept`` by the cell they came from."""
    found = []
    for cell in cells:
        if cell not in kept:
            kept[cell] = None if is_missing(cell) else cell.strip()
        found.append(kept[cell])
    column = np.empty(len(found), dtype=object)
    column[:] = found
    return column


def checked_words(column: Column, source: str) -> Column:
    """The column of words; refused where most of its many different words are numbers: one of them is mistyped."""
    different = {value for value in column.values if value is not None}
    if len(different) > _FEW and 2 * sum(map(is_number, different)) > len(different):
        for row, value in enumerate(column.values, 1):
            if value is not None and not is_number(value):
                raise ArgumentError(
                    f"{source} row {row} holds {shown(value)} in column {shown(column.name)}, whose other cells are "
                    "numbers; correct it or leave it empty"
                )
    return column
