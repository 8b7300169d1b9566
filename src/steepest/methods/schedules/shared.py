"""What the schedule files share: kinds of fields, the whole run as a horizon, the way from one level to another."""

from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...base.fields import Field

__all__ = ["LEVEL", "Array", "Horizon", "Level", "between", "filled", "half_cosine", "horizon", "one"]

Array = NDArray[np.float64]
LEVEL = Field(low=0, log=True)
Level = Annotated[float, LEVEL]
"""A value the schedule takes. No hyper-parameter of a rule is negative."""
Horizon = Annotated[float | None, Field(low=0, low_open=True, log=True, help="its length; None is the whole run")]

S = TypeVar("S")


def one(schedule: Any, t: float) -> float:
    """The value at one step count, the same number as in ``values``."""
    return float(schedule.values(np.array([t], dtype=float))[0])


def horizon(schedule: Any) -> float:
    """``schedule.steps`` as a number; raises ArgumentError where it is still None."""
    if schedule.steps is None:
        name = type(schedule).__name__
        raise ArgumentError(f"steps of {name} is None, the whole run, whose length is not known here; give steps=")
    return float(schedule.steps)


def filled(schedule: S, total: float) -> S:
    """The schedule with ``steps=None`` made the ``total`` of the run, at least one update."""
    if schedule.steps is not None:  # type: ignore[attr-defined]
        return schedule
    return schedule._replace(steps=max(float(total), 1.0))  # type: ignore[attr-defined, no-any-return]


def half_cosine(fraction: Array) -> Array:
    """Half a cosine wave from 1, where ``fraction`` is 0, to 0, where it is 1."""
    return (1 + np.cos(np.pi * fraction)) / 2


def between(start: float, end: float, weight: Array) -> Array:
    """``start`` where ``weight`` is 1 and ``end`` where it is 0, both to the last bit."""
    return start * weight + end * (1 - weight)
