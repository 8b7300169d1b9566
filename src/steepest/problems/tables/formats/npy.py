"""One NumPy array (rows, columns), the target among its columns x1, x2, ...; never unpickled."""

from pathlib import Path
from typing import Any

from ....base.errors import ArgumentError
from ..limits import NONE, Limit
from ..table import Table
from ..targets import as_table
from ._arrays import as_columns, read_array

__all__ = ["read", "suffixes"]

suffixes = (".npy",)


def read(path: Path, target: Any = None, kind: Any = "auto", optional: bool = False, limit: Limit = NONE) -> Table:
    """The table in a .npy file; the target is the last column, or named x3, or numbered."""
    with path.open("rb") as file:
        array = read_array(file, path.stat().st_size, path.name, limit)
    if array.ndim != 2:
        raise ArgumentError(
            f"{path.name} has shape {array.shape}; a table is (rows, columns) with the target among them: "
            "save X and y with np.savez instead"
        )
    return as_table(as_columns(array, path.name)[0], target, kind, path.name, optional)
