"""Rules that divide each variable's gradient by a size they keep (Adam and its kin): the rate beyond which they ring
with that size frozen, found by running the rule on a constant gradient and then on tiny ones.

With D the divisors at w the frozen rule is a linear one on D^-1/2 H D^-1/2; that it stays near its threshold while it
trains, with no harm, is the finding of J. Cohen et al., "Adaptive gradient methods at the edge of stability", 2022.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..methods.rule import scale_free
from .linear_rules import steady
from .stability import ROUNDING, first_crossing

__all__ = ["Frozen", "frozen"]

Array = NDArray[np.float64]
STEPS = 10_000
"""Of one gradient, after which a usual rule's averages have settled: Adam's keep e^-10 of what was before."""
LATE = 1e7
"""The step at which a settled rule is asked: what depends on the count has come to its end."""
LARGE = 1e6
"""A gradient beside which an epsilon is nothing."""
TINY = 1e-150
"""A gradient that leaves no trace in an average of squares, and has digits still when it is divided by 1e150."""
MOST = 512
"""Gradients that are run; between them divisors are interpolated."""


class Frozen(NamedTuple):
    """What a rule divides the gradient at w by, and how much it then bears.

    The frozen rule is stable for rates below ``factor`` / the largest eigenvalue of D^-1/2 H D^-1/2, D the
    ``divisors`` (n,). ``first`` says that they are those of the first step, since they grow with each."""

    divisors: Array
    factor: float
    first: bool


GROWS = "its steps grow as it runs, so there is no size of them to freeze"
CHANGES = "it divides the gradient by how much that changes, so at one point there is nothing to freeze"
SIGNS = "the size of its steps does not depend on that of the gradient, so it can neither blow up nor come to rest"
OTHER = "its steps are not one linear function of the gradient throughout, and it keeps no sizes to freeze"


def frozen(rule: Any, gradient: Array) -> Frozen | str:
    """Why not, in a sentence, where the rule's step is not a gradient divided by a size kept of gradients, each
    variable for itself."""
    if not hasattr(rule, "update") or hasattr(rule, "renews_each") or not steady(rule._replace(learning_rate=1.0)):
        return OTHER
    rule = rule._replace(learning_rate=1.0)
    if "weight_decay" in rule._fields:
        rule = rule._replace(weight_decay=0.0)  # it is added to steps of the size of the rate
    sizes = np.abs(gradient)
    asked = sizes if sizes.size <= MOST else spread(sizes)
    with np.errstate(all="ignore"):
        early, late, state = run_on(rule, np.concatenate([[LARGE, 10 * LARGE], asked]))
        if not abs(late[0]) > 0 or not np.isclose(abs(late[1]), abs(late[0]), rtol=0.01):
            return CHANGES if scale_free(rule) else OTHER
        drift = float(np.abs(late[0] / early[0]))
        growing = drift < 0.95
        if growing:
            state = run_on(rule, np.concatenate([[LARGE, 10 * LARGE], asked]), 1)[2]
        linear = linear_part(rule, state)
        if linear is None:
            return SIGNS
        if drift > 1.05:
            return GROWS

        def stable(curvature: float) -> bool:
            return bool(np.abs(np.linalg.eigvals(linear[0] + curvature * linear[1])).max() <= 1 + ROUNDING)

        factor = first_crossing(stable, 1e-4, 1e6)
        if factor is None or factor == 1e-4:
            return OTHER
        answer = state.after(rule, np.zeros_like(late), TINY, None)[0] / -TINY
    divisors = LARGE * answer[0] / answer[2:]
    if sizes.size > MOST:
        floor = np.finfo(float).tiny
        at = np.log(np.maximum(asked, floor))
        divisors = np.exp(np.interp(np.log(np.maximum(sizes, floor)), at, np.log(divisors)))
    return Frozen(np.asarray(divisors), factor, growing)


def spread(sizes: Array) -> Array:
    """Ascending numbers from the smallest of ``sizes`` to the largest, 0 among them where it is there."""
    above = sizes[sizes > 0]
    if not above.size:
        return np.zeros(1)
    grid = np.geomspace(above.min(), above.max(), MOST)
    return np.concatenate([np.zeros(int(above.size < sizes.size)), grid])


class State(NamedTuple):
    """The slots of a rule whose sizes are frozen; ``is_size`` says which do not change sign with the gradient."""

    slots: tuple[Array, ...]
    is_size: tuple[bool, ...]
    t: float

    def after(self, rule: Any, w: Array, g: Any, others: list[Array] | None) -> tuple[Array, tuple[Array, ...]]:
        """The step and the new slots, the slots that are no sizes being ``others``, 0 where None."""
        slots = list(self.slots)
        for k, value in zip(self.moved, others or [], strict=False):
            slots[k] = value
        step, new = rule.update(w, g + 0.0 * w, tuple(slots), self.t, xp)
        return np.asarray(step), new

    @property
    def moved(self) -> list[int]:
        return [k for k, size in enumerate(self.is_size) if not size]


def run_on(rule: Any, gradient: Array, steps: int = STEPS) -> tuple[Array, Array, State]:
    """The steps half-way and at the end of so many of one gradient, w held at 0; and the slots, with the sizes made
    such that a step without gradient leaves them what they were."""
    w = np.zeros_like(gradient)
    signs = rule.init(w, xp)
    for t in range(1, min(3, steps) + 1):
        _, signs = rule.update(w, -gradient, signs, float(t), xp)
    slots: tuple[Array, ...] = rule.init(w, xp)
    is_size: tuple[bool, ...] = ()
    step = early = w
    for t in range(1, steps + 1):
        step, slots = rule.update(w, gradient, slots, float(t), xp)
        if t == min(3, steps):
            is_size = tuple(bool((a == b).all() and (a != 0).any()) for a, b in zip(slots, signs, strict=True))
        if t == steps // 2:
            early = step
    t_asked = LATE if steps > 1 else 2.0
    calm = tuple(slot if size else 0.0 * slot for slot, size in zip(slots, is_size, strict=True))
    _, new = rule.update(w, w, calm, t_asked, xp)
    kept = tuple(
        np.where(after > 0, slot * slot / np.where(after > 0, after, 1.0), slot) if size else slot
        for slot, after, size in zip(calm, new, is_size, strict=True)
    )
    return early, step, State(kept, is_size, t_asked)


def linear_part(rule: Any, state: State) -> tuple[Array, Array] | None:
    """``(free, pull)``: with the sizes kept at a large gradient, what a step does to (w, the other slots) is free + c
    pull at c times that gradient for a curvature. None where it is not linear."""
    one = state._replace(slots=tuple(np.asarray(slot)[:1] for slot in state.slots))

    def after(at: Array, curvature: float) -> Array:
        w, others = at[:1], [at[k : k + 1] for k in range(1, at.size)]
        seen = w
        if hasattr(rule, "look"):
            slots = list(one.slots)
            for k, value in zip(one.moved, others, strict=True):
                slots[k] = value
            seen = np.asarray(rule.look(w, tuple(slots), one.t, xp))
        step, new = one.after(rule, w, curvature * seen, others)
        return np.concatenate([w + step, *(new[k] for k in one.moved)])

    units = TINY * np.eye(1 + len(one.moved))
    free, whole = (np.stack([after(unit, c) for unit in units], axis=1) / TINY for c in (0.0, LARGE))
    probe = TINY * np.linspace(0.3, 1.7, len(units))
    for scale in (1.0, -3.0, 100.0):
        if not np.allclose(after(scale * probe, LARGE) / TINY, scale * (whole @ probe) / TINY, rtol=1e-6, atol=1e-9):
            return None
    return free, whole - free
