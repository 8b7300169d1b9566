"""Preparing a sparse matrix: scales and fills of its columns, learned from the training rows; zeros stay zeros."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ..problem import Array
from .plans import filling
from .table import Table

__all__ = ["SparsePlan"]


@dataclass(frozen=True, eq=False)
class SparsePlan:
    """``size`` columns, the first of which is x<first>; ``fill`` and ``scale`` (size,), or None for none.

    Standardising divides by the standard deviation (1 where it is 0) and does not subtract the mean, which would
    store every zero.
    """

    first: int
    size: int
    fill: Array | None = None
    scale: Array | None = None

    @classmethod
    def fit(cls, table: Table, impute: str | None, standardize: bool) -> "SparsePlan":
        X = table.sparse
        check_finite(table, missing_too=impute is None)
        fill = _fills(X, impute) if impute else None
        scale = None
        if standardize:
            data, j, rows = X.data, X.indices, X.shape[0]
            data = data if fill is None else np.where(np.isnan(data), fill[j], data)
            with np.errstate(all="ignore"):
                mean = np.bincount(j, weights=data, minlength=X.shape[1]) / rows
                stored = np.bincount(j, minlength=X.shape[1])
                square = np.bincount(j, weights=(data - mean[j]) ** 2, minlength=X.shape[1])
                scale = np.sqrt((square + (rows - stored) * mean**2) / rows)
                # a constant column's spread is rounding, as in the dense case
                scale[scale <= 1e-12 * np.abs(mean)] = 1.0
            if not np.isfinite(scale).all():
                k = int((~np.isfinite(scale)).argmax())
                raise ArgumentError(f"column {table.names[k]!r} of {table.source} has numbers too large to work with")
        return cls(table.first, int(X.shape[1]), fill, scale)

    def apply(self, table: Table) -> Any:
        """CSR (rows, size), float64; columns go by their index, and those that training did not have are left out."""
        from scipy.sparse import csr_matrix

        check_finite(table, missing_too=self.fill is None)
        X = table.sparse
        j = X.indices.astype(np.int64) + (table.first - self.first)
        known = (j >= 0) & (j < self.size)
        before = np.concatenate(([0], np.cumsum(known)))  # how many are kept up to each stored entry
        j, data = j[known], X.data[known].astype(np.float64)
        if self.fill is not None:
            data = np.where(np.isnan(data), self.fill[j], data)
        if self.scale is not None:
            data /= self.scale[j]
        return csr_matrix((data, j, before[X.indptr]), shape=(X.shape[0], self.size))

    def to_dict(self) -> dict[str, Any]:
        return {
            "first": self.first, "size": self.size, "fill": None if self.fill is None else self.fill.tolist(),
            "scale": None if self.scale is None else self.scale.tolist(),
        }  # fmt: skip


def _fills(X: Any, impute: str) -> Array:
    columns = X.tocsc()
    fill = np.zeros(X.shape[1])
    for k in np.flatnonzero(np.diff(columns.indptr)):
        stored = columns.data[columns.indptr[k] : columns.indptr[k + 1]]
        present = stored[~np.isnan(stored)]
        if len(present):  # else 0, as in the rows that do not store it
            with np.errstate(all="ignore"):
                fill[k] = filling(present, impute, X.shape[0] - len(stored))
    return fill


def check_finite(table: Table, missing_too: bool) -> None:
    """Refuses an infinite entry, and with ``missing_too`` a NaN, by row and column."""
    X = table.sparse
    bad = ~np.isfinite(X.data) if missing_too else np.isinf(X.data)
    if bad.any():
        k = int(bad.argmax())
        i = int(np.searchsorted(X.indptr, k, side="right")) - 1
        column = repr(table.names[int(X.indices[k])])
        if np.isnan(X.data[k]):
            raise ArgumentError(
                f"{table.where(i)} has no value in column {column} ({int(np.isnan(X.data).sum()):,} missing in all); "
                "remove the row, or fit with impute='mean', 'median' or 'most_frequent'"
            )
        raise ArgumentError(f"{table.where(i)} holds {X.data[k]} in column {column}; numbers must be finite")
