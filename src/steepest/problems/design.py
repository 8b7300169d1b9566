"""Data as it is given, as the arrays that models read: used where it lies wherever it can be."""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError

__all__ = [
    "Checked",
    "as_rows",
    "blocks",
    "fingerprint",
    "is_sparse",
    "numeric",
    "opened",
    "row_weights",
    "times",
    "transposed_times",
]

BLOCK = 2**16
"""Numbers of X that are copied or looked at together."""


class Checked(NamedTuple):
    """Rows that have been through ``as_rows``, which takes them as they are: large data are not checked twice."""

    rows: Any


def is_sparse(X: Any) -> bool:
    return hasattr(X, "tocsr")


def as_rows(X: Any, name: str = "X") -> Any:
    """The rows of a model: a float64 or float32 array (rows, columns) of any strides, or a CSR matrix of these types.

    Such data is used where it lies; other types are copied to float64, other sparse formats to CSR."""
    if isinstance(X, Checked):
        return X.rows
    if not is_sparse(X):
        rows = numeric(X, name, 2)
    else:
        rows = as_csr(X, name)
    if rows.shape[0] == 0 or rows.shape[1] == 0:
        raise ArgumentError(f"{name} must have at least one row and one column; its shape is {rows.shape}")
    return rows


def as_csr(X: Any, name: str) -> Any:
    if X.ndim != 2:
        raise ArgumentError(f"{name} must have 2 dimensions; its shape is {X.shape}")
    if X.dtype.kind not in "fiub":
        raise ArgumentTypeError(f"{name} must hold real numbers; its dtype is {X.dtype}")
    csr = X if X.format == "csr" else X.tocsr()
    if csr.dtype not in (np.float64, np.float32):
        csr = csr.astype(np.float64)
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    if not finite(csr.data):
        at = int(np.flatnonzero(~np.isfinite(csr.data))[0])
        row = int(np.searchsorted(csr.indptr, at, side="right")) - 1
        raise ArgumentError(
            f"{name} holds {csr.data[at]} at row {row}, column {csr.indices[at]}; drop or fill such values first"
        )
    return csr


def finite(array: NDArray[np.floating[Any]]) -> bool:
    """Whether all numbers are finite, without a mask of the array's size."""
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum(dtype=np.float64)):  # NaN and infinity survive any sum
            return True
    rows = array[:, None] if array.ndim == 1 else array
    return all(bool(np.isfinite(rows[part]).all()) for part in blocks(rows))


def numeric(values: Any, name: str, ndim: int, single: bool = True) -> NDArray[Any]:
    """``values`` as an array of ``ndim`` dimensions of finite float64 (float32 stays, where ``single``), used where it
    lies if it is one; otherwise one sentence."""
    values = opened(values, name)
    if values is None:
        raise ArgumentTypeError(f"{name} must be a {ndim}-D array of numbers; got None")
    try:
        array = np.asarray(values)
        kind = array.dtype.kind
    except ValueError:
        raise ArgumentError(f"{name} must be a {ndim}-D array of numbers; its rows differ in length") from None
    if kind == "O":
        try:
            array = array.astype(float)
        except OverflowError:
            raise ArgumentError(f"{name} holds an integer beyond the largest float, 1.8e308; scale it") from None
        except (TypeError, ValueError):
            raise ArgumentTypeError(f"{name} must hold numbers; {no_number(array)}") from None
    elif kind not in "fiub":
        raise ArgumentTypeError(f"{name} must hold real numbers; its dtype is {array.dtype}")
    if array.ndim == 2 and ndim == 1 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != ndim and array.size == 0:
        raise ArgumentError(f"{name} is empty; give at least one row")
    if array.ndim != ndim:
        hint = "; reshape it to one column with reshape(-1, 1)" if (ndim, array.ndim) == (2, 1) else ""
        raise ArgumentError(f"{name} must have {ndim} dimension{'s' * (ndim > 1)}; its shape is {array.shape}{hint}")
    if array.dtype not in ((np.float64, np.float32) if single else (np.float64,)) or not array.dtype.isnative:
        array = array.astype(np.float64)
    if not finite(array):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        at = f"row {where[0]}" + (f", column {where[1]}" if ndim == 2 else "")
        raise ArgumentError(f"{name} holds {array[where]} at {at}; drop or fill such values first")
    return array


def opened(values: Any, name: str) -> Any:
    """``values`` out of their pandas wrapping; sparse and masked ones are refused."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if is_sparse(values):
        raise ArgumentTypeError(f"{name} must be dense; pass {name}.toarray()")
    if np.ma.is_masked(values):
        raise ArgumentError(f"{name} has masked entries; fill or drop them first")
    return values


def no_number(objects: NDArray[Any]) -> str:
    """The first of them that is none, and where."""
    if objects.ndim == 0:
        return f"got {objects.item()!r:.60}"
    for at, value in np.ndenumerate(objects):
        try:
            float(value)
        except (TypeError, ValueError):
            place = f"row {at[0]}" + (f", column {at[1]}" if len(at) > 1 else "")
            return f"it holds {value!r:.60} at {place}; encode, fill or drop such values first"
    return "it holds objects that are none"


def row_weights(given: Any, rows: int, scaled: bool) -> NDArray[np.float64]:
    """``sample_weight`` (rows,), checked; where ``scaled`` to a mean of 1."""
    weights = numeric(given, "sample_weight", 1, single=False)
    if weights.size != rows:
        raise ArgumentError(f"sample_weight must have one number a row; X has {rows:,} rows, it has {weights.size:,}")
    if weights.min() < 0:
        at = int(weights.argmin())
        raise ArgumentError(f"sample_weight must not be negative; it is {weights[at]:g} at row {at}")
    if not weights.max() > 0:
        raise ArgumentError("sample_weight is 0 for every row; at least one must count")
    if not scaled:
        return weights
    weights = weights / weights.max()  # first, or their sum may overflow
    return np.asarray(weights * (rows / weights.sum()))


def as_it_lies(X: Any) -> bool:
    """Whether a product with X reads it where it lies: NumPy copies arrays of other types and strides as a whole."""
    return is_sparse(X) or (X.dtype == np.float64 and X.itemsize in X.strides and X.flags.aligned)


def blocks(X: Any) -> Iterator[slice]:
    """Slices of rows of about half a megabyte of float64."""
    step = max(1, BLOCK // X.shape[1])
    return (slice(first, min(first + step, X.shape[0])) for first in range(0, X.shape[0], step))


def times(X: Any, c: NDArray[np.float64]) -> NDArray[np.float64]:
    """``X @ c`` in double precision, (rows,) or (rows, outputs)."""
    if as_it_lies(X):
        return np.asarray(X @ c, dtype=np.float64)
    out = np.empty((X.shape[0], *c.shape[1:]))
    for part in blocks(X):
        out[part] = X[part].astype(np.float64) @ c
    return out


def transposed_times(X: Any, d: NDArray[np.float64]) -> NDArray[np.float64]:
    """``X.T @ d`` in double precision, (columns,) or (columns, outputs)."""
    if as_it_lies(X):
        return np.asarray(X.T @ d, dtype=np.float64)
    out = np.zeros((X.shape[1], *d.shape[1:]))
    for part in blocks(X):
        out += X[part].astype(np.float64).T @ d[part]
    return out


def fingerprint(array: Any) -> dict[str, Any]:
    """Shape, dtype and SHA-256 of an array's bytes in C order (of a sparse one: of its values, columns and rows)."""
    digest = hashlib.sha256()
    parts = (array.data, array.indices, array.indptr) if is_sparse(array) else (array,)
    for part in parts:
        whole = part.ndim != 2 or part.flags.c_contiguous
        for some in [slice(None)] if whole else blocks(part):  # other orders are not copied as a whole
            digest.update(np.ascontiguousarray(part[some] if part.ndim else part).data)
    return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": digest.hexdigest()}
