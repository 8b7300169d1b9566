"""The objective over all rows at many points at once."""

import numpy as np
from numba.extending import overload

from .lowering import FLAGS, bare, class_of, loss_parts, loss_value
from .points import inlined, len_of, prepared
from .rows import ROWS, add_row_losses, row_weight

__all__ = ["objectives"]

objectives, summed_loss = bare("objectives"), bare("summed_loss")


@inlined()
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


@overload(summed_loss, jit_options=FLAGS)
def _summed_loss(loss, o, shift, y, S, start):
    """The summed loss of the outputs ``o + shift`` of the rows from ``start`` on."""

    def plain(loss, o, shift, y, S, start):
        total = 0.0
        for i in range(o.size):
            total += row_weight(S, start + i) * loss_value(loss, o[i] + shift, y[i])
        return total

    def with_logs(loss, o, shift, y, S, start):
        total, product = 0.0, 1.0
        for i in range(o.size):
            factor, rest, _ = loss_parts(loss, o[i] + shift, y[i])
            product *= factor
            total += rest
        return total + np.log(product)

    return with_logs if hasattr(class_of(loss), "parts") and len_of(S) == 0 else plain


@overload(objectives, jit_options=FLAGS)
def _objectives(data, M, W, r, base, loss, share, out, Z, e):
    """The mean or summed loss over all rows at each of the points W[:, r] (points, runs, n), into out[:, r]. Z
    (4, ROWS) and e (n,) are work space."""
    plain = len_of(M) == 0 and len_of(data[3]) == 0
    return together if plain else one_by_one


def one_by_one(data, M, W, r, base, loss, share, out, Z, e):
    for p in range(W.shape[0]):
        at = prepared(data[3], M, base, W[p, r], e)
        total = 0.0
        for start in range(0, data[0].shape[0], ROWS):
            total += add_row_losses(data, M, at, base, loss, start, min(start + ROWS, data[0].shape[0]))
        out[p, r] = share * total


def together(data, M, W, r, base, loss, share, out, Z, e):
    """Four points share the reading of two rows; what is left of the points takes them two by two with four rows, so
    that each product is summed alike, and a point's objective does not depend on the points beside it."""
    X, y, S, _ = data
    rows, points = X.shape[0], W.shape[0]
    fours = points - points % 4
    for p in range(points):
        out[p, r] = 0.0
    block = min(ROWS, max(4, 2**15 // X.shape[1] // 4 * 4))
    for start in range(0, rows, block):
        stop = min(start + block, rows)
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
                out[p + q, r] += summed_loss(loss, Z[q, :size], shift, y[start:stop], S, start)
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
                out[k, r] += summed_loss(loss, Z[k - p, :size], shift, y[start:stop], S, start)
    for p in range(points):
        out[p, r] *= share
