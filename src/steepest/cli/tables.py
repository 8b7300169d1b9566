"""Rows of text as aligned columns, CSV or JSON. The modules for each are imported where they are used, so that
``steepest --help``, which imports every command, starts without them."""

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["aligned", "as_csv", "as_json", "beside", "wrapped"]

WIDTH = 100
"""Characters to a line of running text."""


def aligned(rows: Sequence[Sequence[str]], indent: int = 0) -> list[str]:
    """One line for each row, its cells padded to their columns and parted by two blanks."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        (" " * indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def beside(label: str, lines: Iterable[str], column: int) -> list[str]:
    """The lines from ``column`` on, the first of them beside ``label``."""
    return [f"{label if k == 0 else '':<{column}}{line}".rstrip() for k, line in enumerate(lines)]


def wrapped(label: str, text: str, column: int) -> list[str]:
    """``text`` folded to ``WIDTH`` beside ``label``, from ``column`` on."""
    import textwrap

    return beside(label, textwrap.wrap(text, WIDTH - column, break_long_words=False), column)


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Numbers are written so that reading them gives the same bits back."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def as_json(value: Any) -> str:
    """Indented, standard JSON."""
    import json

    return json.dumps(value, indent=2, allow_nan=False)
