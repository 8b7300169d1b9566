"""The compiled loops. Plain module-level functions: cache.py compiles one copy for each rule, loss and signature.

Conventions, besides those of points.py and rows.py: ``base`` is 1 where w[0] is an intercept, else 0; W (runs, n);
slots a tuple of (runs, n); H (runs, 1 or steps, float fields of the rule); ``bounds`` () or the lower and upper (n,)
bounds onto which each step is projected; P the penalty, () or the (n,) factors (l2,) or (l2, l1); ``alive`` (runs,)
says which runs go on. G, L and E (runs, n) are work space: gradients, points ahead, prepared points.

One run's arithmetic never depends on the others, so that a sweep of many equals many runs of one, bit for bit.
"""

import numpy as np
from numba.extending import register_jitable

from ...methods import sampling
from .hardware import wide
from .lowering import keep_update, looks, reads, rule_of, slots_of_run
from .objectives import objectives
from .points import finished, inner, prepared
from .rows import ROWS, add_rows
from .steps import add_penalty, largest, look_ahead, penalty_at, reported, step_all
from .visiting import VISITED, visit
from .visiting_outputs import by_outputs, kept_from, put_back, put_back_all, vectors_by_outputs, visit_outputs

__all__ = [
    "ROWS", "VISITED", "batches", "block_sums", "combine", "examples", "examples_of_outputs", "iterations", "place",
    "replacement_orders", "shuffle_orders", "step_runs",
]  # fmt: skip

register_jitable(sampling.mixed)
register_jitable(sampling.fill_shuffle)
register_jitable(sampling.fill_replacement)


def shuffle_orders(orders, seed, first):
    for k in range(orders.shape[0]):
        sampling.fill_shuffle(orders[k], seed, first + np.uint64(k))  # a signed k would make the counter signed


def replacement_orders(orders, seed, first):
    for k in range(orders.shape[0]):
        sampling.fill_replacement(orders[k], seed, first + np.uint64(k))


def block_sums(data, M, E, base, loss, first, last, rows, G, F):
    """For blocks first to last of ``rows`` rows, at the prepared points E: G[b, r] the gradient sums, F[b, r] the loss
    sums of run r."""
    total, room = data[0].shape[0], np.empty((2, ROWS))
    for b in range(first, last):
        start, stop = b * rows, min((b + 1) * rows, total)
        for r in range(E.shape[0]):
            F[b, r] = 0.0
            G[b, r, :] = 0.0
        for k in range(start, stop, ROWS):
            for r in range(E.shape[0]):
                F[b, r] += add_rows(data, M, E[r], base, loss, (), k, min(k + ROWS, stop), G[b, r], room)


def combine(C, M, base, share, P, bounds, at, Gblocks, room, out):
    """Adds the blocks' gradients, taken ``at`` (runs, n), up in their order into the first, times ``share``, with that
    of the penalty; ``out`` (runs,) gets the largest components. ``room`` (runs, n) is work space."""
    for r in range(Gblocks.shape[1]):
        g = Gblocks[0, r]
        for b in range(1, Gblocks.shape[0]):
            for j in range(g.size):
                g[j] += Gblocks[b, r, j]
        finished(C, M, base, g, room[r])
        for j in range(g.size):
            g[j] *= share
        add_penalty(P, 1.0, at[r], g)
        out[r] = largest(g, at[r], bounds, P)


def place(C, M, base, W, slots, H, template, bounds, t, at, ahead, E, Eahead):
    """Where the record looks (``at``) and where the next gradient is taken (``ahead``), both (runs, n), and both
    prepared."""
    for r in range(W.shape[0]):
        rule, slots_r = rule_of(template, H[r, 0]), slots_of_run(slots, r)
        reported(rule, W[r], slots_r, t, at[r])
        look_ahead(rule, W[r], slots_r, t + 1.0, bounds, ahead[r])
        E[r] = prepared(C, M, base, at[r], E[r])
        Eahead[r] = prepared(C, M, base, ahead[r], Eahead[r])


def step_runs(W, slots, H, template, bounds, P, F, G, t):
    """One step of every run from its objective in F (runs,) and its gradient in G (runs, n)."""
    for r in range(W.shape[0]):
        step_all(rule_of(template, H[r, 0]), W[r], slots_of_run(slots, r), bounds, P, 1.0, F[r], G[r], t)


@inner()
def gradient_at(data, M, w, e, base, loss, share, P, g, room, Z):
    """The gradient over all rows at w into g, the l2 penalty's included; returns the mean or summed loss. ``room`` (n,)
    and Z (2 or more, ROWS) are work space."""
    rows = data[0].shape[0]
    g[:] = 0.0
    total = 0.0
    at = prepared(data[3], M, base, w, e)
    for i in range(0, rows, ROWS):
        total += add_rows(data, M, at, base, loss, (), i, min(i + ROWS, rows), g, Z)
    finished(data[3], M, base, g, room)
    for j in range(g.size):
        g[j] *= share
    add_penalty(P, 1.0, w, g)
    return share * total


def iterations(data, M, W, slots, H, template, bounds, P, loss, base, share, t0, alive, G, L, E, out_w, out_f, out_g):
    """Full batch, one block of rows: for each row of the output the value and gradient at W, then one step.

    out_w (rows, runs, n), out_f and out_g (rows, runs)."""
    Z = np.empty((2, ROWS))
    for k in range(out_w.shape[0]):
        for r in range(W.shape[0]):
            if not alive[r]:
                continue
            w, slots_r, g = W[r], slots_of_run(slots, r), G[r]
            rule = rule_of(template, H[r, min(k, H.shape[1] - 1)])
            at = out_w[k, r]
            reported(rule, w, slots_r, t0 + k, at)
            f = gradient_at(data, M, at, E[r], base, loss, share, P, g, E[r], Z)
            out_f[k, r] = f + penalty_at(P, at)
            out_g[k, r] = largest(g, at, bounds, P)
            if looks(template) or reads(template):
                look_ahead(rule, w, slots_r, t0 + k + 1.0, bounds, L[r])
                gradient_at(data, M, L[r], E[r], base, loss, share, P, g, E[r], Z)
            step_all(rule, w, slots_r, bounds, P, 1.0, out_f[k, r], g, t0 + k + 1.0)


@inner()
def epoch_ends(data, M, bounds, P, base, loss, share, alive, G, E, want_gradient, out_w, out_f, out_g, Z):
    """The objective over all rows after each epoch, and its largest gradient component where that is asked for: in a
    reading of its own, so that asking for it does not change the last bit of the objective. All epochs of a run at
    once: they share the readings of X."""
    for r in range(out_w.shape[1]):
        if not alive[r]:
            continue
        objectives(data, M, out_w, r, base, loss, share, out_f, Z, E[r])
        for e in range(out_w.shape[0]):
            out_f[e, r] += penalty_at(P, out_w[e, r])
            if want_gradient:
                gradient_at(data, M, out_w[e, r], E[r], base, loss, share, P, G[r], E[r], Z)
                out_g[e, r] = largest(G[r], out_w[e, r], bounds, P)


def examples(data, orders, part, W, slots, H, template, bounds, P, loss, base, share, t0, alive, G, E, Z, want_gradient,
             out_w, out_f, out_g, out_running, kept):  # fmt: skip
    """One example at a time, one output: an epoch for each of ``orders`` (epochs, rows). ``part`` of the penalty goes
    with each. out_w (epochs, runs, n), the others (epochs, runs). ``kept`` is (), or arrays (updates, runs, n) and
    (updates, runs) where single updates are wanted."""
    wide()
    rows, skip = data[0].shape[0], out_w.shape[0] - orders.shape[0]
    for e in range(orders.shape[0]):
        order = orders[e]
        out_running[skip + e, :] = 0.0
        for start in range(0, rows, VISITED):
            stop = min(start + VISITED, rows)
            for r in range(W.shape[0]):
                if alive[r]:
                    out_running[skip + e, r] += visit(
                        data, order, start, stop, part, W[r], slots_of_run(slots, r), H[r], template, bounds, P, loss,
                        base, t0 + e * rows + start, e * rows + start, kept, r,
                    )  # fmt: skip
        for r in range(W.shape[0]):
            if alive[r]:
                rule = rule_of(template, H[r, min((e + 1) * rows, H.shape[1]) - 1])
                reported(rule, W[r], slots_of_run(slots, r), t0 + (e + 1.0) * rows, out_w[skip + e, r])
                out_running[skip + e, r] *= share
    epoch_ends(data, (), bounds, P, base, loss, share, alive, G, E, want_gradient, out_w, out_f, out_g, Z)


def examples_of_outputs(data, orders, part, W, slots, H, template, bounds, P, loss, base, share, t0, alive, G, E, Z,
                        want_gradient, out_w, out_f, out_g, out_running, kept, M):  # fmt: skip
    """``examples`` with several outputs, run after run."""
    rows, skip, outputs = data[0].shape[0], out_w.shape[0] - orders.shape[0], M.shape[1]
    edges, price = vectors_by_outputs(bounds, outputs, base), vectors_by_outputs(P, outputs, base)
    for r in range(W.shape[0]):
        if not alive[r]:
            continue
        slots_r = slots_of_run(slots, r)
        v, own = by_outputs(W[r], outputs, base), vectors_by_outputs(slots_r, outputs, base)
        for e in range(orders.shape[0]):
            steps = e * rows
            of_epoch = H[r, min(steps, H.shape[1] - 1) : min(steps + rows, H.shape[1])]
            out_running[skip + e, r] = share * visit_outputs(
                data, M, orders[e], part, v, W.shape[1] // outputs, own, of_epoch, template, edges, price, loss, base,
                t0 + steps, kept_from(kept, steps), r,
            )  # fmt: skip
            put_back(v, outputs, W[r])
            put_back_all(own, outputs, slots_r)
            rule = rule_of(template, H[r, min(steps + rows, H.shape[1]) - 1])
            reported(rule, W[r], slots_r, t0 + (steps + rows), out_w[skip + e, r])
    epoch_ends(data, M, bounds, P, base, loss, share, alive, G, E, want_gradient, out_w, out_f, out_g, Z)


def batches(data, M, orders, batch, mean, W, slots, H, template, bounds, P, loss, base, share, t0, alive, G, L, E, Z,
            want_gradient, out_w, out_f, out_g, out_running, kept):  # fmt: skip
    """Mini-batches of ``batch`` rows, the last one short; the rest as ``examples``. The gradient is the batch's mean,
    and the penalty's in full, or both are sums, the penalty's in proportion, where ``mean`` is False."""
    rows = data[0].shape[0]
    per_epoch = (rows + batch - 1) // batch
    for e in range(orders.shape[0]):
        order = orders[e]
        out_running[e, :] = 0.0
        for b in range(per_epoch):
            start, stop = b * batch, min((b + 1) * batch, rows)
            scale = 1.0 / (stop - start) if mean else 1.0
            part = 1.0 if mean else (stop - start) / rows
            u = e * per_epoch + b
            t = t0 + u + 1.0
            for r in range(W.shape[0]):
                if not alive[r]:
                    continue
                w, slots_r, g = W[r], slots_of_run(slots, r), G[r]
                rule = rule_of(template, H[r, min(u, H.shape[1] - 1)])
                at = w
                if looks(template):
                    at = L[r]
                    look_ahead(rule, w, slots_r, t, bounds, at)
                ready = prepared(data[3], M, base, at, E[r])
                g[:] = 0.0
                total = add_rows(data, M, ready, base, loss, order, start, stop, g, Z)
                finished(data[3], M, base, g, E[r])
                for j in range(g.size):
                    g[j] *= scale
                add_penalty(P, part, at, g)
                step_all(rule, w, slots_r, bounds, P, part, total * scale, g, t)
                out_running[e, r] += total
                keep_update(kept, u, r, w, total * scale)
        for r in range(W.shape[0]):
            if alive[r]:
                rule = rule_of(template, H[r, min((e + 1) * per_epoch, H.shape[1]) - 1])
                reported(rule, W[r], slots_of_run(slots, r), t0 + (e + 1.0) * per_epoch, out_w[e, r])
                out_running[e, r] *= share
    epoch_ends(data, M, bounds, P, base, loss, share, alive, G, E, want_gradient, out_w, out_f, out_g, Z)
