"""Tab-separated values."""

from pathlib import Path
from typing import Any

from ..limits import NONE, Limit
from ..table import Table
from ._delimited import read_delimited

__all__ = ["read", "suffixes"]

suffixes = (".tsv", ".tab")


def read(path: Path, target: Any = None, kind: Any = "auto", optional: bool = False, limit: Limit = NONE) -> Table:
    """The table in a .tsv file; see ``read_delimited``."""
    return read_delimited(path, "\t", target, kind, optional, limit)
