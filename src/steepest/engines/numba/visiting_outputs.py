"""One example at a time over dense rows, several outputs: weights of an output after another, so that each output's
loop is that of ``visiting.visit``, vectorised and on cache lines.

Where the outputs share a loss that loop is written out again: as a function that both call, it gets views of arrays
whose counting doubles its time (33 and 68 ns an example at 65 columns under momentum)."""

import numpy as np
from numba.extending import overload

from .hardware import fetch, wide
from .lowering import (
    FLAGS,
    bare,
    bounded,
    class_of,
    look_at,
    looks,
    loss_derivative_of,
    loss_fold,
    loss_start,
    loss_value_of,
    put_slots,
    rule_moved,
    rule_of,
    slots_at,
    slots_from,
    written_out,
)
from .points import inner, len_of
from .rows import row_weight
from .visiting import AHEAD, VISITED, as_felt, entry, slope_of, visit

__all__ = [
    "LINE", "by_outputs", "kept_from", "put_back", "put_back_all", "stride_of", "vectors_by_outputs", "visit_outputs",
]  # fmt: skip

LINE = 8
"""Numbers in a cache line."""
NEAR = 2**14
"""Numbers of X that one output visits before the next does: 128 KB."""

vectors_by_outputs, put_back_all = bare("vectors_by_outputs"), bare("put_back_all")
kept_of, kept_from, keep_all = bare("kept_of"), bare("kept_from"), bare("keep_all")
visit_outputs, begin_sums = bare("visit_outputs"), bare("begin_sums")


@inner()
def stride_of(size):
    """From an output's weights to the next's: whole cache lines."""
    return (size + LINE - 1) // LINE * LINE


@inner()
def by_outputs(w, outputs, base):
    """The weights (columns and intercept, outputs) of w (n,) output by output, in memory that begins so that what
    follows an intercept lies at the start of a cache line."""
    size = w.size // outputs
    stride = stride_of(size)
    room = np.zeros(outputs * stride + LINE)
    at = -(room.ctypes.data // 8 + base) % LINE
    for k in range(outputs):
        for j in range(size):
            room[at + k * stride + j] = w[j * outputs + k]
    return room[at : at + outputs * stride]


@inner()
def put_back(v, outputs, w):
    """The inverse of ``by_outputs``, into w."""
    size = w.size // outputs
    stride = stride_of(size)
    for k in range(outputs):
        for j in range(size):
            w[j * outputs + k] = v[k * stride + j]


written_out(vectors_by_outputs, "slots, outputs, base", "by_outputs(slots[{k}], outputs, base)", by_outputs=by_outputs)


@overload(put_back_all, jit_options=FLAGS)
def _put_back_all(own, outputs, slots):
    """``put_back`` of each slot."""

    def put(own, outputs, slots):
        for k in range(len(slots)):
            put_back(own[k], outputs, slots[k])

    return put if len(own) else lambda own, outputs, slots: None


@overload(kept_of, jit_options=FLAGS)
def _kept_of(kept, k, outputs):
    """Where one output's weights and losses of single updates are kept."""
    if len(kept) == 0:
        return lambda kept, k, outputs: ()
    return lambda kept, k, outputs: (kept[0][:, :, k::outputs], kept[1], True)


@overload(kept_from, jit_options=FLAGS)
def _kept_from(kept, first):
    """What is kept from update ``first`` on."""
    if len(kept) == 0:
        return lambda kept, first: ()
    return lambda kept, first: (kept[0][first:], kept[1][first:])


@overload(begin_sums, jit_options=FLAGS)
def _begin_sums(kept, r):
    """Losses of updates are sums over the outputs."""

    def begin(kept, r):
        kept[1][:, r] = 0.0

    return begin if len(kept) else lambda kept, r: None


@overload(visit_outputs, jit_options=FLAGS)
def _visit_outputs(data, M, order, part, v, size, slots, H, template, bounds, P, loss, base, t0, kept, r):
    """An epoch, one example at a time in the order; ``v``, slots, bounds and P as ``by_outputs`` lays them
    out. Returns the summed loss, each taken just before its update."""
    return coupled if hasattr(class_of(loss), "fold") else separate


def separate(data, M, order, part, v, size, slots, H, template, bounds, P, loss, base, t0, kept, r):
    """Each output has a target of its own, and knows nothing of the others: they visit some rows one after another."""
    X, y, S, C = data
    outputs, stride, total = M.shape[1], stride_of(size), 0.0
    near = min(VISITED, max(LINE, NEAR // max(X.shape[1], 1)))
    begin_sums(kept, r)
    for start in range(0, order.size, near):
        stop = min(start + near, order.size)
        for k in range(outputs):
            at = k * stride
            total += visit(
                (X, y[:, k], S, C), order, start, stop, part, v[at : at + size], slots_from(slots, at), H, template,
                slots_from(bounds, at), slots_from(P, at), loss, base, t0 + start, start, kept_of(kept, k, outputs), r,
            )  # fmt: skip
    return total


def coupled(data, M, order, part, v, size, slots, H, template, bounds, P, loss, base, t0, kept, r):
    """Several outputs with one loss of them all: at each row the loss of all, then each output's update."""
    wide()
    X, y, S, C = data
    outputs, stride, features, total, t = M.shape[1], stride_of(size), X.shape[1], 0.0, t0
    constant = H.shape[0] == 1
    rule = rule_of(template, H[0])
    x = X[order[0]]
    for k in range(outputs):
        at = k * stride
        w, own, edges = v[at : at + size], slots_from(slots, at), slots_from(bounds, at)
        c, tails, limits = w[base:], slots_from(own, base), slots_from(edges, base)
        o = bounded(edges, 0, look_at(rule, w[0], slots_at(own, 0), t + 1.0)) if base else 0.0
        for j in range(features):
            o += entry(C, x, j) * bounded(limits, j, look_at(rule, c[j], slots_at(tails, j), t + 1.0))
        M[0, k] = o
    for m in range(order.size):
        i = order[m]
        x, weight, true = X[i], row_weight(S, i), int(y[i])
        if not constant:
            rule = rule_of(template, H[m])
        t += 1.0
        fetch(X, order[min(m + AHEAD, order.size - 1)])
        acc = loss_start(loss, M[0, 0])
        for k in range(1, outputs):
            acc = loss_fold(loss, acc, M[0, k])
        here = weight * loss_value_of(loss, M[0, true], acc)
        total += here
        for k in range(outputs):
            M[1, k] = weight * loss_derivative_of(loss, M[0, k], 1.0 if k == true else 0.0, acc)
        after, following = X[order[min(m + 1, order.size - 1)]], rule
        if not constant and looks(template):
            following = rule_of(template, H[min(m + 1, H.shape[0] - 1)])
        for k in range(outputs):
            at, d, o = k * stride, M[1, k], 0.0
            w, own, edges, price = (
                v[at : at + size], slots_from(slots, at), slots_from(bounds, at), slots_from(P, at),
            )  # fmt: skip
            if base:
                moved, new = rule_moved(rule, w[0], d, slots_at(own, 0), t, price, part, 0)
                put_slots(own, 0, new)
                w[0] = bounded(edges, 0, moved)
                o = bounded(edges, 0, look_at(following, w[0], new, t + 1.0))
            c, tails, limits, felt = w[base:], slots_from(own, base), slots_from(edges, base), slots_from(price, base)
            l2 = as_felt(C, felt)
            for j in range(features):
                seen = bounded(limits, j, look_at(rule, c[j], slots_at(tails, j), t))
                g = slope_of(l2, part, d * entry(C, x, j), j, seen)
                moved, new = rule_moved(rule, c[j], g, slots_at(tails, j), t, felt, part, j)
                put_slots(tails, j, new)
                moved = bounded(limits, j, moved)
                c[j] = moved
                o += entry(C, after, j) * bounded(limits, j, look_at(following, moved, new, t + 1.0))
            M[0, k] = o
        keep_all(kept, m, r, v, outputs, here)
    return total


@overload(keep_all, jit_options=FLAGS)
def _keep_all(kept, u, r, v, outputs, loss):
    """The weights and the loss of an update, where they are wanted."""

    def keep(kept, u, r, v, outputs, loss):
        put_back(v, outputs, kept[0][u, r])
        kept[1][u, r] = loss

    return keep if len_of(kept) else lambda kept, u, r, v, outputs, loss: None
