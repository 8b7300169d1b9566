"""Any callable of the step count as a schedule: a user's own function, or one of optax's schedules."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base.errors import ArgumentError
from ...base.text import callable_name, number
from .shared import Array, one

__all__ = ["FromFunction"]

ROUNDING = 1e-6
"""How far a value may lie off the one of a single call, relative to the largest: float32's rounding. optax's schedules
differ by that between arrays and single numbers, and a single call of one costs 0.1 to 1 ms."""


class FromFunction(NamedTuple):
    """``function(t)`` at every t, for any callable that takes a step count and returns a finite real number.

    It is called once with all step counts (a float64 array). What it returns is kept if it is an array of that shape
    and agrees with single calls at the first, the middle and the last; otherwise it is called for one count at a
    time, a Python float. It should depend on nothing but the count.
    """

    function: Any
    per_epoch: bool = False

    def values(self, t: Array) -> Array:
        t = np.asarray(t, dtype=float)
        with np.errstate(all="ignore"):  # what is not finite is said in a sentence
            found = at_once(self.function, t) if t.size > 3 else None
            if found is None:
                found = np.array([at(self.function, k) for k in t.ravel().tolist()], dtype=float).reshape(t.shape)
        return found

    def resolved(self, total: float) -> "FromFunction":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)


def at_once(function: Callable[[Any], Any], t: Array) -> Array | None:
    """The values for the whole array, or None where the function does not work on arrays."""
    try:
        found = np.asarray(function(t.copy()))
    except Exception:  # whatever it is, single calls tell whether it is the array's fault
        return None
    if found.shape != t.shape or found.dtype.kind not in "fiu" or not np.isfinite(found).all():
        return None
    found = found.astype(float)
    margin = ROUNDING * float(np.abs(found).max())
    for k in (0, t.size // 2, t.size - 1):
        if abs(found.item(k) - at(function, t.item(k))) > margin:
            return None
    return found


def at(function: Callable[[Any], Any], t: float) -> float:
    """The value at one step count, or one sentence that names the count and what came back."""
    name = callable_name(function)
    try:
        result = function(t)
    except Exception as error:
        said = " ".join(str(error).split()) or "no message"
        raise ArgumentError(
            f"the schedule {name} raised {type(error).__name__} at t = {number(t)}: {said}; "
            f"it must take a step count and return a number"
        ) from error
    found = np.asarray(result)
    if found.size != 1 or found.dtype.kind not in "fiu" or not np.isfinite(found).all():
        shown = " ".join(repr(result).split())
        raise ArgumentError(f"the schedule {name} must return a finite real number; at t = {number(t)} it gave {shown}")
    return float(found.item())
