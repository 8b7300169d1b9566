"""The compiled loop on a quadratic: many steps of an element-wise rule, each from one product with the curvature.

Vectors hold output after output, (outputs * weights,); G is (weights, weights), the same for each output.
"""

from functools import partial
from typing import Any

from numba.extending import register_jitable

from ..numba.lowering import FLAGS, look_at, looks, put_slots, read_at, reads, rule_of, rule_update, slots_at

__all__ = ["iterate"]

inner = partial(register_jitable, **FLAGS)


@register_jitable  # type: ignore[untyped-decorator]
def placed(anchor: Any, e: Any, low: Any) -> Any:
    """w at e. Without fast-math: reordered, the sum would not give the start bit for bit."""
    return (anchor + e) + low


@register_jitable  # type: ignore[untyped-decorator]
def moved(e: Any, there: Any, w: Any) -> Any:
    """e at another point than w, which is near it more often than not; without fast-math for the same reason."""
    return e + (there - w)


@inner()  # type: ignore[untyped-decorator]
def gradient(G: Any, slope: Any, e: Any, g: Any) -> Any:
    """g = slope + G e; returns f above the floor, never below 0 for what is quadratic in it, and the largest |g|."""
    m, line, square, most = G.shape[0], 0.0, 0.0, 0.0
    for first in range(0, e.size, m):
        x, out, tilt = e[first : first + m], g[first : first + m], slope[first : first + m]
        for i in range(m):
            row, total = G[i], 0.0
            for j in range(m):
                total += row[j] * x[j]
            square += x[i] * total
            line += x[i] * tilt[i]
            total += tilt[i]
            out[i] = total
            size = abs(total)
            if most == most and not size <= most:  # the first NaN stays
                most = size
    if square <= 0.0:  # rounding, where e is in a flat direction; NaN stays NaN
        square = 0.0
    return line + 0.5 * square, most


def iterate(
    G: Any, anchor: Any, low: Any, slope: Any, floor: Any, e: Any, slots: Any, H: Any, template: Any, t0: Any,
    w: Any, at: Any, g: Any, out_w: Any, out_f: Any, out_g: Any,
) -> None:  # fmt: skip
    """Fills the rows out_w (rows, outputs * weights), out_f (rows,) and out_g (rows,), each reported before the step
    that follows it; e and slots are left at the row after the last. ``t0`` updates were made before; H (1 or rows,
    float fields) holds the fields of the rule's next updates. w, at and g are room to work in."""
    for k in range(out_f.size):
        rule = rule_of(template, H[k if H.shape[0] > 1 else 0])
        t = t0 + k
        for i in range(e.size):
            w[i] = placed(anchor[i], e[i], low[i])
            out_w[k, i] = w[i]
        if reads(template):
            for i in range(e.size):
                out_w[k, i] = read_at(rule, w[i], slots_at(slots, i), t)
                at[i] = moved(e[i], out_w[k, i], w[i])
            above, most = gradient(G, slope, at, g)
        else:
            above, most = gradient(G, slope, e, g)
        out_f[k], out_g[k] = floor + above, most
        t += 1.0
        if looks(template):
            for i in range(e.size):
                at[i] = moved(e[i], look_at(rule, w[i], slots_at(slots, i), t), w[i])
            gradient(G, slope, at, g)
        elif reads(template):
            gradient(G, slope, e, g)
        for i in range(e.size):
            step, new = rule_update(rule, w[i], g[i], slots_at(slots, i), t)
            put_slots(slots, i, new)
            e[i] += step
