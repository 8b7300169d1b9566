"""What kernels read of the rows of a linear model whose X is sparse: outputs, losses and gradients.

``data`` is (values, columns, starts, y, S): the arrays of a CSR matrix (columns as unsigned integers: an index that may
be negative costs a test and a select each), the targets (rows,) or (rows, outputs), the rows' weights or (). Points and
gradients are *prepared* ones, as in ../points.py: weights of the data as it lies, output by output.
"""

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from ..lowering import (
    FLAGS,
    bare,
    class_of,
    loss_derivative,
    loss_derivative_of,
    loss_fold,
    loss_parts,
    loss_start,
    loss_value,
    loss_value_of,
)
from ..points import inner, len_of
from ..rows import row_weight
from ..steps import penalty_at

__all__ = ["Csr", "add_rows", "block_losses", "block_sums", "penalties"]


class Csr(NamedTuple):
    """``values[starts[i]:starts[i + 1]]`` in ``columns[..]`` is row i."""

    values: Any
    columns: Any
    starts: Any

    @classmethod
    def of(cls, X):
        """The arrays of a SciPy matrix, where they lie."""
        columns = np.ascontiguousarray(X.indices)
        unsigned = columns.view(np.uint32 if columns.itemsize == 4 else np.uint64)
        return cls(np.ascontiguousarray(X.data), unsigned, np.ascontiguousarray(X.indptr, dtype=np.int64))


@inner()
def product(x, at, c):
    """Of a row, its values ``x`` in columns ``at``, with the coefficients c."""
    o = 0.0
    for k in range(x.size):
        o += x[k] * c[at[k]]
    return o


@inner()
def add_scaled(d, x, at, g):
    for k in range(x.size):
        g[at[k]] += d * x[k]


add_rows, add_losses = bare("add_rows"), bare("add_losses")


def chosen(M, loss, one, one_with_logs, several, coupled):
    if len_of(M) > 0:
        return coupled if hasattr(class_of(loss), "fold") else several
    return one_with_logs if hasattr(class_of(loss), "parts") else one


@overload(add_rows, jit_options=FLAGS)
def _add_rows(data, M, e, base, loss, start, stop, g):
    """Adds the gradient over rows start to stop at the point ``e`` to g and returns their summed loss."""

    def one(data, M, e, base, loss, start, stop, g):
        values, columns, starts, y, S = data
        c, tail, total = e[base:], g[base:], 0.0
        for i in range(start, stop):
            x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
            o = product(x, at, c) + (e[0] if base else 0.0)
            weight = row_weight(S, i)
            total += weight * loss_value(loss, o, y[i])
            d = weight * loss_derivative(loss, o, y[i])
            if base:
                g[0] += d
            add_scaled(d, x, at, tail)
        return total

    def one_with_logs(data, M, e, base, loss, start, stop, g):
        """One logarithm for up to 512 rows of the same weight: see ../rows.py."""
        values, columns, starts, y, S = data
        c, tail, total = e[base:], g[base:], 0.0
        for first in range(start, stop, 512):
            factors, weight = 1.0, row_weight(S, first)
            for i in range(first, min(first + 512, stop)):
                x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                factor, rest, d = loss_parts(loss, product(x, at, c) + (e[0] if base else 0.0), y[i])
                if row_weight(S, i) != weight:
                    total += weight * np.log(factors)
                    factors, weight = 1.0, row_weight(S, i)
                factors *= factor
                total += weight * rest
                d *= weight
                if base:
                    g[0] += d
                add_scaled(d, x, at, tail)
            total += weight * np.log(factors)
        return total

    def several(data, M, e, base, loss, start, stop, g):
        values, columns, starts, y, S = data
        outputs, total = M.shape[1], 0.0
        size = e.size // outputs
        for i in range(start, stop):
            x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
            weight = row_weight(S, i)
            for k in range(outputs):
                first = k * size
                o = product(x, at, e[first + base : first + size]) + (e[first] if base else 0.0)
                total += weight * loss_value(loss, o, y[i, k])
                d = weight * loss_derivative(loss, o, y[i, k])
                if base:
                    g[first] += d
                add_scaled(d, x, at, g[first + base : first + size])
        return total

    def coupled(data, M, e, base, loss, start, stop, g):
        values, columns, starts, y, S = data
        outputs, total = M.shape[1], 0.0
        size = e.size // outputs
        for i in range(start, stop):
            x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
            weight, true = row_weight(S, i), int(y[i])
            acc = folded_outputs(x, at, e, base, M, loss)
            total += weight * loss_value_of(loss, M[0, true], acc)
            for k in range(outputs):
                d = weight * loss_derivative_of(loss, M[0, k], 1.0 if k == true else 0.0, acc)
                if base:
                    g[k * size] += d
                add_scaled(d, x, at, g[k * size + base : (k + 1) * size])
        return total

    return chosen(M, loss, one, one_with_logs, several, coupled)


@inner()
def folded_outputs(x, at, e, base, M, loss):
    """A row's outputs into M[0], and what a coupled loss gathers of them."""
    outputs = M.shape[1]
    size = e.size // outputs
    for k in range(outputs):
        M[0, k] = product(x, at, e[k * size + base : (k + 1) * size]) + (e[k * size] if base else 0.0)
    acc = loss_start(loss, M[0, 0])
    for k in range(1, outputs):
        acc = loss_fold(loss, acc, M[0, k])
    return acc


@overload(add_losses, jit_options=FLAGS)
def _add_losses(data, M, e, base, loss, start, stop):
    """The summed loss of rows start to stop at the point ``e``."""

    def one(data, M, e, base, loss, start, stop):
        values, columns, starts, y, S = data
        c, total = e[base:], 0.0
        for i in range(start, stop):
            x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
            total += row_weight(S, i) * loss_value(loss, product(x, at, c) + (e[0] if base else 0.0), y[i])
        return total

    def one_with_logs(data, M, e, base, loss, start, stop):
        values, columns, starts, y, S = data
        c, total = e[base:], 0.0
        for first in range(start, stop, 512):
            factors, weight = 1.0, row_weight(S, first)
            for i in range(first, min(first + 512, stop)):
                x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                factor, rest, _ = loss_parts(loss, product(x, at, c) + (e[0] if base else 0.0), y[i])
                if row_weight(S, i) != weight:
                    total += weight * np.log(factors)
                    factors, weight = 1.0, row_weight(S, i)
                factors *= factor
                total += weight * rest
            total += weight * np.log(factors)
        return total

    def several(data, M, e, base, loss, start, stop):
        values, columns, starts, y, S = data
        outputs, total = M.shape[1], 0.0
        size = e.size // outputs
        for i in range(start, stop):
            x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
            for k in range(outputs):
                o = product(x, at, e[k * size + base : (k + 1) * size]) + (e[k * size] if base else 0.0)
                total += row_weight(S, i) * loss_value(loss, o, y[i, k])
        return total

    def coupled(data, M, e, base, loss, start, stop):
        values, columns, starts, y, S = data
        total = 0.0
        for i in range(start, stop):
            x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
            acc = folded_outputs(x, at, e, base, M, loss)
            total += row_weight(S, i) * loss_value_of(loss, M[0, int(y[i])], acc)
        return total

    return chosen(M, loss, one, one_with_logs, several, coupled)


def block_sums(data, M, e, base, loss, first, last, rows, G, F):
    """For blocks first to last of ``rows`` rows: G[b, 0] the gradient sums at the point ``e`` (n,), F[b] the loss
    sums."""
    for b in range(first, last):
        start, stop = b * rows, min((b + 1) * rows, data[3].shape[0])
        G[b, 0, :] = 0.0
        F[b] = add_rows(data, M, e, base, loss, start, stop, G[b, 0])


def block_losses(data, M, points, base, loss, first, last, rows, F):
    """For blocks first to last of ``rows`` rows: F[b, p] the loss sums at each of the ``points`` (points, n)."""
    for b in range(first, last):
        start, stop = b * rows, min((b + 1) * rows, data[3].shape[0])
        for p in range(points.shape[0]):
            F[b, p] = add_losses(data, M, points[p], base, loss, start, stop)


def penalties(P, points, out):
    """The penalty at each of the points (points, n), P as in ../steps.py: for 47,000 numbers NumPy's product starts
    threads, and waits milliseconds for them where others work."""
    for p in range(points.shape[0]):
        out[p] = penalty_at(P, points[p])
