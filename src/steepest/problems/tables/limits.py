"""How large a table may become, checked on what a file declares and while it is read, before memory is taken."""

from typing import NamedTuple

from ...base.errors import ArgumentError
from ...base.text import count

__all__ = ["NONE", "Limit"]

BYTES, SPARE = 10, 2**16
"""Of a cell, with what a format adds to it; of a small table."""


class Limit(NamedTuple):
    """``cells`` are rows x columns (of a sparse table: the numbers stored), ``columns`` those that have names, None for
    any number; ``letters`` those of one line of text."""

    cells: int | None = None
    columns: int | None = None
    letters: int | None = None

    def check(self, source: str, rows: int, columns: int) -> None:
        """Raises ArgumentError where a table of ``rows`` x ``columns`` is too large."""
        if self.columns is not None and columns > self.columns:
            raise ArgumentError(
                f"{source} has {count(columns, 'column')}, and {self.columns:,} are the most taken here; "
                "leave some out, or use the library or the command line"
            )
        if self.cells is not None and rows * columns > self.cells:
            raise ArgumentError(
                f"{source} has {count(rows, 'row')} x {count(columns, 'column')}, and {self.cells:,} cells are "
                "the most taken here; give a part of it, or use the library or the command line"
            )

    def check_bytes(self, source: str, size: int) -> None:
        """Raises ArgumentError for an array of ``size`` bytes: a cell of text may be long."""
        most = None if self.cells is None else BYTES * self.cells + SPARE
        if most is not None and size > most:
            raise ArgumentError(
                f"{source} would take {size / 1e6:,.0f} MB, and {most / 1e6:,.0f} are the most taken here; "
                "use the library or the command line"
            )

    def check_stored(self, source: str, numbers: int) -> None:
        """Raises ArgumentError for a sparse table of more than so many numbers."""
        if self.cells is not None and numbers > self.cells:
            raise ArgumentError(
                f"{source} holds more than {self.cells:,} numbers, the most that are taken here; give a part of it, or "
                "use the library or the command line"
            )


NONE = Limit()
