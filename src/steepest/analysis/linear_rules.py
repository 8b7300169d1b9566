"""The matrices that rules linear in the gradient apply at each curvature, found by running the rule on unit states."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..methods.modifiers.modified import base_of, modified_class, modifier_name

__all__ = ["matrices", "moving", "parts", "radii", "steady"]

Array = NDArray[np.float64]
TRIED = ((1.0, 1.0), (-3.0, 1.0), (1e60, 1.0), (1e-60, 1.0), (1.0, 2.0), (1.0, 7.0), (1.0, 1e4))
"""Sizes of the state and counts of updates at which a rule has to agree with its matrix: a clipped gradient is linear
while it is small, an average of points is time-invariant for its first steps."""
TOLERANCE = 1e-9
SMALLEST = 1e-300
"""Below this numbers lose their digits."""


def steady(rule: Any) -> bool:
    """Whether all fields are known and stay for a whole run: no schedule, no line search, no rate still to be found."""
    if getattr(rule, "learning_rate", 0.0) is None:
        return False
    return all(value is None or isinstance(value, (float, int, type)) for value in rule)


def moving(rule: Any, without: tuple[str, ...] = ()) -> Any:
    """The rule without averages that are reported and that no step depends on, and without the modifiers named."""
    cls = type(rule)
    added: tuple[Any, ...] = getattr(cls, "modifiers", ())
    wanted = tuple(name for part in added if (name := modifier_name(part)) not in without and not hasattr(part, "kept"))
    if len(wanted) == len(added):
        return rule
    bare = modified_class(base_of(cls), wanted)
    return bare(**{name: getattr(rule, name) for name in bare._fields})


def matrices(rule: Any, curvatures: Any) -> Array | None:
    """The matrix (k, s, s) that one step of ``rule`` applies to (w, slots) on ``c w^2 / 2``, for each c of
    ``curvatures`` (k,); s is 1 + the number of slots. The learning rate is the rule's own.

    None where the rule is not linear in (w, slots, gradient), or not the same at every step: also for rules of the
    whole vector, schedules and line searches, and for rules that correct gradients by others they keep.
    """
    c = np.append(np.asarray(curvatures, dtype=float), (1.0, 0.0))  # at no curvature alone every rule would look linear
    if not hasattr(rule, "update") or hasattr(rule, "renews_each") or not steady(rule):
        return None
    with np.errstate(all="ignore"):
        made = _made(rule, c)
        size = made.shape[-1]
        probe = np.linspace(0.3, 1.7, size)
        terms = (
            np.abs(made[-1]) + np.abs(made - made[-1]) + np.abs(made)
        )  # where they cancel, rounding is as large as they were
        for scale, t in TRIED:
            state = np.broadcast_to(scale * probe[:, None], (size, c.size))
            wanted, sizes = scale * (made @ probe), abs(scale) * (terms @ probe)
            gap = np.abs(_applied(rule, state, c, t).T - wanted)
            # extreme states at one ordinary curvature only: there nothing else is beyond what numbers hold
            asked = slice(None) if 1e-3 < abs(scale) < 1e3 else slice(-2, None)
            if not (gap <= TOLERANCE * sizes + SMALLEST * max(abs(scale), 1.0))[asked].all():
                return None
    return made[:-2]


def parts(rule: Any) -> tuple[Array, Array, Array] | None:
    """``(free, pushed, seen)``: the state (w, slots) becomes ``free @ state + pushed g``, where g is the gradient at
    ``seen @ state``; (s, s), (s,), (s,). None as `matrices`."""
    if matrices(rule, [1.0]) is None:
        return None
    nothing = np.zeros(1)
    size = 1 + len(rule.init(nothing, xp))
    free, seen = np.empty((size, size)), np.eye(1, size)[0]
    for k, unit in enumerate(np.eye(size)):
        w, slots = unit[:1], _slots(unit[:, None])
        free[:, k] = _stepped(rule, w, nothing, slots)
        if hasattr(rule, "look"):
            seen[k] = float(np.asarray(rule.look(w, slots, 1.0, xp)).item())
    return free, _stepped(rule, nothing, np.ones(1), _slots(np.zeros((size, 1)))), seen


def radii(rule: Any, curvatures: Any) -> Array | None:
    """The spectral radii (k,) of `matrices`: by so much a step shrinks or grows errors in the end. None as there."""
    made = matrices(rule, curvatures)
    if made is None:
        return None
    radius = np.full(len(made), np.inf)
    finite = np.isfinite(made).all(axis=(1, 2))
    radius[finite] = np.abs(np.linalg.eigvals(made[finite])).max(axis=1, initial=0.0)
    return radius


def _slots(state: Array) -> tuple[Array, ...]:
    return tuple(state[k] for k in range(1, len(state)))


def _made(rule: Any, c: Array) -> Array:
    """(k, s, s), a column for each unit state."""
    size = 1 + len(rule.init(np.zeros_like(c), xp))
    units = np.broadcast_to(np.eye(size)[:, :, None], (size, size, c.size))
    return np.stack([_applied(rule, unit, c, 1.0).T for unit in units], axis=-1)


def _applied(rule: Any, state: Array, c: Array, t: float) -> Array:
    """The state (s, k) after one step, each column at its own curvature."""
    w, slots = state[0], _slots(state)
    at = np.asarray(rule.look(w, slots, t, xp)) if hasattr(rule, "look") else w
    return _stepped(rule, w, c * at, slots, t).reshape(-1, c.size)


def _stepped(rule: Any, w: Array, g: Array, slots: tuple[Array, ...], t: float = 1.0) -> Array:
    """w and the slots after one step, one after the other."""
    step, new = rule.update(w, g, slots, t, xp)
    return np.concatenate([np.broadcast_to(part, w.shape) for part in (w + step, *new)])
