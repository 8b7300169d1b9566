"""Comma-separated values, also with semicolons or tabs: whichever the first rows are divided by."""

from pathlib import Path
from typing import Any

from ..limits import NONE, Limit
from ..table import Table
from ._delimited import read_delimited, sniffed

__all__ = ["read", "suffixes"]

suffixes = (".csv",)


def read(path: Path, target: Any = None, kind: Any = "auto", optional: bool = False, limit: Limit = NONE) -> Table:
    """The table in a .csv file; see ``read_delimited``."""
    return read_delimited(path, sniffed(path, limit), target, kind, optional, limit)
