"""``read(path)``: a table from a file of any known format, found by the file's suffix."""

import os
from pathlib import Path
from typing import Any

from ...base.errors import ArgumentError, ArgumentTypeError, SteepestError
from ...base.text import listing
from . import formats
from .limits import NONE, Limit
from .table import Table

__all__ = ["read"]


def read(path: Any, target: Any = None, kind: Any = "auto", optional: bool = False, limit: Limit = NONE) -> Table:
    """The table in a .csv, .tsv, .parquet, .npy, .npz or .svmlight file.

    ``target``: a column's name or its number from 1; without one, the column named target, label, class or y, else
    the last. In .npz files the name of an array, 'y' without one; svmlight lines begin with it. ``kind`` "auto" takes
    words and at most 20 different whole numbers for classification, other numbers for regression. With ``optional``
    a target, then by its name, that is not there or has empty cells is left out: for files to predict from. What a
    file declares and holds is kept within ``limit`` before memory is taken for it.

    Raises ArgumentError, or MissingExtraError for .parquet without pyarrow, and nothing else about a file; nothing is
    ever unpickled.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentTypeError(f"path must be the name of a file; got {path!r}")
    if kind not in ("auto", "classification", "regression"):
        raise ArgumentError(f"kind must be 'auto', 'classification' or 'regression'; got {kind!r}")
    if isinstance(target, bool) or not (target is None or isinstance(target, str) or hasattr(target, "__index__")):
        raise ArgumentTypeError(f"target must be a column's name or its number from 1; got {target!r}")
    file = Path(os.fsdecode(path))
    reader = formats.find(file.suffix)
    if reader is None:
        why = " (pickles are never loaded: they can run code)" if file.suffix in (".pkl", ".pickle", ".joblib") else ""
        known = listing(formats.suffixes())
        raise ArgumentError(f"{file.name!r} is not of a known format{why}; its name must end in {known}")
    try:
        if file.is_dir():
            raise ArgumentError(f"{str(path)!r} is a folder; give the file")
        if not file.exists():
            raise ArgumentError(f"{str(path)!r} does not exist")
        if not file.is_file():
            raise ArgumentError(f"{str(path)!r} is not a regular file; save the data to one")
        if file.stat().st_size == 0:
            raise ArgumentError(f"{file.name} is empty")
        table: Table = reader(file, target, kind, optional, limit)
    except SteepestError:
        raise
    except OSError as error:
        raise ArgumentError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise ArgumentError(f"{file.name} does not fit into memory") from error
    except ValueError as error:  # a NUL in the path
        raise ArgumentError(f"{str(path)!r} cannot be read: {error}") from error
    return table
