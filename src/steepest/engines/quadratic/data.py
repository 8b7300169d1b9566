"""One pass over the data of a least-squares model: value and gradient at a point, and the curvature where asked for."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..numba.threads import each_part, threads

__all__ = ["Reading", "reading"]

Array = NDArray[np.float64]

BLOCK = 2**18
"""Numbers of X that are worked on together: two megabytes, about a second-level cache, serve for three products."""
PARTS = 16
"""Each part of the rows adds its blocks up in order, and the parts are added in order: the bits do not depend on the
number of threads."""
WIDE = 512
"""From so many columns on there is one part, whose products BLAS spreads over its own threads: they are large enough
for that, and a matrix a part would be too much memory."""


class Reading(NamedTuple):
    """The objective ``f`` and its gradient ``g`` (weights, outputs) at a point; ``G`` (weights, weights) its curvature,
    the same for each output, or None."""

    f: float
    g: Array
    G: Array | None


class Sums:
    """What the rows of one part add up to."""

    def __init__(self, weights: int, outputs: int, curved: bool) -> None:
        self.f, self.g = 0.0, np.zeros((weights, outputs))
        self.G = np.zeros((weights, weights)) if curved else None

    def add(self, B: Any, y: Array, S: Array | None, w: Array, base: int) -> None:
        """Rows B (rows, columns), dense or CSR, with targets y (rows, outputs) and weights S (rows,)."""
        r = B @ w[base:] - y
        if base:
            r += w[0]
        d = r if S is None else S[:, None] * r
        self.f += 0.5 * float(np.vdot(r, d))
        self.g[base:] += B.T @ d
        if base:
            self.g[0] += d.sum(axis=0)
        if self.G is None:
            return
        sparse = hasattr(B, "tocsr")
        if S is None:
            A, ones = B, np.ones(B.shape[0])
        else:
            A, ones = (B.multiply(np.sqrt(S)[:, None]).tocsr() if sparse else np.sqrt(S)[:, None] * B), S
        product = A.T @ A  # of one array with itself: NumPy computes half of it
        self.G[base:, base:] += product.toarray() if sparse else product
        if base:
            self.G[0, 0] += ones.sum()
            self.G[0, 1:] += B.T @ ones


def reading(problem: Any, w: Array, curved: bool = False, deadline: float = np.inf) -> Reading | None:
    """One pass over the data of ``problem`` (a LinearModel with squared error, no l1) at w (weights, outputs); None
    where ``time.perf_counter()`` passes the deadline meanwhile."""
    X, outputs = problem.X, w.shape[1]
    columns = X.shape[1]
    step = max(1, BLOCK // columns)
    if problem.sparse:
        step = max(1, min(X.shape[0], step * max(1, X.shape[0] * columns // max(X.nnz, 1))))
    blocks = -(-X.shape[0] // step)
    parts = 1 if columns >= WIDE else min(PARTS, blocks)
    sums = [Sums(w.shape[0], outputs, curved) for _ in range(parts)]
    y, S = problem.y.reshape(-1, outputs), problem.weights
    stopped: list[bool] = []

    def visit(first: int, last: int) -> None:
        try:
            with np.errstate(all="ignore"):
                for part in range(first, last):
                    for block in range(blocks * part // parts, blocks * (part + 1) // parts):
                        if stopped or (blocks > 1 and time.perf_counter() > deadline):
                            stopped.append(True)
                            return
                        rows = slice(block * step, min((block + 1) * step, X.shape[0]))
                        chosen = None if S is None else S[rows]
                        sums[part].add(block_of(X, rows, problem.columns), y[rows], chosen, w, problem.base)
        except BaseException:  # Ctrl-C among them: the other threads are not to go on for the rest of the pass
            stopped.append(True)
            raise

    if columns >= WIDE:
        visit(0, 1)
    else:
        with one_blas_thread():
            each_part(visit, parts, min(threads(), parts))  # type: ignore[no-untyped-call]
    return None if stopped else total(problem, sums, w)


def total(problem: Any, sums: list[Sums], w: Array) -> Reading:
    """The parts added up in their order, times the model's share, with its l2 penalty."""
    share, f = problem.share, 0.0
    g, G = np.zeros_like(sums[0].g), sums[0].G
    for part in sums:
        f += part.f
        g += part.g
    for part in sums[1:]:
        if G is not None and part.G is not None:
            G += part.G
    f, g = share * f, share * g
    if G is not None:
        G *= share
        if problem.base:
            G[1:, 0] = G[0, 1:]
    if problem.l2_each is not None:
        each = problem.l2_each.reshape(w.shape)
        f += 0.5 * float(np.vdot(each * w, w))
        g += each * w
        if G is not None:
            G[np.diag_indices_from(G)] += each[:, 0]
    return Reading(f, g, G)


def block_of(X: Any, rows: slice, columns: Any) -> Any:
    """Some rows of X in double precision, where they lie if they can be used so; centred and scaled by ``columns``."""
    block = X[rows]
    if hasattr(block, "tocsr"):
        block = block.astype(np.float64, copy=columns is not None)
        if columns is not None:  # sparse columns are scaled only
            block.data *= columns.factor[block.indices]
        return block
    if columns is not None:
        return (block - columns.centre) * columns.factor
    as_it_lies = block.dtype == np.float64 and block.itemsize in block.strides and min(block.strides) >= 0
    return block if as_it_lies else np.ascontiguousarray(block, dtype=np.float64)


# -- BLAS's own threads: on narrow blocks they gain nothing, ours gain all -----------------------------------------

_lock = threading.Lock()
_users = 0
_limited: Any = None


@cache
def blas() -> Any:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS in the thread that calls it; several runs at once set and restore its number of threads together."""
    global _users, _limited
    with _lock:
        _users += 1
        if _users == 1:
            _limited = blas().limit(limits=1)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limited.restore_original_limits()
