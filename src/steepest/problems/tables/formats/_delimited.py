"""Text divided by a delimiter, read in chunks of rows: columns of numbers never exist as text all at once."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....base.errors import ArgumentError
from ....base.text import count
from ..cells import checked_words, is_number, numbers, words
from ..table import Column, Table, shown
from ..targets import as_table

__all__ = ["read_delimited", "sniffed"]

_CHUNK = 8192
_SAMPLE = 20


def read_delimited(path: Path, delimiter: str, target: Any, kind: Any, optional: bool) -> Table:
    """The table in a text file, UTF-8 with or without a byte-order mark, cells quoted or not.

    A first row without a number is the header; otherwise the columns are x1, x2, ... A column with a word in it is
    one of categories.
    """
    first = next(_lines_of_cells(path, delimiter), None)
    if first is None:
        raise ArgumentError(f"{path.name} holds no rows")
    header = not any(map(is_number, first[0]))
    names = [f"x{k}" for k in range(1, len(first[0]) + 1)]
    if header:
        names = [cell.strip() or name for cell, name in zip(first[0], names, strict=True)]
        for k, name in enumerate(names):
            if name in names[:k]:
                raise ArgumentError(
                    f"{path.name} names two columns {shown(name)}, {names.index(name) + 1} and {k + 1}; rename one"
                )
    columns = [
        checked_words(column, path.name) if column.categorical else column
        for column in (Column(name, v) for name, v in zip(names, _values(path, delimiter, header), strict=True))
    ]
    return as_table(columns, target, kind, path.name, optional)


def sniffed(path: Path) -> str:
    """The delimiter among , ; and tab that divides the first rows evenly, and into most cells."""
    found, best = ",", (False, 1)
    for delimiter in (",", ";", "\t"):
        try:
            widths = [len(cells) for cells, _ in islice(_lines_of_cells(path, delimiter), _SAMPLE)]
        except ArgumentError:  # reading will meet it again, and say so
            continue
        if widths and (len(set(widths)) == 1 < widths[0], widths[0]) > best:
            found, best = delimiter, (len(set(widths)) == 1 < widths[0], widths[0])
    return found


def _lines_of_cells(path: Path, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """The cells of each row that is not blank, with the number of its last line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(_checked(file, path.name), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if len(cells) > 1 or (cells and cells[0].strip()):
                    yield cells, reader.line_num
        except csv.Error as error:
            said = {"unexpected end of data": "the file ends inside a quoted cell"}.get(str(error), str(error))
            raise ArgumentError(f"{path.name} line {reader.line_num} is not valid: {said}") from error
        except UnicodeDecodeError as error:
            raise ArgumentError(
                f"{path.name} is not UTF-8 text: byte 0x{error.object[error.start]:02x} after line {reader.line_num}; "
                "save it as UTF-8"
            ) from error


def _checked(lines: Iterable[str], source: str) -> Iterator[str]:
    for k, line in enumerate(lines, 1):
        if "\0" in line:
            raise ArgumentError(f"{source} line {k} holds a NUL byte: it is no text file, or a damaged one")
        yield line


def _rows(path: Path, delimiter: str, header: bool) -> Iterator[list[str]]:
    """The rows below the header, all as wide as the first row of the file."""
    lines = _lines_of_cells(path, delimiter)
    first, line = next(lines)
    width = len(first)
    rest = lines if header else chain([(first, line)], lines)
    for row, (cells, line) in enumerate(rest, 1):
        if len(cells) != width:
            raise ArgumentError(
                f"{path.name} row {row} has {count(len(cells), 'column')}, the {'header' if header else 'first row'} "
                f"has {width} (line {line} of the file)"
            )
        yield cells


def _values(path: Path, delimiter: str, header: bool) -> list[NDArray[Any]]:
    """The values of each column. Where a column of numbers turns out to hold a word the file is read once more: the
    text of the cells before it is gone by then."""
    of_words: set[int] = set()
    while True:
        parts, late = _one_pass(path, delimiter, header, of_words)
        if not parts:
            raise ArgumentError(f"{path.name} holds a header and no rows; a first row without a number is the header")
        if not late:
            return [np.concatenate(part) for part in parts]
        of_words |= late


def _one_pass(
    path: Path, delimiter: str, header: bool, of_words: set[int]
) -> tuple[list[list[NDArray[Any]]], set[int]]:
    """The chunks of each column, and the columns that must be read again as words; ``of_words`` is added to."""
    parts: list[list[NDArray[Any]]] = []
    late: set[int] = set()
    kept: dict[int, dict[str, str | None]] = {}
    rows = _rows(path, delimiter, header)
    while chunk := list(islice(rows, _CHUNK)):
        parts = parts or [[] for _ in chunk[0]]
        for k, cells in enumerate(zip(*chunk, strict=True)):
            if k in late:
                continue
            found: NDArray[Any] | None = None if k in of_words else numbers(cells)
            if found is None and k not in of_words:
                if parts[k]:
                    late.add(k)
                    continue
                of_words.add(k)
            parts[k].append(words(cells, kept.setdefault(k, {})) if found is None else found)
    return parts, late
