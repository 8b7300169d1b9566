"""The Hessian of a linear model from its data: X' C X, C the second derivatives of each row's loss in its outputs."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..engines.numba.threads import each_part, threads
from ..engines.quadratic.data import one_blas_thread
from ..problems.linear_model import LinearModel, folded
from ..problems.losses.multinomial_log_loss import MultinomialLogLoss
from .curvature import seen

__all__ = ["LinearHessian", "added", "bends"]

Array = NDArray[np.float64]
BLOCK = 2**18
"""Numbers of X that are worked on together: two megabytes, about a second-level cache."""
PARTS = 16
"""Each adds its blocks up in order, and the parts are added in order: the bits are the same for any number of threads.
BLAS then runs in the thread that calls it: its own threads slow small blocks down, fifty times on a busy machine."""
LEAST = 4
"""Small data too are that many blocks, for the threads."""
WIDE = 512
"""Matrices of so many columns are added up in one part, by BLAS with its own threads: more parts would be too much
memory."""


def bends(model: LinearModel) -> bool:
    """Whether the second derivative of the model's loss is known."""
    return isinstance(model.loss, MultinomialLogLoss) if model.coupled else hasattr(model.loss, "second")


class LinearHessian:
    """Products with the Hessian of a model at ``w`` (n,), and all of it; ``spent`` counts passes over X.

    The second derivatives of a row's loss, where outputs stand by themselves, are one an output; for the softmax they
    are diag(p) - p p', p the probabilities."""

    note = "exact, from the data"
    error, floor = float(np.finfo(float).eps), 0.0
    estimated = False

    def __init__(self, model: LinearModel, w: Array) -> None:
        self.model, self.w, self.spent = model, model.shaped(w), 0
        self.n, self.outputs, self.size = model.n, model.outputs_per_row, model.n // model.outputs_per_row
        self.each = np.zeros(model.n) if model.l2_each is None else model.l2_each
        slope, curvature = model.loss.slope(), model.loss.curvature()
        kinked = np.isfinite(slope) and not np.isfinite(curvature)  # bounded in slope, not in curvature: it jumps
        self.smooth = not (kinked or model.l1)

    @cached_property
    def bent(self) -> Array:
        """(rows, outputs): each output's second derivative, or for the softmax its probability."""
        out = np.empty((self.model.rows, self.outputs))

        def work(part: slice, rows: Any) -> tuple[()]:
            out[part] = self.bent_of(part, rows)
            return ()

        added(self.model, work)
        self.spent += 1
        return out

    def bent_of(self, part: slice, rows: Any) -> Array:
        model, base = self.model, self.model.base
        o = rows @ self.w[base:]
        o = o + self.w[0] if base else o
        if not model.coupled:
            return np.asarray(model.loss.second(o, model.y[part], xp), dtype=float).reshape(-1, self.outputs)
        acc, _ = folded(model.loss, o, model.y[part])
        return np.stack([model.loss.probability_of(o[:, k], acc, xp) for k in range(self.outputs)], axis=1)

    def counted(self, part: slice) -> Any:
        """What rows count: (rows,), or one number."""
        return self.model.share if self.model.weights is None else self.model.share * self.model.weights[part]

    def block(self, V: Array) -> Array:
        """``H V`` (n, k), in one pass (and one before the first)."""
        base, k, bent = self.model.base, V.shape[1], self.bent
        shaped = V.reshape(-1, self.outputs * k)

        def work(part: slice, rows: Any) -> tuple[Array, ...]:
            o = rows @ shaped[base:]
            o = (o + shaped[0] if base else o).reshape(-1, self.outputs, k)
            p = bent[part][:, :, None]
            c = p * o
            if self.model.coupled:
                c -= p * c.sum(axis=1, keepdims=True)
            c = (c.T * self.counted(part)).T.reshape(len(p), -1)
            return (rows.T @ c, c.sum(axis=0)) if base else (rows.T @ c,)

        tail, *head = added(self.model, work)
        self.spent += 1
        return np.concatenate([*(one[None] for one in head), tail]).reshape(V.shape) + self.each[:, None] * V

    def whole(self) -> Array:
        """``H`` (n, n), in one pass: with outputs a and b the entry of columns i and j is the sum of x_i x_j C_ab over
        the rows."""
        q = self.outputs
        if self.model.coupled:
            pairs = [(a, b) for a in range(q) for b in range(a, q)]
        else:
            pairs = [(a, a) for a in range(1 if constant(self.model.loss) else q)]

        def work(part: slice, rows: Any) -> tuple[Array, ...]:
            bent, counted = self.bent_of(part, rows), self.counted(part)
            return tuple(bordered(rows, self.joint(bent, a, b) * counted, self.model.base) for a, b in pairs)

        sums = dict(zip(pairs, added(self.model, work, self.size), strict=True))
        self.spent += 1
        out = np.zeros((self.size, q, self.size, q))
        for a in range(q):
            for b in range(q) if self.model.coupled else (a,):
                out[:, a, :, b] = sums.get((min(a, b), max(a, b)), sums[0, 0])
        found = out.reshape(self.n, self.n)
        found[np.diag_indices(self.n)] += self.each
        return found

    def joint(self, bent: Array, a: int, b: int) -> Array:
        """C_ab of some rows."""
        if not self.model.coupled:
            return bent[:, a]
        return bent[:, a] * (1 - bent[:, a]) if a == b else -bent[:, a] * bent[:, b]


def constant(loss: Any) -> bool:
    """Whether the second derivative is the same for every output: that of a squared error."""
    probe = np.array([-1e3, -1.0, 0.0, 1e-3, 1.0, 1e3])
    second = np.asarray(loss.second(probe, np.ones(probe.size), xp), dtype=float)
    return bool((second == second[0]).all())


def bordered(rows: Any, weights: Array, base: int) -> Array:
    """``Z' diag(weights) Z`` for the rows Z, with a column of ones before them where ``base`` is 1. Where the weights
    are of one sign it is a product of one array with itself, of which BLAS computes half."""
    sign = -1.0 if weights.size and weights[0] < 0 else 1.0
    same = bool((sign * weights >= 0).all())
    scale = np.sqrt(sign * weights)[:, None] if same else weights[:, None]
    scaled = rows.multiply(scale).tocsr() if hasattr(rows, "tocsr") else rows * scale
    product = scaled.T @ scaled if same else rows.T @ scaled
    inner = (sign if same else 1.0) * (product.toarray() if hasattr(product, "toarray") else product)
    if not base:
        return np.asarray(inner)
    out = np.empty((inner.shape[0] + 1,) * 2)
    out[1:, 1:], out[0, 0] = inner, weights.sum()
    out[0, 1:] = out[1:, 0] = rows.T @ weights
    return out


def added(model: LinearModel, work: Callable[[slice, Any], tuple[Any, ...]], square: int = 0) -> tuple[Any, ...]:
    """The sums of what ``work`` makes of each block of rows: of the slice of them, and of the rows as the model sees
    them. Where that is matrices of ``square`` columns blocks have as many rows or more. Numbers beyond the range become
    inf or NaN."""
    count, columns = model.X.shape
    filled = model.X.nnz / count if model.sparse else columns
    step = max(1, int(BLOCK / max(filled, 1.0)), square)
    step = min(step, count if square >= WIDE else -(-count // LEAST))
    blocks = -(-count // step)
    parts = 1 if square >= WIDE else min(PARTS, blocks)
    sums: list[list[Any]] = [[] for _ in range(parts)]

    def visit(first: int, last: int) -> None:
        with np.errstate(all="ignore"):
            for part in range(first, last):
                for block in range(blocks * part // parts, blocks * (part + 1) // parts):
                    chosen = slice(block * step, min((block + 1) * step, count))
                    more = work(chosen, seen(model, chosen))
                    sums[part] = [a + b for a, b in zip(sums[part], more, strict=True)] if sums[part] else list(more)

    if square >= WIDE:
        visit(0, 1)
    else:
        with one_blas_thread():
            each_part(visit, parts, min(threads(), parts))  # type: ignore[no-untyped-call]
    return tuple(sum(each[1:], start=each[0]) for each in zip(*sums, strict=True))
