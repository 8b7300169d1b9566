"""One example at a time over dense rows, one output: the loop whose speed is judged against scikit-learn's."""

import numpy as np
from numba import types
from numba.extending import overload

from .hardware import fetch, wide
from .lowering import (
    FLAGS,
    INLINED,
    bare,
    bounded,
    class_of,
    keep_update,
    look_at,
    looks,
    loss_derivative,
    loss_parts,
    loss_value,
    put_slots,
    rule_moved,
    rule_of,
    slots_at,
    slots_from,
)  # fmt: skip
from .points import inner, len_of
from .rows import row_weight

__all__ = ["VISITED", "visit"]

VISITED = 256
"""Rows that a run visits one by one before the next run does: they stay in the second-level cache, which keeps up."""

AHEAD = 2
"""How many visits before its own a row is asked for."""

entry, slope_of, loss_here_and_slope = bare("entry"), bare("slope_of"), bare("loss_here_and_slope")
as_felt = bare("as_felt")


@overload(loss_here_and_slope, jit_options=INLINED)
def _loss_here_and_slope(loss, o, y, S, kept, product):
    """``(loss but for its logarithm, derivative, product times what the logarithm is of)``."""
    if hasattr(class_of(loss), "parts") and len_of(S) == 0 and len_of(kept) == 0:

        def in_parts(loss, o, y, S, kept, product):
            factor, rest, d = loss_parts(loss, o, y)
            return rest, d, product * factor

        return in_parts
    return lambda loss, o, y, S, kept, product: (loss_value(loss, o, y), loss_derivative(loss, o, y), product)


@overload(entry, jit_options=FLAGS)
def _entry(C, x, j):
    """Column j of a row, centred and scaled where columns are."""
    if len(C) == 0:
        return lambda C, x, j: x[j]
    return lambda C, x, j: (x[j] - C[0][j]) * C[1][j]


@overload(as_felt, jit_options=FLAGS)
def _as_felt(C, P):
    """The penalty of the coefficients: its l2 factor as one number where columns are not scaled, since it is the same
    for all then, and to read it from memory would cost a tenth of a visit."""
    if len_of(P) == 0 or len_of(C) > 0:
        return lambda C, P: P
    return lambda C, P: (P[0][0],)


@overload(slope_of, jit_options=FLAGS)
def _slope_of(P, part, g, j, w):
    """A component of an example's gradient with its part of the l2 penalty's, at w."""
    if isinstance(P, types.BaseTuple) and len(P) == 0:
        return lambda P, part, g, j, w: g
    if isinstance(P.types[0], types.Float):
        return lambda P, part, g, j, w: g + part * P[0] * w
    return lambda P, part, g, j, w: g + part * P[0][j] * w


@inner()
def visit(data, order, start, stop, part, w, slots, H, template, bounds, P, loss, base, t0, steps, kept, r):
    """One example at a time over rows start to stop of the order. The next row's output is summed up in the loop that
    updates w for this one. Returns the summed loss, each taken just before its update."""
    wide()
    X, y, S, C = data
    constant = H.shape[0] == 1
    rule = rule_of(template, H[0])
    total, product = 0.0, 1.0
    features = X.shape[1]
    c, tails, edges, price = w[base:], slots_from(slots, base), slots_from(bounds, base), slots_from(P, base)
    felt = as_felt(C, price)
    t = t0
    x = X[order[start]]
    if not constant:
        rule = rule_of(template, H[steps])
    o = bounded(bounds, 0, look_at(rule, w[0], slots_at(slots, 0), t + 1.0)) if base else 0.0
    for j in range(features):
        o += entry(C, x, j) * bounded(edges, j, look_at(rule, c[j], slots_at(tails, j), t + 1.0))
    for k in range(start, stop):
        i = order[k]
        x = X[i]
        if not constant:
            rule = rule_of(template, H[steps + k - start])
        t += 1.0
        fetch(X, order[min(k + AHEAD, stop - 1)])
        weight = row_weight(S, i)
        loss_here, d, product = loss_here_and_slope(loss, o, y[i], S, kept, product)
        loss_here, d = weight * loss_here, weight * d
        total += loss_here
        after, following = X[order[min(k + 1, stop - 1)]], rule
        if not constant and looks(template):
            following = rule_of(template, H[min(steps + k + 1 - start, H.shape[0] - 1)])
        o = 0.0
        if base:
            moved, new = rule_moved(rule, w[0], d, slots_at(slots, 0), t, P, part, 0)
            put_slots(slots, 0, new)
            w[0] = bounded(bounds, 0, moved)
            o = bounded(bounds, 0, look_at(following, w[0], new, t + 1.0))
        for j in range(features):
            seen = bounded(edges, j, look_at(rule, c[j], slots_at(tails, j), t))
            g = slope_of(felt, part, d * entry(C, x, j), j, seen)
            moved, new = rule_moved(rule, c[j], g, slots_at(tails, j), t, price, part, j)
            put_slots(tails, j, new)
            moved = bounded(edges, j, moved)
            c[j] = moved
            o += entry(C, after, j) * bounded(edges, j, look_at(following, moved, new, t + 1.0))
        keep_update(kept, steps + k - start, r, w, loss_here)
    return total + np.log(product)
