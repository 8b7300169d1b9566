"""The steps of a recorded run made once more from its rows, for what a record does not keep: gradients and slots."""

from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from .proximal import implicit_step
from .task import Task

__all__ = ["Trace", "retraced"]

Array = NDArray[np.float64]
CLOSE = 1e-6
"""By how much of its length a step made again may differ from the recorded one: engines round differently."""


class Trace(NamedTuple):
    """``gradients`` (rows, n) where each row's step was taken from (ahead of the row, where the rule looks ahead);
    ``slots``, each (rows, n), after the step to the row; ``fields``, the rule's numbers that made each row, (rows,)
    (row 0: those of the first step)."""

    gradients: Array
    slots: tuple[Array, ...]
    fields: dict[str, Array]


def retraced(task: Task, w: Array) -> Trace | None:
    """The steps of a full-batch run all of whose rows ``w`` (rows, n) are given, each made from its row.

    None where they come out otherwise than recorded, or are of another kind: batches, line searches, rules that report
    an average in place of w."""
    if task.batch_size is not None or task.search is not None or hasattr(task.rule, "read") or not len(w):
        return None
    constant, last = task.fields.constant, len(w) - 1
    rules = repeat(task.rule) if constant else task.fields.rules()
    rule, names = next(rules), task.fields.names
    slots = rule.init(w[0], xp)
    kept, numbers = [slots], [[getattr(rule, name) for name in names]]
    gradients, made = np.empty_like(w), np.empty_like(w[1:])
    with np.errstate(all="ignore"):
        for t in range(last):
            gradients[t] = g = task.gradient(placed(task, rule, w[t], slots, t))
            made[t], slots = stepped(task, rule, w[t], g, slots, t)
            kept.append(slots)
            if not constant:
                numbers.append([getattr(rule, name) for name in names])
                rule = next(rules)
        gradients[last] = task.gradient(placed(task, rule, w[last], slots, last))
        if not (np.abs(made - w[1:]).max(axis=1, initial=0.0) <= allowed(w)).all():
            return None
    stacked = tuple(np.array([row[k] for row in kept]) for k in range(len(slots)))
    fields = np.tile(numbers, (len(w), 1)) if constant else np.array(numbers)
    return Trace(gradients, stacked, dict(zip(names, fields.T, strict=True)))


def placed(task: Task, rule: Any, w: Array, slots: Any, t: int) -> Array:
    """Where the gradient of the step after row t is taken."""
    at = np.asarray(rule.look(w, slots, t + 1.0, xp)) if hasattr(rule, "look") else w
    return at if task.box is None else task.box.project(at)


def stepped(task: Task, rule: Any, w: Array, g: Array, slots: Any, t: int) -> tuple[Array, Any]:
    """Row t + 1 and the slots after it."""
    if hasattr(rule, "step"):
        step, slots = rule.step(w, float(task.problem.value(w)), g, slots, t + 1.0, xp)
        moved = w + step
    elif task.l1 is not None:
        moved, slots = implicit_step(rule, w, g, slots, t + 1.0, task.l1, xp)
    else:
        step, slots = rule.update(w, g, slots, t + 1.0, xp)
        moved = w + step
    return (moved if task.box is None else task.box.project(moved)), slots


def allowed(w: Array) -> Array:
    """By how much each step made again may miss the recorded row, (rows - 1,)."""
    steps, sizes = np.abs(np.diff(w, axis=0)).max(axis=1), np.abs(w[:-1]).max(axis=1)
    return np.asarray(CLOSE * steps + 1e-12 * np.maximum(sizes, 1.0))
