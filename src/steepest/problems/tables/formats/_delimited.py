"""Text divided by a delimiter, read in chunks of rows: columns of numbers never exist as text all at once."""

import csv
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from ....base.errors import ArgumentError
from ....base.text import count
from ..cells import checked_words, is_number, numbers, words
from ..limits import NONE, Limit
from ..table import Column, Table, shown
from ..targets import as_table

__all__ = ["read_delimited", "sniffed"]

_CHUNK, _CHUNK_CELLS = 8192, 2**20
"""Rows read together, and cells: of wide tables fewer rows."""
_SAMPLE = 20


def read_delimited(path: Path, delimiter: str, target: Any, kind: Any, optional: bool, limit: Limit = NONE) -> Table:
    """The table in a text file, UTF-8 with or without a byte-order mark, cells quoted or not.

    A first row without a number is the header; otherwise the columns are x1, x2, ... A column with a word in it is
    one of categories.
    """
    first = next(_lines_of_cells(path, delimiter, limit), None)
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
        for column in (
            Column(name, v) for name, v in zip(names, _values(path, delimiter, header, len(names), limit), strict=True)
        )
    ]
    return as_table(columns, target, kind, path.name, optional)


def sniffed(path: Path, limit: Limit = NONE) -> str:
    """The delimiter among , ; and tab that divides the first rows evenly, and into most cells."""
    found, best = ",", (False, 1)
    for delimiter in (",", ";", "\t"):
        try:
            widths = [len(cells) for cells, _ in islice(_lines_of_cells(path, delimiter, limit), _SAMPLE)]
        except ArgumentError:  # reading will meet it again, and say so
            continue
        if widths and (len(set(widths)) == 1 < widths[0], widths[0]) > best:
            found, best = delimiter, (len(set(widths)) == 1 < widths[0], widths[0])
    return found


def _lines_of_cells(path: Path, delimiter: str, limit: Limit) -> Iterator[tuple[list[str], int]]:
    """The cells of each row that is not blank, with the number of its last line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(_checked(file, path.name, delimiter, limit), delimiter=delimiter, strict=True)
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


def _checked(file: TextIO, source: str, delimiter: str, limit: Limit) -> Iterator[str]:
    most = -1 if limit.letters is None else limit.letters
    for k, line in enumerate(iter(lambda: file.readline(most), ""), 1):
        if len(line) == most and not line.endswith("\n"):
            raise ArgumentError(f"{source} line {k} has more than {most:,} letters; is it a table?")
        limit.check(f"{source} line {k}", 1, line.count(delimiter) + 1)
        if "\0" in line:
            raise ArgumentError(f"{source} line {k} holds a NUL byte: it is no text file, or a damaged one")
        yield line


def _rows(path: Path, delimiter: str, header: bool, limit: Limit) -> Iterator[list[str]]:
    """The rows below the header, all as wide as the first row of the file."""
    lines = _lines_of_cells(path, delimiter, limit)
    first, line = next(lines)
    width = len(first)
    rest = lines if header else chain([(first, line)], lines)
    for row, (cells, line) in enumerate(rest, 1):
        if len(cells) != width:
            raise ArgumentError(
                f"{path.name} row {row} has {count(len(cells), 'column')}, the {'header' if header else 'first row'} "
                f"has {width} (line {line} of the file)"
            )
        limit.check(path.name, row, width)
        yield cells


def _values(path: Path, delimiter: str, header: bool, width: int, limit: Limit) -> list[NDArray[Any]]:
    """The values of each column. Where a column of numbers turns out to hold a word the file is read once more: the
    text of the cells before it is gone by then."""
    of_words: set[int] = set()
    while True:
        parts, late = _one_pass(path, delimiter, header, width, of_words, limit)
        if not parts:
            raise ArgumentError(f"{path.name} holds a header and no rows; a first row without a number is the header")
        if not late:
            return [np.concatenate(part) for part in parts]
        of_words |= late


def _one_pass(
    path: Path, delimiter: str, header: bool, width: int, of_words: set[int], limit: Limit
) -> tuple[list[list[NDArray[Any]]], set[int]]:
    """The chunks of each column, and the columns that must be read again as words; ``of_words`` is added to."""
    parts: list[list[NDArray[Any]]] = []
    late: set[int] = set()
    kept: dict[int, dict[str, str | None]] = {}
    rows, together = _rows(path, delimiter, header, limit), max(1, min(_CHUNK, _CHUNK_CELLS // width))
    while chunk := list(islice(rows, together)):
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
