"""What kernels read of the rows of a linear model: outputs, losses and gradients, for one output or several, with
weights of rows and X in any order.

``data`` is (X, y, S, C): X (rows, features) float64 or float32 of any strides; y (rows,) or (rows, outputs); S () or
the rows' weights; C and M see points.py, where points are prepared for these functions.
"""

import numpy as np
from numba import types
from numba.extending import overload

from .hardware import fetch, wide
from .lowering import (
    FLAGS,
    INLINED,
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
losses_to_slopes, targets_of = bare("losses_to_slopes"), bare("targets_of")
row_number, row_numbers = bare("row_number"), bare("row_numbers")


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
def _add_rows(data, M, e, base, loss, order, start, stop, g, room):
    """Adds the gradient over rows start to stop of the order at the prepared point ``e`` to g and returns their summed
    loss: one reading of the rows. ``order`` is () for X's own, or the rows' numbers; ``room`` (2 or more, ROWS) is work
    space."""
    if len_of(M) > 0:
        return coupled_rows if hasattr(class_of(loss), "fold") else separate_rows
    return by_columns if data[0].layout == "F" and in_place(order) else by_rows


def in_place(order):
    """Whether the type of an order is that of X's own."""
    return isinstance(order, types.BaseTuple)


@overload(row_number, jit_options=INLINED)
def _row_number(order, k):
    return (lambda order, k: k) if in_place(order) else lambda order, k: order[k]


@overload(row_numbers, jit_options=INLINED)
def _row_numbers(order, X):
    """How many rows an order has."""
    return (lambda order, X: X.shape[0]) if in_place(order) else lambda order, X: order.size


@overload(targets_of, jit_options=INLINED)
def _targets_of(y, order, start, stop, room):
    """The targets of rows start to stop of the order, one after the other."""
    if in_place(order):
        return lambda y, order, start, stop, room: y[start:stop]

    def gathered(y, order, start, stop, room):
        for k in range(stop - start):
            room[k] = y[order[start + k]]
        return room[: stop - start]

    return gathered


@overload(losses_to_slopes, jit_options=INLINED)
def _losses_to_slopes(loss, o, y, S, order, first):
    """The summed loss of the outputs o, targets y, of the rows from ``first`` of the order on; in o their derivatives
    take the place of the outputs. Of losses that are the logarithm of a factor between 1 and 2 and a rest one logarithm
    is taken of all (of up to ROWS: of 1,024 factors the product might overflow)."""

    def plain(loss, o, y, S, order, first):
        total = 0.0
        for k in range(o.size):
            weight, out = row_weight(S, row_number(order, first + k)), o[k]
            total += weight * loss_value(loss, out, y[k])
            o[k] = weight * loss_derivative(loss, out, y[k])
        return total

    def with_logs(loss, o, y, S, order, first):
        total, product = 0.0, 1.0
        for k in range(o.size):
            factor, rest, slope = loss_parts(loss, o[k], y[k])
            product *= factor
            total += rest
            o[k] = slope
        return total + np.log(product)

    return with_logs if hasattr(class_of(loss), "parts") and len_of(S) == 0 else plain


@inner()
def outputs_by_rows(X, order, e, base, start, stop, o):
    """Outputs of rows start to stop of the order, one by one, rows ahead being asked for: so X comes from memory nearly
    as fast as it can. Of four rows at once the hardware sees four short readings and foresees none."""
    ahead, most = max(1, AHEAD // max(X.shape[1], 1)), row_numbers(order, X)
    for i in range(start, stop):
        if i + ahead < most:
            fetch(X, row_number(order, i + ahead))
        o[i - start] = output(X[row_number(order, i)], e, base)


@inner()
def gradient_by_rows(X, order, slopes, base, start, stop, g):
    """Adds the rows times their slopes to g, four at a time: sums are fetched and stored once for them."""
    if base:
        for k in range(stop - start):
            g[0] += slopes[k]
    tail = g[base:]
    fours = stop - (stop - start) % 4
    for i in range(start, fours, 4):
        a, b = X[row_number(order, i)], X[row_number(order, i + 1)]
        c, d = X[row_number(order, i + 2)], X[row_number(order, i + 3)]
        k = i - start
        p, q, r, s = slopes[k], slopes[k + 1], slopes[k + 2], slopes[k + 3]
        for j in range(tail.size):
            tail[j] += (p * a[j] + q * b[j]) + (r * c[j] + s * d[j])
    for i in range(fours, stop):
        x, p = X[row_number(order, i)], slopes[i - start]
        for j in range(x.size):
            tail[j] += p * x[j]


NEAR, AHEAD = 1024, 2048
"""Numbers of X that are read for their outputs before they are read again for the gradient, 8 KB that stay in the
first-level cache; how many lie between a row that is read and one that is asked for."""


def by_rows(data, M, e, base, loss, order, start, stop, g, room):
    wide()
    X, y, S, _ = data
    near = min(ROWS, max(8, NEAR // max(X.shape[1], 1) // 8 * 8))
    total = 0.0
    for first in range(start, stop, near):
        last = min(first + near, stop)
        o = room[0, : last - first]
        outputs_by_rows(X, order, e, base, first, last, o)
        targets = targets_of(y, order, first, last, room[1])
        total += losses_to_slopes(loss, o, targets, S, order, first)
        gradient_by_rows(X, order, o, base, first, last, g)
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


def by_columns(data, M, e, base, loss, order, start, stop, g, room):
    X, y, S, _ = data
    total = 0.0
    for first in range(start, stop, ROWS):
        last = min(first + ROWS, stop)
        o = room[0, : last - first]
        outputs_by_columns(X, e, base, first, last, o)
        total += losses_to_slopes(loss, o, y[first:last], S, order, first)
        gradient_by_columns(X, o, base, first, last, g)
    return total


def separate_rows(data, M, e, base, loss, order, start, stop, g, room):
    """Several outputs, each with its own target."""
    X, y, S, _ = data
    total = 0.0
    outputs = M.shape[1]
    size = e.size // outputs
    for m in range(start, stop):
        i = row_number(order, m)
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


def coupled_rows(data, M, e, base, loss, order, start, stop, g, room):
    """Several outputs with one loss of them all, such as the multinomial one."""
    X, y, S, _ = data
    total = 0.0
    outputs = M.shape[1]
    size = e.size // outputs
    for m in range(start, stop):
        i = row_number(order, m)
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
