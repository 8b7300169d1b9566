"""What kernels read of the rows of a linear model: outputs, losses and gradients, for one output or several, with
weights of rows and X in any order.

``data`` is (X, y, S, C): X (rows, features) float64 or float32 of any strides; y (rows,) or (rows, outputs); S () or
the rows' weights; C and M see points.py, where points are prepared for these functions.
"""

import numpy as np
from numba.extending import overload

from .lowering import (
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
from .points import inner, len_of

__all__ = ["ROWS", "add_row_losses", "add_rows", "row_weight"]

ROWS = 64
"""Rows that every run visits before the next rows are fetched: they stay in cache for all runs."""

row_weight, add_rows, add_row_losses = bare("row_weight"), bare("add_rows"), bare("add_row_losses")


@overload(row_weight, jit_options=FLAGS)
def _row_weight(S, i):
    return (lambda S, i: 1.0) if len_of(S) == 0 else lambda S, i: S[i]


@inner()
def output(x, w, base):
    o = w[0] if base else 0.0
    c = w[base:]  # an index j + base might wrap around, as far as the compiler knows, and would not be vectorised
    for j in range(x.size):
        o += x[j] * c[j]
    return o


@overload(add_rows, jit_options=FLAGS)
def _add_rows(data, M, e, base, loss, start, stop, g):
    """Adds the gradient over rows start to stop at the prepared point ``e`` to g and returns their summed loss: one
    reading of the rows."""
    X, _, S, _ = data
    if len_of(M) > 0:
        return coupled_rows if hasattr(class_of(loss), "fold") else separate_rows
    logs = hasattr(class_of(loss), "parts") and len_of(S) == 0
    if X.layout == "F":
        return columns_with_logs if logs else columns_plain
    return rows_with_logs if logs else rows_plain


def rows_plain(data, M, e, base, loss, start, stop, g):
    X, y, S, _ = data
    total = 0.0
    tail = g[base:]
    for i in range(start, stop):
        x = X[i]
        o = output(x, e, base)
        weight = row_weight(S, i)
        total += weight * loss_value(loss, o, y[i])
        d = weight * loss_derivative(loss, o, y[i])
        if base:
            g[0] += d
        for j in range(x.size):
            tail[j] += d * x[j]
    return total


NEAR = 16
"""Rows whose outputs are taken before their losses: the exponentials wait for no reading then."""


def rows_with_logs(data, M, e, base, loss, start, stop, g):
    """For losses that are the logarithm of a factor between 1 and 2 and a rest: one logarithm for up to 64 rows."""
    X, y, _, _ = data
    total, product, o = 0.0, 1.0, np.empty(NEAR)
    tail = g[base:]
    for first in range(start, stop, NEAR):
        last = min(first + NEAR, stop)
        for i in range(first, last):
            o[i - first] = output(X[i], e, base)
        for i in range(first, last):
            factor, rest, d = loss_parts(loss, o[i - first], y[i])
            product *= factor
            total += rest
            o[i - first] = d
        for i in range(first, last):
            x, d = X[i], o[i - first]
            if base:
                g[0] += d
            for j in range(x.size):
                tail[j] += d * x[j]
        if (last - start) % ROWS == 0 or last == stop:
            total += np.log(product)
            product = 1.0
    return total


@inner()
def outputs_by_columns(X, e, base, start, stop, o):
    """Outputs of rows of an X in column order: each column's part of them is contiguous."""
    size = stop - start
    o[:size] = e[0] if base else 0.0
    for j in range(X.shape[1]):
        x, c = X[start:stop, j], e[base + j]
        for i in range(size):
            o[i] += c * x[i]


@inner()
def gradient_by_columns(X, d, base, start, stop, g):
    size = stop - start
    if base:
        for i in range(size):
            g[0] += d[i]
    for j in range(X.shape[1]):
        x = X[start:stop, j]
        total = 0.0
        for i in range(size):
            total += d[i] * x[i]
        g[base + j] += total


def columns_plain(data, M, e, base, loss, start, stop, g):
    X, y, S, _ = data
    total, o = 0.0, np.empty(min(ROWS, stop - start))
    for first in range(start, stop, ROWS):
        last = min(first + ROWS, stop)
        outputs_by_columns(X, e, base, first, last, o)
        for i in range(first, last):
            weight, out = row_weight(S, i), o[i - first]
            total += weight * loss_value(loss, out, y[i])
            o[i - first] = weight * loss_derivative(loss, out, y[i])
        gradient_by_columns(X, o, base, first, last, g)
    return total


def columns_with_logs(data, M, e, base, loss, start, stop, g):
    X, y, _, _ = data
    total, o = 0.0, np.empty(min(ROWS, stop - start))
    for first in range(start, stop, ROWS):
        last = min(first + ROWS, stop)
        outputs_by_columns(X, e, base, first, last, o)
        product = 1.0
        for i in range(first, last):
            factor, rest, d = loss_parts(loss, o[i - first], y[i])
            product *= factor
            total += rest
            o[i - first] = d
        total += np.log(product)
        gradient_by_columns(X, o, base, first, last, g)
    return total


def separate_rows(data, M, e, base, loss, start, stop, g):
    """Several outputs, each with its own target."""
    X, y, S, _ = data
    total = 0.0
    outputs = M.shape[1]
    size = e.size // outputs
    for i in range(start, stop):
        x, weight = X[i], row_weight(S, i)
        for k in range(outputs):
            at = k * size
            o = output(x, e[at : at + size], base)
            total += weight * loss_value(loss, o, y[i, k])
            d = weight * loss_derivative(loss, o, y[i, k])
            if base:
                g[at] += d
            tail = g[at + base : at + size]
            for j in range(x.size):
                tail[j] += d * x[j]
    return total


def coupled_rows(data, M, e, base, loss, start, stop, g):
    """Several outputs with one loss of them all, such as the multinomial one."""
    X, y, S, _ = data
    total = 0.0
    outputs = M.shape[1]
    size = e.size // outputs
    for i in range(start, stop):
        x, weight, true = X[i], row_weight(S, i), int(y[i])
        for k in range(outputs):
            M[0, k] = output(x, e[k * size : (k + 1) * size], base)
        acc = loss_start(loss, M[0, 0])
        for k in range(1, outputs):
            acc = loss_fold(loss, acc, M[0, k])
        total += weight * loss_value_of(loss, M[0, true], acc)
        for k in range(outputs):
            d = weight * loss_derivative_of(loss, M[0, k], 1.0 if k == true else 0.0, acc)
            at = k * size
            if base:
                g[at] += d
            tail = g[at + base : at + size]
            for j in range(x.size):
                tail[j] += d * x[j]
    return total


@overload(add_row_losses, jit_options=FLAGS)
def _add_row_losses(data, M, e, base, loss, start, stop):
    """The summed loss of rows start to stop at the prepared point ``e``."""

    def one(data, M, e, base, loss, start, stop):
        X, y, S, _ = data
        total = 0.0
        for i in range(start, stop):
            total += row_weight(S, i) * loss_value(loss, output(X[i], e, base), y[i])
        return total

    def separate(data, M, e, base, loss, start, stop):
        X, y, S, _ = data
        total = 0.0
        outputs = M.shape[1]
        size = e.size // outputs
        for i in range(start, stop):
            for k in range(outputs):
                o = output(X[i], e[k * size : (k + 1) * size], base)
                total += row_weight(S, i) * loss_value(loss, o, y[i, k])
        return total

    def coupled(data, M, e, base, loss, start, stop):
        X, y, S, _ = data
        total = 0.0
        outputs = M.shape[1]
        size = e.size // outputs
        for i in range(start, stop):
            true, o_true = int(y[i]), 0.0
            o = output(X[i], e[:size], base)
            acc = loss_start(loss, o)
            o_true = o if true == 0 else 0.0
            for k in range(1, outputs):
                o = output(X[i], e[k * size : (k + 1) * size], base)
                acc = loss_fold(loss, acc, o)
                o_true = o if true == k else o_true
            total += row_weight(S, i) * loss_value_of(loss, o_true, acc)
        return total

    if len_of(M) == 0:
        return one
    return coupled if hasattr(class_of(loss), "fold") else separate
