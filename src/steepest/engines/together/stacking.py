"""The states of many runs as arrays with the run axis first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...base.xp import numpy_functions
from ..task import Task

__all__ = ["stacked_fields", "stacked_slots", "stacked_starts"]

Array = NDArray[np.float64]


def stacked_starts(tasks: Sequence[Task]) -> Array:
    """(runs, n)."""
    return np.array([task.w0 for task in tasks], dtype=float)


def stacked_fields(tasks: Sequence[Task]) -> Array:
    """The float fields of the first update, (runs, 1, fields)."""
    names = tasks[0].fields.names
    return np.array([[[getattr(task.rule, name) for name in names]] for task in tasks], dtype=float)


def stacked_slots(tasks: Sequence[Task]) -> tuple[Array, ...]:
    """Each slot at the start, (runs, ...)."""
    found = slots_at_once(tasks) if len(tasks) > 1 and hasattr(tasks[0].rule, "update") else None
    if found is not None:
        return found
    each = [task.rule.init(task.w0, numpy_functions) for task in tasks]
    return tuple(np.array([np.asarray(own[k], dtype=float) for own in each]) for k in range(len(each[0])))


def slots_at_once(tasks: Sequence[Task]) -> tuple[Array, ...] | None:
    """By one call for all runs, the fields being columns of numbers, as an element-wise rule allows: a thousand calls
    take 4 ms, a quarter of what a thousand short runs may. None where the rule turns out to be of another kind."""
    first, last, w = tasks[0], tasks[-1], stacked_starts(tasks)
    columns = stacked_fields(tasks)[:, 0]
    rule = first.rule._replace(**{name: columns[:, k : k + 1] for k, name in enumerate(first.fields.names)})
    try:
        slots = [np.array(slot, dtype=float) for slot in rule.init(w, numpy_functions)]
    except (TypeError, ValueError):  # of an "if" on a field
        return None
    wanted = last.rule.init(last.w0, numpy_functions)
    alike = len(wanted) == len(slots) and all(
        slot.shape == w.shape and np.array_equal(slot[-1], own) for slot, own in zip(slots, wanted, strict=True)
    )
    return tuple(slots) if alike else None
