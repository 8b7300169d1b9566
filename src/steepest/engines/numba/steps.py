"""Steps and what is felt along with the loss: penalties, bounds; what the record shows of a point.

P is the penalty: (), or (l2,) or (l2, l1) of (n,) factors.
"""

from numba.extending import overload

from .lowering import FLAGS, bare, bounded, class_of, look_at, put_slots, read_at, rule_moved, rule_step, slots_at
from .points import inner, len_of

__all__ = ["add_penalty", "largest", "look_ahead", "penalty_at", "reported", "step_all"]

add_penalty, penalty_at, shown = bare("add_penalty"), bare("penalty_at"), bare("shown")
put_all, step_all = bare("put_all"), bare("step_all")


@overload(add_penalty, jit_options=FLAGS)
def _add_penalty(P, part, w, g):
    """Adds ``part`` of the l2 penalty's gradient at w to g. P is (), or (l2,) or (l2, l1) of (n,) factors."""

    def add(P, part, w, g):
        l2 = P[0]
        for j in range(g.size):
            g[j] += part * l2[j] * w[j]

    return add if len_of(P) else lambda P, part, w, g: None


@overload(penalty_at, jit_options=FLAGS)
def _penalty_at(P, w):
    """The penalty's part of the objective."""

    def squares(P, w):
        total = 0.0
        for j in range(w.size):
            total += 0.5 * P[0][j] * w[j] * w[j]
        return total

    def both(P, w):
        total = 0.0
        for j in range(w.size):
            total += 0.5 * P[0][j] * w[j] * w[j] + P[1][j] * abs(w[j])
        return total

    return {0: lambda P, w: 0.0, 1: squares, 2: both}[len_of(P)]


@overload(shown, jit_options=FLAGS)
def _shown(P, j, g, w):
    """A component of the shortest subgradient, from that of all but the l1 penalty."""

    def least(P, j, g, w):
        l1 = P[1][j]
        if w == 0.0 and l1 > 0.0:
            return max(g - l1, 0.0) if g > 0.0 else min(g + l1, 0.0) if g < 0.0 else g
        return g + l1 if w > 0.0 else g - l1 if w < 0.0 else g

    return least if len_of(P) == 2 else lambda P, j, g, w: g


@inner()
def largest(g, w, bounds, P):
    """The infinity norm of the gradient at w, under an l1 penalty of the shortest subgradient, within bounds of the
    projected one; NaN where a component is NaN."""
    most = 0.0
    for j in range(g.size):
        slope = shown(P, j, g[j], w[j])
        a = abs(slope) if len(bounds) == 0 else abs(w[j] - bounded(bounds, j, w[j] - slope))
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
def look_ahead(rule, w, slots, t, bounds, out):
    """Where the gradient of step t is taken: within the bounds, as the points themselves."""
    for j in range(w.size):
        out[j] = bounded(bounds, j, look_at(rule, w[j], slots_at(slots, j), t))


@overload(put_all, jit_options=FLAGS)
def _put_all(slots, new):
    def put(slots, new):
        for k in range(len(slots)):
            slots[k][:] = new[k]

    return put if len(slots) else lambda slots, new: None


@overload(step_all, jit_options=FLAGS)
def _step_all(rule, w, slots, bounds, P, part, f, g, t):
    """One step from w, where the loss is f and the gradient g."""

    def each(rule, w, slots, bounds, P, part, f, g, t):
        for j in range(w.size):
            moved, new = rule_moved(rule, w[j], g[j], slots_at(slots, j), t, P, part, j)
            put_slots(slots, j, new)
            w[j] = bounded(bounds, j, moved)

    def whole(rule, w, slots, bounds, P, part, f, g, t):
        step, new = rule_step(rule, w, f, g, slots, t)
        put_all(slots, new)
        for j in range(w.size):
            w[j] = bounded(bounds, j, w[j] + step[j])

    return whole if hasattr(class_of(rule), "step") else each
