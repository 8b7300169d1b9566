"""Apache Parquet through pyarrow, an optional dependency (pandas is not needed)."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....base.errors import ArgumentError, MissingExtraError, SteepestError
from ..limits import NONE, Limit
from ..table import Column, Table, shown
from ..targets import as_table
from ._pages import page_bytes

__all__ = ["read", "suffixes"]

suffixes = (".parquet", ".pq")


def read(path: Path, target: Any = None, kind: Any = "auto", optional: bool = False, limit: Limit = NONE) -> Table:
    """The table in a .parquet file: numbers and booleans, and words as they are; nulls and NaN are missing."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingExtraError(f'{path.name} needs pyarrow: pip install "steepest[frames]"') from None
    try:
        with parquet.ParquetFile(path) as file:
            told = file.metadata
            limit.check(path.name, told.num_rows, told.num_columns)
            if limit.cells is not None:
                with path.open("rb") as raw:
                    limit.check_bytes(path.name, page_bytes(raw, told))
            of_words = [field.name for field in file.schema_arrow if _is_text(field.type)]
        with parquet.ParquetFile(path, read_dictionary=of_words) as file:  # a long word kept once, however often it is
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


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _words(part: Any) -> NDArray[np.object_]:
    """(rows,) objects of a dictionary-encoded array, None where missing; equal words are one object."""
    known = np.array([*part.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(known[part.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)])


def _column(name: str, chunks: Any, source: str) -> Column:
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(chunks.type) and _is_text(chunks.type.value_type):
        return Column(name, np.concatenate([_words(part) for part in chunks.chunks]))
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
    if _is_text(kind):
        values = np.empty(len(chunks), dtype=object)
        values[:] = chunks.to_pylist()
        return Column(name, values)
    raise ArgumentError(f"column {shown(name)} of {source} is of type {kind}; a table is of numbers or words")
