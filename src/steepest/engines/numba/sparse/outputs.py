"""The lazy epochs of several outputs: what kernels.py does for one, with the numbers of all outputs of a column side by
side. They share the scales, since they share the rule.

One output keeps kernels of its own: by these, with inner loops over one number, it takes 1.4 to 1.6 times as long on
100,000 x 47,000."""

from numba import types
from numba.extending import overload

from ..lowering import (
    FLAGS,
    bare,
    class_of,
    loss_derivative,
    loss_derivative_of,
    loss_fold,
    loss_start,
    loss_value,
    loss_value_of,
)
from ..points import inner
from ..rows import row_weight
from .fetching import AHEAD, fetch_row
from .kernels import HUGE, TINY, advanced, scaled, shrunk, touch

__all__ = ["paired_outputs", "single_outputs"]

slopes_of, all_due = bare("slopes_of"), bare("all_due")


@overload(slopes_of, jit_options=FLAGS)
def _slopes_of(loss, o, y, i, weight, scale, d):
    """The loss of the outputs o of row i; its derivatives times ``scale`` go into d (outputs,)."""

    def coupled(loss, o, y, i, weight, scale, d):
        acc, true = loss_start(loss, o[0]), int(y[i])
        for k in range(1, o.size):
            acc = loss_fold(loss, acc, o[k])
        for k in range(o.size):
            d[k] = scale * (weight * loss_derivative_of(loss, o[k], 1.0 if k == true else 0.0, acc))
        return weight * loss_value_of(loss, o[true], acc)

    def separate(loss, o, y, i, weight, scale, d):
        total = 0.0
        for k in range(o.size):
            total += weight * loss_value(loss, o[k], y[i, k])
            d[k] = scale * (weight * loss_derivative(loss, o[k], y[i, k]))
        return total

    return coupled if hasattr(class_of(loss), "fold") else separate


@inner()
def idle(d):
    """Whether a row pulls at no output, as many do under a hinge loss."""
    for k in range(d.size):  # noqa: SIM110, compiled
        if d[k] != 0.0:
            return False
    return True


@inner()
def add_outputs(o, x, at, C, U, p, q):
    for m in range(x.size):
        j = at[m]
        first, second, v = U[j, 0], U[j, 1], scaled(C, x[m], j)
        for k in range(o.size):
            o[k] += v * (p * first[k] + q * second[k])


@inner()
def add_all(d, one, two, x, at, C, U):
    for m in range(x.size):
        j = at[m]
        first, second, v = U[j, 0], U[j, 1], scaled(C, x[m], j)
        for k in range(d.size):
            first[k] += one * v * d[k]
            second[k] += two * v * d[k]


@inner()
def all_mapped(U, a, b, c, d):
    for j in range(U.shape[0]):
        for k in range(U.shape[2]):
            first, second = U[j, 0, k], U[j, 1, k]
            U[j, 0, k] = a * first + b * second
            U[j, 1, k] = c * first + d * second


@inner()
def all_read(bias, U, p, q, base, out):
    outputs = U.shape[2]
    for k in range(outputs):
        if base:
            out[k] = bias[0, k]
        for j in range(U.shape[0]):
            out[(base + j) * outputs + k] = p * U[j, 0, k] + q * U[j, 1, k]


def paired_outputs(data, C, orders, batch, mean, z, U, bias, varying, moves, bias_moves, loss, base, D, o,
                  out_w, out_running, kept_w, kept_loss):  # fmt: skip
    """``paired_epochs``, with U (columns, 2, outputs), bias (2, outputs), D (batch, outputs); o (outputs,) is work
    space."""
    values, columns, starts, y, S = data
    rows = y.shape[0]
    per_epoch = (rows + batch - 1) // batch
    for epoch in range(orders.shape[0]):
        order, total = orders[epoch], 0.0
        a = b = r11 = r22 = 1.0
        r12 = r21 = 0.0
        for k in range(per_epoch):
            start, stop = k * batch, min((k + 1) * batch, rows)
            scale = 1.0 / (stop - start) if mean else 1.0
            u = epoch * per_epoch + k
            which = u if varying else moves.shape[0] - 1 if stop - start < batch else 0
            move, bias_move = moves[which], bias_moves[which]
            p, q = move[6] * a * r11 + move[7] * b * r21, move[6] * a * r12 + move[7] * b * r22
            loss_here = 0.0
            for m in range(stop - start):
                i = order[start + m]
                fetch_row(values, columns, starts, order[min(start + m + AHEAD, rows - 1)])
                x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                for c in range(o.size):
                    o[c] = bias_move[6] * bias[0, c] + bias_move[7] * bias[1, c] if base else 0.0
                add_outputs(o, x, at, C, U, p, q)
                loss_here += slopes_of(loss, o, y, i, row_weight(S, i), scale, D[m])
            total += loss_here
            if base:
                for c in range(o.size):
                    slopes = 0.0
                    for m in range(stop - start):
                        slopes += D[m, c]
                    w0, v0 = bias[0, c], bias[1, c]
                    bias[0, c] = bias_move[0] * w0 + bias_move[1] * v0 + bias_move[4] * slopes
                    bias[1, c] = bias_move[2] * w0 + bias_move[3] * v0 + bias_move[5] * slopes
            sound, m11, m12, m21, m22, a, b, r11, r12, r21, r22 = advanced(move, a, b, r11, r12, r21, r22)
            if not sound:
                all_mapped(U, m11, m12, m21, m22)
            one, two = touch(move, a, b, r11, r12, r21, r22)
            for m in range(stop - start):
                if idle(D[m]):
                    continue
                i = order[start + m]
                add_all(D[m], one, two, values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]], C, U)
            if kept_w.shape[0]:
                p, q = z[0] * a * r11 + z[1] * b * r21, z[0] * a * r12 + z[1] * b * r22
                all_read(bias, U, p, q, base, kept_w[u])
                kept_loss[u] = scale * loss_here
        all_mapped(U, a * r11, a * r12, b * r21, b * r22)
        all_read(bias, U, z[0], z[1], base, out_w[epoch])
        out_running[epoch] = total


# -- one number a coordinate


@overload(all_due, jit_options=FLAGS)
def _all_due(last, C, c, j, owed):
    """The coordinates c (outputs,) of column j with all of the l1 penalty so far, where there is one."""

    def brought(last, C, c, j, owed):
        size = scaled(C, owed - last[j], j)
        for k in range(c.size):
            c[k] = shrunk(c[k], size)
        last[j] = owed

    return brought if isinstance(last, types.Array) else lambda last, C, c, j, owed: None


@inner()
def all_rescaled(last, C, c, owed, factor):
    """All coordinates with all of the l1 penalty so far, times ``factor``."""
    for j in range(c.shape[0]):
        all_due(last, C, c[j], j, owed)
        for k in range(c.shape[1]):
            c[j, k] *= factor
    if len(last):
        last[:] = 0.0


def single_outputs(data, C, last, orders, batch, mean, c, bias, varying, moves, loss, base, D, o,
                    out_w, out_running, kept_w, kept_loss):  # fmt: skip
    """``single_epochs``, with c (columns, outputs) and bias (outputs,) in place of u_all, D (batch, outputs); ``last``
    (columns,) or, without an l1 penalty, ()."""
    values, columns, starts, y, S = data
    rows = y.shape[0]
    per_epoch = (rows + batch - 1) // batch
    for epoch in range(orders.shape[0]):
        order, total, a, owed = orders[epoch], 0.0, 1.0, 0.0
        for k in range(per_epoch):
            start, stop = k * batch, min((k + 1) * batch, rows)
            scale = 1.0 / (stop - start) if mean else 1.0
            u = epoch * per_epoch + k
            move = moves[u if varying else moves.shape[0] - 1 if stop - start < batch else 0]
            loss_here = 0.0
            for m in range(stop - start):
                i = order[start + m]
                fetch_row(values, columns, starts, order[min(start + m + AHEAD, rows - 1)])
                x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                o[:] = 0.0
                for q in range(x.size):
                    j = at[q]
                    own, v = c[j], a * scaled(C, x[q], j)
                    all_due(last, C, own, j, owed)
                    for e in range(o.size):
                        o[e] += v * own[e]
                for e in range(o.size):
                    o[e] += bias[e]
                loss_here += slopes_of(loss, o, y, i, row_weight(S, i), scale, D[m])
            total += loss_here
            if base:
                for m in range(stop - start):
                    for e in range(o.size):
                        bias[e] += move[1] * D[m, e]
            factor = a * move[0]
            if not TINY < abs(factor) < HUGE:
                all_rescaled(last, C, c, owed, factor)
                owed, factor = 0.0, 1.0
            a = factor
            for m in range(stop - start):
                if idle(D[m]):
                    continue
                i = order[start + m]
                x, at, d = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]], D[m]
                for q in range(x.size):
                    own, v = c[at[q]], move[1] / a * scaled(C, x[q], at[q])
                    for e in range(o.size):
                        own[e] += v * d[e]
            owed += move[2] / abs(a)
            if kept_w.shape[0]:
                singles_read(last, C, c, owed, a, bias, base, kept_w[u])
                kept_loss[u] = scale * loss_here
        all_rescaled(last, C, c, owed, a)
        singles_read(last, C, c, 0.0, 1.0, bias, base, out_w[epoch])
        out_running[epoch] = total


@inner()
def singles_read(last, C, c, owed, a, bias, base, out):
    outputs = c.shape[1]
    if base:
        for e in range(outputs):
            out[e] = bias[e]
    for j in range(c.shape[0]):
        all_due(last, C, c[j], j, owed)
        for e in range(outputs):
            out[(base + j) * outputs + e] = a * c[j, e]
