"""Kernels for rules whose gradients are corrected by kept ones (engines/variance_reduced.py): dense rows, one output.

Of each row the derivative of its loss is kept, in D (runs, rows); K (runs, n) is the sum of what is kept, each times
its row. ``renews`` is () where everything is kept anew as an epoch starts, (1.0,) where a row's entry is at each visit.
The other arguments are those of ``examples`` and ``batches`` in kernels.py.
"""

import numpy as np
from numba.extending import overload

from .hardware import fetch, wide
from .kernels import epoch_ends
from .lowering import (
    FLAGS,
    bare,
    bounded,
    keep_update,
    loss_derivative,
    loss_value,
    method,
    put_slots,
    rule_moved,
    rule_of,
    slots_at,
    slots_from,
    slots_of_run,
)
from .points import inner
from .rows import row_weight
from .steps import add_penalty, reported, step_all
from .visiting import AHEAD, VISITED, as_felt, entry, loss_here_and_slope, slope_of

__all__ = ["KERNELS", "memory"]

rule_corrected = bare("rule_corrected")


@overload(rule_corrected, jit_options=FLAGS)
def _rule_corrected(rule, g, kept, mean):
    corrected = method(rule, "corrected")
    return lambda rule, g, kept, mean: corrected(rule, g, kept, mean)


def memory(task):
    """``(D, K, renews)`` of one run."""
    renews = (1.0,) if task.rule.renews_each() else ()
    return np.zeros((1, task.problem.rows)), np.zeros((1, task.problem.n)), renews


@inner()
def output_of(C, x, w, base):
    o = w[0] if base else 0.0
    c = w[base:]
    for j in range(x.size):
        o += entry(C, x, j) * c[j]
    return o


@inner()
def add_row(C, x, d, base, g):
    """Adds d times the row to g."""
    if base:
        g[0] += d
    tail = g[base:]
    for j in range(x.size):
        tail[j] += d * entry(C, x, j)


@inner()
def keep_all(data, w, base, loss, kept, total):
    """Keeps the derivatives of all rows at w."""
    wide()
    X, y, S, C = data
    total[:] = 0.0
    for i in range(X.shape[0]):
        x = X[i]
        d = row_weight(S, i) * loss_derivative(loss, output_of(C, x, w, base), y[i])
        kept[i] = d
        add_row(C, x, d, base, total)


@inner()
def visit_corrected(data, order, start, stop, part, w, slots, H, template, bounds, P, loss, base, t0, steps, kept,
                    total, renews, updates, r):  # fmt: skip
    """``visit`` of visiting.py with corrected gradients: the next row's output is summed up in the loop that updates w
    for this one."""
    wide()
    X, y, S, C = data
    each = 1.0 / X.shape[0]
    losses, product = 0.0, 1.0
    c, tails, edges, price = w[base:], slots_from(slots, base), slots_from(bounds, base), slots_from(P, base)
    felt, mean = as_felt(C, price), total[base:]
    t = t0
    o = output_of(C, X[order[start]], w, base)
    for k in range(start, stop):
        i = order[k]
        x, after = X[i], X[order[min(k + 1, stop - 1)]]
        rule = rule_of(template, H[min(steps + k - start, H.shape[0] - 1)])
        t += 1.0
        fetch(X, order[min(k + AHEAD, stop - 1)])
        weight = row_weight(S, i)
        loss_here, d, product = loss_here_and_slope(loss, o, y[i], S, updates, product)
        loss_here, d = weight * loss_here, weight * d
        losses += loss_here
        then = kept[i]
        o = 0.0
        if base:
            g = rule_corrected(rule, d, then, each * total[0])
            moved, new = rule_moved(rule, w[0], g, slots_at(slots, 0), t, P, part, 0)
            put_slots(slots, 0, new)
            o = w[0] = bounded(bounds, 0, moved)
        for j in range(c.size):
            xj = entry(C, x, j)
            g = slope_of(felt, part, rule_corrected(rule, d * xj, then * xj, each * mean[j]), j, c[j])
            moved, new = rule_moved(rule, c[j], g, slots_at(tails, j), t, price, part, j)
            put_slots(tails, j, new)
            moved = bounded(edges, j, moved)
            c[j] = moved
            if len(renews):
                mean[j] += (d - then) * xj
            o += entry(C, after, j) * moved
        if len(renews):
            kept[i] = d
            if base:
                total[0] += d - then
        keep_update(updates, steps + k - start, r, w, loss_here)
    return losses + np.log(product)


def corrected_examples(data, orders, part, W, slots, H, template, bounds, P, loss, base, share, t0, alive, G, E, Z,
                       want_gradient, out_w, out_f, out_g, out_running, updates, D, K, renews):  # fmt: skip
    """``examples`` of kernels.py with corrected gradients."""
    wide()
    rows, skip = data[0].shape[0], out_w.shape[0] - orders.shape[0]
    for e in range(orders.shape[0]):
        t = t0 + e * rows
        for r in range(W.shape[0]):
            if not alive[r]:
                continue
            slots_r = slots_of_run(slots, r)
            if len(renews) == 0 or t == 0.0:
                keep_all(data, W[r], base, loss, D[r], K[r])
            running = 0.0
            for start in range(0, rows, VISITED):  # the product of the losses' factors would overflow beyond
                running += visit_corrected(
                    data, orders[e], start, min(start + VISITED, rows), part, W[r], slots_r, H[r], template, bounds, P,
                    loss, base, t + start, e * rows + start, D[r], K[r], renews, updates, r,
                )  # fmt: skip
            rule = rule_of(template, H[r, min((e + 1) * rows, H.shape[1]) - 1])
            reported(rule, W[r], slots_r, t + rows, out_w[skip + e, r])
            out_running[skip + e, r] = running * share
    epoch_ends(data, (), bounds, P, base, loss, share, alive, G, E, want_gradient, out_w, out_f, out_g, Z)


def corrected_batches(data, M, orders, batch, mean, W, slots, H, template, bounds, P, loss, base, share, t0, alive, G,
                      L, E, Z, want_gradient, out_w, out_f, out_g, out_running, updates, D, K, renews):  # fmt: skip
    """``batches`` of kernels.py with corrected gradients."""
    X, y, S, C = data
    rows = X.shape[0]
    per_epoch = (rows + batch - 1) // batch
    derivatives = np.empty(batch)
    for e in range(orders.shape[0]):
        order = orders[e]
        for r in range(W.shape[0]):
            if not alive[r]:
                continue
            w, slots_r, g, then, kept, total = W[r], slots_of_run(slots, r), G[r], L[r], D[r], K[r]
            if len(renews) == 0 or t0 + e == 0.0:
                keep_all(data, w, base, loss, kept, total)
            out_running[e, r] = 0.0
            for b in range(per_epoch):
                start, stop = b * batch, min((b + 1) * batch, rows)
                scale = 1.0 / (stop - start) if mean else 1.0
                part = 1.0 if mean else (stop - start) / rows
                u = e * per_epoch + b
                rule = rule_of(template, H[r, min(u, H.shape[1] - 1)])
                g[:] = 0.0
                then[:] = 0.0
                losses = 0.0
                for k in range(start, stop):
                    i = order[k]
                    o, weight = output_of(C, X[i], w, base), row_weight(S, i)
                    losses += weight * loss_value(loss, o, y[i])
                    d = weight * loss_derivative(loss, o, y[i])
                    derivatives[k - start] = d
                    add_row(C, X[i], d, base, g)
                    add_row(C, X[i], kept[i], base, then)
                for j in range(g.size):
                    g[j] = rule_corrected(rule, scale * g[j], scale * then[j], scale * (stop - start) / rows * total[j])
                add_penalty(P, part, w, g)
                step_all(rule, w, slots_r, bounds, P, part, losses * scale, g, t0 + u + 1.0)
                if len(renews):
                    for k in range(start, stop):  # a row that was drawn twice changes the sum once
                        i = order[k]
                        add_row(C, X[i], derivatives[k - start] - kept[i], base, total)
                        kept[i] = derivatives[k - start]
                out_running[e, r] += losses
                keep_update(updates, u, r, w, losses * scale)
            rule = rule_of(template, H[r, min((e + 1) * per_epoch, H.shape[1]) - 1])
            reported(rule, w, slots_r, t0 + (e + 1.0) * per_epoch, out_w[e, r])
            out_running[e, r] *= share
    epoch_ends(data, M, bounds, P, base, loss, share, alive, G, E, want_gradient, out_w, out_f, out_g, Z)


KERNELS = (corrected_examples, corrected_batches)
"""In place of ``examples`` and ``batches``; their last arguments are the memory's."""
