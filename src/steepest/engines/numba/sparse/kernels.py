"""The compiled epochs on sparse data. Each kernel does mini-batches of ``batch`` rows, of one row too, for one run.

``data`` as in rows.py. ``out_w`` (epochs, n or features + base) and ``out_running`` (epochs,) are w and the summed loss
of each epoch, every loss taken just before its update. ``kept_w`` (updates, n) and ``kept_loss`` (updates,) get every
single update, or have no rows.

What is lazy: while a coordinate's column has only zeros, a rule that is linear in w, its slots and g maps the state
(w, slot) of that coordinate by the same matrix as that of every other one. So one product of these matrices is kept for
all; a touch undoes it for what it adds (linear.py says how that stays exact).
"""

from numba import types
from numba.extending import overload

from ..lowering import FLAGS, bare, looks, loss_derivative, loss_value, rule_of
from ..points import finished, inner, prepared
from ..rows import row_weight
from ..steps import add_penalty, look_ahead, reported, step_all
from .fetching import AHEAD, fetch_row
from .rows import add_rows

__all__ = ["dense_epochs", "paired_epochs", "single_epochs"]

TINY, HUGE = 2.0**-400, 2.0**400
"""Bounds of the scales that are kept apart from the numbers: well inside a float's range."""
LOST = 1e3
"""The most by which errors of rounding may grow on the way from a state to U and back: the bound of the entries of
``|M| |M^-1|``, M = diag(a, b) R (N. J. Higham, "Accuracy and stability of numerical algorithms", chapter 7)."""

scaled, due, bring_up = bare("scaled"), bare("due"), bare("bring_up")


@overload(scaled, jit_options=FLAGS)
def _scaled(C, x, j):
    """A value of column j, as the model counts it; C is () or the columns' factors."""
    return (lambda C, x, j: C[j] * x) if isinstance(C, types.Array) else lambda C, x, j: x


@inner()
def pair_product(x, at, C, U, p, q):
    first = second = 0.0
    for k in range(x.size):
        j = at[k]
        v = scaled(C, x[k], j)
        first += v * U[j, 0]
        second += v * U[j, 1]
    return p * first + q * second


@inner()
def add_pairs(d, e, x, at, C, U):
    for k in range(x.size):
        j = at[k]
        v = scaled(C, x[k], j)
        U[j, 0] += d * v
        U[j, 1] += e * v


@inner()
def mapped(U, a, b, c, d):
    for j in range(U.shape[0]):
        first, second = U[j, 0], U[j, 1]
        U[j, 0] = a * first + b * second
        U[j, 1] = c * first + d * second


@inner()
def pairs_read(bias, U, p, q, base, out):
    if base:
        out[0] = bias[0]
    tail = out[base:]
    for j in range(U.shape[0]):
        tail[j] = p * U[j, 0] + q * U[j, 1]


@inner()
def advanced(move, a, b, r11, r12, r21, r22):
    """``(sound, m11, m12, m21, m22, a, b, r11, r12, r21, r22)``: the product M with an update's matrix, and its scales
    and R. Where these would lose too much they start afresh, and U has to be mapped by M."""
    m11, m12 = move[0] * a * r11 + move[1] * b * r21, move[0] * a * r12 + move[1] * b * r22
    m21, m22 = move[2] * a * r11 + move[3] * b * r21, move[2] * a * r12 + move[3] * b * r22
    a *= move[8]
    b *= move[9]
    r11, r12, r21, r22 = m11 / a, m12 / a, m21 / b, m22 / b
    size_a, size_b = abs(a), abs(b)
    most = LOST * abs(r11 * r22 - r12 * r21)
    sound = TINY < size_a < HUGE and TINY < size_b < HUGE and abs(r11 * r22) + abs(r12 * r21) < most
    sound = sound and abs(r11 * r12) * size_a < most * size_b and abs(r21 * r22) * size_b < most * size_a
    if sound:
        return True, m11, m12, m21, m22, a, b, r11, r12, r21, r22
    return False, m11, m12, m21, m22, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0


@inner()
def touch(move, a, b, r11, r12, r21, r22):
    """What is added to U so that ``diag(a, b) R`` makes an update's B of it."""
    one, two, det = move[4] / a, move[5] / b, r11 * r22 - r12 * r21
    return (r22 * one - r12 * two) / det, (r11 * two - r21 * one) / det


def paired_epochs(data, C, orders, batch, mean, z, U, bias, varying, moves, bias_moves, loss, base, D,
                  out_w, out_running, kept_w, kept_loss):  # fmt: skip
    """Rules with one slot. The state of coordinate j is ``Z diag(a, b) R U[j]``, with scales a, b and a 2 x 2 matrix R
    that all coordinates share; ``z`` is Z's first row, of which w is read.

    A row of ``moves`` holds the update in Z's basis, state <- T state + B g: T11 T12 T21 T22 B1 B2, the row of the
    point where the gradient is taken (2), and what a and b are multiplied by (2). There is one for each update, if
    ``varying``; else one and, perhaps, one for the short batch. ``bias_moves`` is the same for the intercept, whose
    state ``bias`` (2,) is always up to date. D (batch,) is work space; U is brought up to date after each epoch."""
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
            shift = bias_move[6] * bias[0] + bias_move[7] * bias[1] if base else 0.0
            p, q = move[6] * a * r11 + move[7] * b * r21, move[6] * a * r12 + move[7] * b * r22
            loss_here = slopes = 0.0
            for m in range(stop - start):
                i = order[start + m]
                fetch_row(values, columns, starts, order[min(start + m + AHEAD, rows - 1)])
                x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                o = shift + pair_product(x, at, C, U, p, q)
                weight = row_weight(S, i)
                loss_here += weight * loss_value(loss, o, y[i])
                D[m] = scale * weight * loss_derivative(loss, o, y[i])
                slopes += D[m]
            total += loss_here
            if base:
                w0, v0 = bias[0], bias[1]
                bias[0] = bias_move[0] * w0 + bias_move[1] * v0 + bias_move[4] * slopes
                bias[1] = bias_move[2] * w0 + bias_move[3] * v0 + bias_move[5] * slopes
            sound, m11, m12, m21, m22, a, b, r11, r12, r21, r22 = advanced(move, a, b, r11, r12, r21, r22)
            if not sound:
                mapped(U, m11, m12, m21, m22)
            one, two = touch(move, a, b, r11, r12, r21, r22)
            for m in range(stop - start):
                if D[m] != 0.0:
                    i = order[start + m]
                    x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                    add_pairs(one * D[m], two * D[m], x, at, C, U)
            if kept_w.shape[0]:
                p, q = z[0] * a * r11 + z[1] * b * r21, z[0] * a * r12 + z[1] * b * r22
                pairs_read(bias, U, p, q, base, kept_w[u])
                kept_loss[u] = scale * loss_here
        mapped(U, a * r11, a * r12, b * r21, b * r22)
        pairs_read(bias, U, z[0], z[1], base, out_w[epoch])
        out_running[epoch] = total


# -- one number a coordinate


@inner()
def shrunk(u, size):
    """u brought nearer to 0 by ``size``, at most to 0; NaN stays NaN."""
    return u - size if u > size else u + size if u < -size else 0.0 * u


@overload(due, jit_options=FLAGS)
def _due(last, C, c, j, owed):
    """Coordinate j with all of the l1 penalty so far."""
    if isinstance(last, types.Array):
        return lambda last, C, c, j, owed: shrunk(c[j], scaled(C, owed - last[j], j))
    return lambda last, C, c, j, owed: c[j]


@overload(bring_up, jit_options=FLAGS)
def _bring_up(last, C, at, c, owed):
    """The coordinates of the columns ``at`` with all of the l1 penalty so far."""

    def brought(last, C, at, c, owed):
        for k in range(at.size):
            c[at[k]] = due(last, C, c, at[k], owed)
            last[at[k]] = owed

    return brought if isinstance(last, types.Array) else lambda last, C, at, c, owed: None


@inner()
def rescaled(last, C, c, owed, factor):
    """All coordinates with all of the l1 penalty so far, times ``factor``."""
    for j in range(c.size):
        c[j] = factor * due(last, C, c, j, owed)
    if len(last):
        last[:] = 0.0


@inner()
def scaled_product(x, at, C, c):
    o = 0.0
    for k in range(x.size):
        o += scaled(C, x[k], at[k]) * c[at[k]]
    return o


@inner()
def add_with_factor(d, x, at, C, c):
    for k in range(x.size):
        c[at[k]] += d * scaled(C, x[k], at[k])


def single_epochs(data, C, last, orders, batch, mean, u_all, varying, moves, loss, base, D,
                  out_w, out_running, kept_w, kept_loss):  # fmt: skip
    """Rules without a slot, ``w <- A w + B g`` and, with an l1 penalty, then nearer to 0 by a size (soft thresholding).
    Coefficient j is ``a c[j]`` with a scale that all share; c is u_all[base:].

    A row of ``moves``: A, B, the size. ``last`` is () without the l1 penalty; with it c[j] has had the sizes up to the
    sum last[j] only, in units of the scale, and gets the rest when it is touched: a number that has been shrunk k times
    is shrunk as by their sum (J. Langford, L. Li, T. Zhang, "Sparse online learning via truncated gradient", JMLR 10,
    2009). That is what the dense step does. Y. Tsuruoka et al. (2009; scikit-learn's SGD) also add the sizes up, but
    let a weight that stays at 0 owe what it could not pay: another method, whose w differs from the dense one."""
    values, columns, starts, y, S = data
    rows = y.shape[0]
    per_epoch = (rows + batch - 1) // batch
    c = u_all[base:]
    for epoch in range(orders.shape[0]):
        order, total, a, owed = orders[epoch], 0.0, 1.0, 0.0
        for k in range(per_epoch):
            start, stop = k * batch, min((k + 1) * batch, rows)
            scale = 1.0 / (stop - start) if mean else 1.0
            u = epoch * per_epoch + k
            move = moves[u if varying else moves.shape[0] - 1 if stop - start < batch else 0]
            shift = u_all[0] if base else 0.0
            loss_here = slopes = 0.0
            for m in range(stop - start):
                i = order[start + m]
                fetch_row(values, columns, starts, order[min(start + m + AHEAD, rows - 1)])
                x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                bring_up(last, C, at, c, owed)
                o = shift + a * scaled_product(x, at, C, c)
                weight = row_weight(S, i)
                loss_here += weight * loss_value(loss, o, y[i])
                D[m] = scale * weight * loss_derivative(loss, o, y[i])
                slopes += D[m]
            total += loss_here
            if base:
                u_all[0] += move[1] * slopes
            factor = a * move[0]
            if not TINY < abs(factor) < HUGE:
                rescaled(last, C, c, owed, factor)
                owed, factor = 0.0, 1.0
            a = factor
            for m in range(stop - start):
                if D[m] != 0.0:
                    i = order[start + m]
                    x, at = values[starts[i] : starts[i + 1]], columns[starts[i] : starts[i + 1]]
                    add_with_factor(move[1] * D[m] / a, x, at, C, c)
            owed += move[2] / abs(a)
            if kept_w.shape[0]:
                tail = kept_w[u][base:]
                for j in range(c.size):
                    tail[j] = a * due(last, C, c, j, owed)
                if base:
                    kept_w[u, 0] = u_all[0]
                kept_loss[u] = scale * loss_here
        rescaled(last, C, c, owed, a)
        out_w[epoch] = u_all
        out_running[epoch] = total


# -- any rule


def dense_epochs(data, C, M, orders, batch, mean, w, slots, H, template, bounds, P, loss, base, t0, g, ahead, room,
                 out_w, out_running, kept_w, kept_loss):  # fmt: skip
    """Any rule, penalty, bounds: the whole of w is updated with each batch, as with dense data, though only the entries
    of its rows are read. C and M as in ../rows.py; g, ahead and room (n,) are work space."""
    rows = data[3].shape[0]
    per_epoch = (rows + batch - 1) // batch
    for epoch in range(orders.shape[0]):
        order, total = orders[epoch], 0.0
        for k in range(per_epoch):
            start, stop = k * batch, min((k + 1) * batch, rows)
            scale = 1.0 / (stop - start) if mean else 1.0
            part = 1.0 if mean else (stop - start) / rows
            u = epoch * per_epoch + k
            t = t0 + u + 1.0
            rule = rule_of(template, H[min(u, H.shape[0] - 1)])
            at = w
            if looks(template):
                at = ahead
                look_ahead(rule, w, slots, t, bounds, at)
            ready = prepared(C, M, base, at, room)
            g[:] = 0.0
            loss_here = 0.0
            for m in range(start, stop):
                loss_here += add_rows(data, M, ready, base, loss, order[m], order[m] + 1, g)
            finished(C, M, base, g, room)
            for j in range(g.size):
                g[j] *= scale
            add_penalty(P, part, at, g)
            step_all(rule, w, slots, bounds, P, part, scale * loss_here, g, t)
            total += loss_here
            if kept_w.shape[0]:
                kept_w[u] = w
                kept_loss[u] = scale * loss_here
        reported(rule_of(template, H[min((epoch + 1) * per_epoch, H.shape[0]) - 1]), w, slots,
                 t0 + (epoch + 1.0) * per_epoch, out_w[epoch])  # fmt: skip
        out_running[epoch] = total
