"""Columns seen centred and scaled, without a copy of the data: a change of variables that evens out the curvature."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from .design import blocks, is_sparse

__all__ = ["Columns"]

Array = NDArray[np.float64]
ALL = slice(None)
SMALL = 1e-140
"""Spreads from this one to its inverse have squares in the range of numbers, with all their digits."""


class Columns(NamedTuple):
    """Column j counts as ``(x_j - centre_j) factor_j``. The weights of such a model are others, the outputs and the
    objective are the same: ``outward`` gives the weights of the data as it lies."""

    centre: Array
    factor: Array

    @classmethod
    def of(cls, X: Any, weights: Array | None, centred: bool) -> "Columns":
        """To mean 0 and standard deviation 1 (mean square 1 where not ``centred``); constant columns, those
        but for rounding too, keep their scale, or take that of a mean above 1, by which rounding stays rounding."""
        S = np.ones(X.shape[0]) if weights is None else weights
        shares = S / S.sum()
        centre = mean(X, shares) if centred and not is_sparse(X) else np.zeros(X.shape[1])
        with np.errstate(all="ignore"):
            spread = np.sqrt(squares(X, shares, centre))
        odd = np.flatnonzero(~((spread > SMALL) & (spread < 1 / SMALL)))
        if odd.size:  # constant columns, or squares beyond the range of numbers
            spread[odd] = careful(X, odd, shares, centre[odd])
        if not np.isfinite(spread).all():
            worst = int(np.flatnonzero(~np.isfinite(spread))[0])
            raise ArgumentError(f"column {worst} of X spans more than the largest number, 1.8e308; scale it")
        still = spread <= 10 * np.finfo(float).eps * np.abs(centre)  # what varies there is rounding
        still |= spread < np.finfo(float).tiny
        factor = 1 / np.where(still, np.maximum(1.0, np.abs(centre)), spread)
        return cls(centre, factor)

    def outward(self, w: Array, base: int) -> Array:
        """The weights of the data as it lies, from those of its scaled columns: (columns + base,) or with a further
        axis of outputs; ``base`` is 1 where w[0] is an intercept."""
        out = np.array(w, dtype=float)
        out[base:] = (self.factor * w[base:].T).T
        if base:
            out[0] = w[0] - self.centre @ out[1:]
        return out

    def inward(self, w: Array, base: int) -> Array:
        """The inverse of ``outward``."""
        inner = np.array(w, dtype=float)
        inner[base:] = (w[base:].T / self.factor).T
        if base:
            inner[0] = w[0] + self.centre @ w[1:]
        return inner

    def gradient(self, g: Array, base: int) -> Array:
        """The gradient in the scaled weights, from that in the weights of the data as it lies."""
        inner = np.array(g)
        tail = g[base:] - np.multiply.outer(self.centre, g[0]) if base else g[base:]
        inner[base:] = (self.factor * tail.T).T
        return inner


def mean(X: Any, shares: Array) -> Array:
    """Of each column, about a row that counts: that of a constant column is then exact, its spread 0."""
    apart, first = np.zeros(X.shape[1]), np.asarray(X[int(np.argmax(shares > 0))], dtype=float)
    with np.errstate(all="ignore"):
        for part in blocks(X):
            apart += shares[part] @ (X[part] - first)
    return np.asarray(apart + first)


def squares(X: Any, shares: Array, centre: Array, unit: Any = 1.0, chosen: Any = ALL) -> Array:
    """The mean square of each of the ``chosen`` columns about its ``centre``, counted in its ``unit``."""
    if is_sparse(X):
        scaled = X if chosen is ALL else in_units(X[:, chosen], unit)
        return np.asarray(scaled.multiply(scaled).T @ shares).ravel()
    total = np.zeros(centre.size)
    for part in blocks(X):
        apart = X[part][:, chosen] - centre
        if chosen is not ALL:
            apart /= unit
        apart *= apart
        total += shares[part] @ apart
    return total


def in_units(X: Any, unit: Array) -> Any:
    scaled = X.astype(np.float64)
    scaled.data /= unit[X.indices]
    return scaled


def careful(X: Any, chosen: NDArray[np.intp], shares: Array, centre: Array) -> Array:
    """The spread of the ``chosen`` columns in units of the largest distance: no square overflows or vanishes."""
    far = np.zeros(chosen.size)
    with np.errstate(all="ignore"):
        if is_sparse(X):
            far = np.asarray(abs(X[:, chosen]).max(axis=0).todense(), dtype=float).ravel()
        else:
            for part in blocks(X):
                np.maximum(far, np.abs(X[part][:, chosen] - centre).max(axis=0), out=far)
        return np.asarray(far * np.sqrt(squares(X, shares, centre, np.where(far > 0, far, 1.0), chosen)))
