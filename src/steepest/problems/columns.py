"""Columns seen centred and scaled, without a copy of the data: a change of variables that evens out the curvature."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .design import blocks, is_sparse

__all__ = ["Columns"]

Array = NDArray[np.float64]


class Columns(NamedTuple):
    """Column j counts as ``(x_j - centre_j) factor_j``. The weights of such a model are others, the outputs and the
    objective are the same: ``outward`` gives the weights of the data as it lies."""

    centre: Array
    factor: Array

    @classmethod
    def of(cls, X: Any, weights: Array | None, centred: bool) -> "Columns":
        """To mean 0 and standard deviation 1 (mean square 1 where not ``centred``); constant columns keep their
        scale."""
        S = np.ones(X.shape[0]) if weights is None else weights
        total = S.sum()
        if is_sparse(X):
            squares = np.asarray(X.multiply(X).T @ S).ravel() / total
            spread = np.sqrt(squares)
            return cls(np.zeros(X.shape[1]), np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 1.0))
        centre, squares = np.zeros(X.shape[1]), np.zeros(X.shape[1])
        if centred:  # about a row that counts: the mean of a constant column is then exact, its spread 0
            first = np.asarray(X[int(np.argmax(S > 0))], dtype=float)
            for part in blocks(X):
                centre += S[part] @ (X[part] - first) / total
            centre += first
        for part in blocks(X):
            apart = X[part] - centre
            squares += S[part] @ (apart * apart)
        spread = np.sqrt(squares / total)
        still = spread <= 10 * np.finfo(float).eps * np.abs(centre)
        factor = 1 / np.where(still | (spread == 0), 1.0, spread)
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
