"""Apache Parquet through pyarrow, an optional dependency (pandas is not needed)."""

from pathlib import Path
from typing import Any

import numpy as np

from ....base.errors import ArgumentError, MissingExtraError, SteepestError
from ..table import Column, Table, shown
from ..targets import as_table

__all__ = ["read", "suffixes"]

suffixes = (".parquet", ".pq")


def read(path: Path, target: Any = None, kind: Any = "auto", optional: bool = False) -> Table:
    """The table in a .parquet file: numbers and booleans, and words as they are; nulls and NaN are missing."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingExtraError(f'{path.name} needs pyarrow: pip install "steepest[frames]"') from None
    try:
        with parquet.ParquetFile(path) as file:
            stored = file.read()
        names = [str(name) for name in stored.column_names]
        columns = [
            _column(name, chunks, path.name)
            for name, chunks in zip(names, stored.columns, strict=True)
            if not name.startswith("__index_level_")  # the index of a pandas frame
        ]
    except SteepestError:
        raise
    except Exception as error:  # whatever a damaged file makes pyarrow raise
        raise ArgumentError(f"{path.name} is no Parquet file, or a damaged one") from error
    if not columns or not len(columns[0].values):
        raise ArgumentError(f"{path.name} holds no rows")
    for k, name in enumerate(names):
        if name in names[:k]:
            raise ArgumentError(f"{path.name} names two columns {shown(name)}; rename one")
    return as_table(columns, target, kind, path.name, optional)


def _column(name: str, chunks: Any, source: str) -> Column:
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(chunks.type):
        chunks = chunks.cast(chunks.type.value_type)
    kind = chunks.type
    if types.is_boolean(kind):
        chunks = chunks.cast(pa.int8())
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        found = chunks.cast(pa.float64(), safe=False).to_numpy()
        return Column(name, np.array(found, dtype=np.float64))
    if types.is_null(kind):
        return Column(name, np.full(len(chunks), np.nan))
    if types.is_string(kind) or types.is_large_string(kind):
        values = np.empty(len(chunks), dtype=object)
        values[:] = chunks.to_pylist()
        return Column(name, values)
    raise ArgumentError(f"column {shown(name)} of {source} is of type {kind}; a table is of numbers or words")
