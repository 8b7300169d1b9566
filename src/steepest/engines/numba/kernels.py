"""The compiled loops. Plain module-level functions: cache.py compiles one copy for each rule, loss and signature.

Conventions: X (rows, features) C-ordered, y (rows,); ``base`` is 1 where w[0] is an intercept, else 0; W (runs, n);
slots a tuple of (runs, n); H (runs, 1 or steps, float fields of the rule); ``bounds`` () or the lower and upper (n,)
bounds onto which each step is projected; ``alive`` (runs,) says which runs go on.
One run's arithmetic never depends on the others, so that a sweep of many equals many runs of one, bit for bit.
"""

from functools import partial

import numpy as np
from numba.extending import register_jitable

from ...methods import sampling
from .lowering import (
    FLAGS,
    bounded,
    keep_update,
    look_at,
    looks,
    loss_derivative,
    loss_value,
    put_slots,
    read_at,
    reads,
    rule_of,
    rule_update,
    slots_at,
    slots_from,
    slots_of_run,
)  # fmt: skip

__all__ = [
    "batches", "block_sums", "combine", "examples", "iterations", "place", "replacement_orders", "shuffle_orders",
    "step_runs",
]  # fmt: skip

ROWS = 64
"""Rows that every run visits before the next rows are fetched: they stay in cache for all runs."""

VISITED = 256
"""Rows that a run visits one by one before the next run does: they stay in the second-level cache, which keeps up."""

inner = partial(register_jitable, **FLAGS)
"""For functions that only kernels call; without the flags of their callers their loops would not be vectorised."""

register_jitable(sampling.mixed)
register_jitable(sampling.fill_shuffle)
register_jitable(sampling.fill_replacement)


def shuffle_orders(orders, seed, first):
    for k in range(orders.shape[0]):
        sampling.fill_shuffle(orders[k], seed, first + np.uint64(k))  # a signed k would make the counter signed


def replacement_orders(orders, seed, first):
    for k in range(orders.shape[0]):
        sampling.fill_replacement(orders[k], seed, first + np.uint64(k))


@inner()
def output(x, w, base):
    o = w[0] if base else 0.0
    c = w[base:]  # an index j + base might wrap around, as far as the compiler knows, and would not be vectorised
    for j in range(x.size):
        o += x[j] * c[j]
    return o


@inner()
def add_rows(X, y, w, base, loss, start, stop, G):
    """Adds the gradient over rows start to stop to G and returns their summed loss: one reading of the rows."""
    total = 0.0
    tail = G[base:]
    for i in range(start, stop):
        x = X[i]
        o = output(x, w, base)
        total += loss_value(loss, o, y[i])
        d = loss_derivative(loss, o, y[i])
        if base:
            G[0] += d
        for j in range(x.size):
            tail[j] += d * x[j]
    return total


@inner()
def largest(G, w, bounds):
    """The infinity norm of the gradient at w, within bounds of the projected gradient; NaN where a component is NaN."""
    most = 0.0
    for j in range(G.size):
        a = abs(G[j]) if len(bounds) == 0 else abs(w[j] - bounded(bounds, j, w[j] - G[j]))
        if not a <= most:
            most = a
            if a != a:
                return a
    return most


@inner()
def reported(rule, w, slots, t, out):
    """What the record shows of w."""
    for j in range(w.size):
        out[j] = read_at(rule, w[j], slots_at(slots, j), t)


@inner()
def look_ahead(rule, w, slots, t, out):
    """Where the gradient of step t is taken."""
    for j in range(w.size):
        out[j] = look_at(rule, w[j], slots_at(slots, j), t)


@inner()
def step_all(rule, w, slots, bounds, G, t):
    for j in range(w.size):
        step, new = rule_update(rule, w[j], G[j], slots_at(slots, j), t)
        put_slots(slots, j, new)
        w[j] = bounded(bounds, j, w[j] + step)


def block_sums(X, y, W, base, loss, first, last, rows, G, F):
    """For blocks first to last of ``rows`` rows: G[b, r] the gradient sums, F[b, r] the loss sums of run r."""
    for b in range(first, last):
        start, stop = b * rows, min((b + 1) * rows, X.shape[0])
        for r in range(W.shape[0]):
            F[b, r] = 0.0
            G[b, r, :] = 0.0
        for k in range(start, stop, ROWS):
            for r in range(W.shape[0]):
                F[b, r] += add_rows(X, y, W[r], base, loss, k, min(k + ROWS, stop), G[b, r])


def combine(Gblocks, share, at, bounds, out):
    """Adds the blocks' gradients, taken ``at`` (runs, n), up in their order into the first, times ``share``; ``out``
    (runs,) gets the largest components."""
    for r in range(Gblocks.shape[1]):
        G = Gblocks[0, r]
        for b in range(1, Gblocks.shape[0]):
            for j in range(G.size):
                G[j] += Gblocks[b, r, j]
        for j in range(G.size):
            G[j] *= share
        out[r] = largest(G, at[r], bounds)


def place(W, slots, H, template, bounds, t, at, ahead):
    """Where the record looks (``at``) and where the next gradient is taken (``ahead``), both (runs, n)."""
    for r in range(W.shape[0]):
        rule, slots_r = rule_of(template, H[r, 0]), slots_of_run(slots, r)
        reported(rule, W[r], slots_r, t, at[r])
        look_ahead(rule, W[r], slots_r, t + 1.0, ahead[r])


def step_runs(W, slots, H, template, bounds, G, t):
    """One step of every run from its gradient in G (runs, n)."""
    for r in range(W.shape[0]):
        step_all(rule_of(template, H[r, 0]), W[r], slots_of_run(slots, r), bounds, G[r], t)


def iterations(X, y, W, slots, H, template, bounds, loss, base, share, t0, alive, G, L, out_w, out_f, out_g):
    """Full batch, one block of rows: for each row of the output the value and gradient at W, then one step.

    G (runs, n) and L (runs, n) are work space. out_w (rows, runs, n), out_f and out_g (rows, runs)."""
    rows = X.shape[0]
    for k in range(out_w.shape[0]):
        for r in range(W.shape[0]):
            if not alive[r]:
                continue
            w, slots_r = W[r], slots_of_run(slots, r)
            rule = rule_of(template, H[r, min(k, H.shape[1] - 1)])
            at = out_w[k, r]
            reported(rule, w, slots_r, t0 + k, at)
            g = G[r]
            g[:] = 0.0
            total = 0.0
            for i in range(0, rows, ROWS):
                total += add_rows(X, y, at, base, loss, i, min(i + ROWS, rows), g)
            out_f[k, r] = share * total
            for j in range(g.size):
                g[j] *= share
            out_g[k, r] = largest(g, at, bounds)
            if looks(template) or reads(template):
                look_ahead(rule, w, slots_r, t0 + k + 1.0, L[r])
                g[:] = 0.0
                for i in range(0, rows, ROWS):
                    add_rows(X, y, L[r], base, loss, i, min(i + ROWS, rows), g)
                for j in range(g.size):
                    g[j] *= share
            step_all(rule, w, slots_r, bounds, g, t0 + k + 1.0)


@inner()
def eight_products(x, z, a, b, c, d):
    """The products of two vectors with four others: half as many loads as one by one, and the sums overlap."""
    xa = xb = xc = xd = za = zb = zc = zd = 0.0
    for j in range(x.size):
        xj, zj = x[j], z[j]
        xa += xj * a[j]
        xb += xj * b[j]
        xc += xj * c[j]
        xd += xj * d[j]
        za += zj * a[j]
        zb += zj * b[j]
        zc += zj * c[j]
        zd += zj * d[j]
    return xa, xb, xc, xd, za, zb, zc, zd


@inner()
def summed_loss(loss, o, shift, y):
    """The summed loss of the outputs ``o + shift``."""
    total = 0.0
    for i in range(o.size):
        total += loss_value(loss, o[i] + shift, y[i])
    return total


@inner()
def objectives(X, y, W, r, base, loss, share, out, Z):
    """The objective over all rows at each of the points W[:, r] (points, runs, n), into out[:, r]. Z (4, ROWS) is work
    space.

    Four points share the reading of two rows; what is left of the points takes them two by two with four rows, so that
    each product is summed alike, and a point's objective does not depend on the points beside it."""
    rows, points = X.shape[0], W.shape[0]
    fours = points - points % 4
    for p in range(points):
        out[p, r] = 0.0
    for start in range(0, rows, ROWS):
        stop = min(start + ROWS, rows)
        size = stop - start
        last = stop - 1
        for p in range(0, fours, 4):
            a, b, c, d = W[p, r][base:], W[p + 1, r][base:], W[p + 2, r][base:], W[p + 3, r][base:]
            for i in range(start, stop, 2):
                k = min(i + 1, last)
                xa, xb, xc, xd, za, zb, zc, zd = eight_products(X[i], X[k], a, b, c, d)
                m, n = i - start, k - start
                Z[0, m], Z[1, m], Z[2, m], Z[3, m] = xa, xb, xc, xd
                Z[0, n], Z[1, n], Z[2, n], Z[3, n] = za, zb, zc, zd
            for q in range(4):
                shift = W[p + q, r, 0] if base else 0.0
                out[p + q, r] += summed_loss(loss, Z[q, :size], shift, y[start:stop])
        for p in range(fours, points, 2):
            q = min(p + 1, points - 1)
            for i in range(start, stop, 4):
                k, m, n = min(i + 1, last), min(i + 2, last), min(i + 3, last)
                xa, xb, xc, xd, za, zb, zc, zd = eight_products(W[p, r][base:], W[q, r][base:], X[i], X[k], X[m], X[n])
                i, k, m, n = i - start, k - start, m - start, n - start
                Z[0, i], Z[0, k], Z[0, m], Z[0, n] = xa, xb, xc, xd
                Z[1, i], Z[1, k], Z[1, m], Z[1, n] = za, zb, zc, zd
            for k in range(p, q + 1):
                shift = W[k, r, 0] if base else 0.0
                out[k, r] += summed_loss(loss, Z[k - p, :size], shift, y[start:stop])
    for p in range(points):
        out[p, r] *= share


@inner()
def epoch_ends(X, y, bounds, base, loss, share, alive, G, want_gradient, out_w, out_f, out_g, Z):
    """The objective over all rows after each epoch, and its largest gradient component where that is asked for: in a
    reading of its own, so that asking for it does not change the last bit of the objective. All epochs of a run at
    once: they share the readings of X."""
    rows = X.shape[0]
    for r in range(out_w.shape[1]):
        if not alive[r]:
            continue
        objectives(X, y, out_w, r, base, loss, share, out_f, Z)
        if want_gradient:
            g = G[r]
            for e in range(out_w.shape[0]):
                g[:] = 0.0
                for i in range(0, rows, ROWS):
                    add_rows(X, y, out_w[e, r], base, loss, i, min(i + ROWS, rows), g)
                for j in range(g.size):
                    g[j] *= share
                out_g[e, r] = largest(g, out_w[e, r], bounds)


@inner()
def visit(X, y, order, start, stop, w, slots, H, template, bounds, loss, base, t0, steps, kept, r):
    """One example at a time over rows start to stop of the order. The next row's output is summed up in the loop that
    updates w for this one. Returns the summed loss, each taken just before its update."""
    constant = H.shape[0] == 1
    rule = rule_of(template, H[0])
    total = 0.0
    features = X.shape[1]
    c, tails, edges = w[base:], slots_from(slots, base), slots_from(bounds, base)
    t = t0
    x = X[order[start]]
    if not constant:
        rule = rule_of(template, H[steps])
    o = look_at(rule, w[0], slots_at(slots, 0), t + 1.0) if base else 0.0
    for j in range(features):
        o += x[j] * look_at(rule, c[j], slots_at(tails, j), t + 1.0)
    for k in range(start, stop):
        i = order[k]
        x = X[i]
        if not constant:
            rule = rule_of(template, H[steps + k - start])
        t += 1.0
        loss_here = loss_value(loss, o, y[i])
        total += loss_here
        d = loss_derivative(loss, o, y[i])
        after, following = X[order[min(k + 1, stop - 1)]], rule
        if not constant and looks(template):
            following = rule_of(template, H[min(steps + k + 1 - start, H.shape[0] - 1)])
        o = 0.0
        if base:
            step, new = rule_update(rule, w[0], d, slots_at(slots, 0), t)
            put_slots(slots, 0, new)
            w[0] = bounded(bounds, 0, w[0] + step)
            o = look_at(following, w[0], new, t + 1.0)
        for j in range(features):
            step, new = rule_update(rule, c[j], d * x[j], slots_at(tails, j), t)
            put_slots(tails, j, new)
            moved = bounded(edges, j, c[j] + step)
            c[j] = moved
            o += after[j] * look_at(following, moved, new, t + 1.0)
        keep_update(kept, steps + k - start, r, w, loss_here)
    return total


def examples(X, y, orders, W, slots, H, template, bounds, loss, base, share, t0, alive, G, Z, want_gradient,
             out_w, out_f, out_g, out_running, kept):  # fmt: skip
    """One example at a time: an epoch for each of ``orders`` (epochs, rows). out_w (epochs, runs, n), the others
    (epochs, runs). ``kept`` is (), or arrays (updates, runs, n) and (updates, runs) where single updates are wanted."""
    rows = X.shape[0]
    for e in range(orders.shape[0]):
        order = orders[e]
        out_running[e, :] = 0.0
        for start in range(0, rows, VISITED):
            stop = min(start + VISITED, rows)
            for r in range(W.shape[0]):
                if alive[r]:
                    out_running[e, r] += visit(
                        X, y, order, start, stop, W[r], slots_of_run(slots, r), H[r], template, bounds, loss, base,
                        t0 + e * rows + start, e * rows + start, kept, r,
                    )  # fmt: skip
        for r in range(W.shape[0]):
            if alive[r]:
                rule = rule_of(template, H[r, min((e + 1) * rows, H.shape[1]) - 1])
                reported(rule, W[r], slots_of_run(slots, r), t0 + (e + 1.0) * rows, out_w[e, r])
                out_running[e, r] *= share
    epoch_ends(X, y, bounds, base, loss, share, alive, G, want_gradient, out_w, out_f, out_g, Z)


def batches(X, y, orders, batch, mean, W, slots, H, template, bounds, loss, base, share, t0, alive, G, L, Z,
            want_gradient, out_w, out_f, out_g, out_running, kept):  # fmt: skip
    """Mini-batches of ``batch`` rows, the last one short; the rest as ``examples``. The gradient is the batch's mean,
    or its sum where ``mean`` is False."""
    rows = X.shape[0]
    per_epoch = (rows + batch - 1) // batch
    for e in range(orders.shape[0]):
        order = orders[e]
        out_running[e, :] = 0.0
        for b in range(per_epoch):
            start, stop = b * batch, min((b + 1) * batch, rows)
            scale = 1.0 / (stop - start) if mean else 1.0
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
                    look_ahead(rule, w, slots_r, t, at)
                g[:] = 0.0
                total = 0.0
                for k in range(start, stop):
                    i = order[k]
                    total += add_rows(X, y, at, base, loss, i, i + 1, g)
                for j in range(g.size):
                    g[j] *= scale
                step_all(rule, w, slots_r, bounds, g, t)
                out_running[e, r] += total
                keep_update(kept, u, r, w, total * scale)
        for r in range(W.shape[0]):
            if alive[r]:
                rule = rule_of(template, H[r, min((e + 1) * per_epoch, H.shape[1]) - 1])
                reported(rule, W[r], slots_of_run(slots, r), t0 + (e + 1.0) * per_epoch, out_w[e, r])
                out_running[e, r] *= share
    epoch_ends(X, y, bounds, base, loss, share, alive, G, want_gradient, out_w, out_f, out_g, Z)
