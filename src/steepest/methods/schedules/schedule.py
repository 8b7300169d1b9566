"""The contract of a schedule, and what is done with any of them: told from a number, checked, written in a recipe.

A schedule is data: a NamedTuple of annotated fields (a user's own class needs no more than that and the methods of
``Schedule``). It counts updates: t = 0.0 is the first, and t in general the updates made before the one that uses the
value; where its field ``per_epoch`` is True, t counts the epochs finished before instead, and the value stays while an
epoch lasts. Who runs it works out the t; the schedule itself never asks. Schedules that need to know how long the run
is have ``steps``, None until ``resolved``.
"""

from typing import Any, Protocol, runtime_checkable

from ...base.errors import ArgumentError, ArgumentTypeError
from ...base.fields import FieldInfo, checked, fields_of, unknown
from ...base.text import callable_name, listing
from . import find
from .from_function import FromFunction
from .shared import LEVEL, Array

__all__ = ["Schedule", "as_schedule", "check", "spelled", "unspelled"]


@runtime_checkable
class Schedule(Protocol):
    """What a schedule must offer. Optional besides: ``conflict()``, a sentence on fields that do not go together, or
    None where they do."""

    @property
    def per_epoch(self) -> bool:
        """Whether t counts epochs."""

    def values(self, t: Array) -> Array:
        """The values at the step counts ``t``, float64, of the same shape (one axis or more). Raises ArgumentError
        where there are none yet, since ``steps`` is None."""

    def resolved(self, total: float) -> Any:
        """The same schedule for a run of ``total`` updates (epochs, where it counts these): ``steps=None`` is filled
        in; a schedule that does not need it returns itself."""

    def __call__(self, t: float) -> float:
        """The value at one step count."""


def as_schedule(value: Any) -> Schedule | None:
    """``value`` where it is a schedule, a FromFunction of it where it is another callable, None otherwise (numbers).

    Raises ArgumentTypeError for a class in place of an object."""
    if isinstance(value, type):
        raise ArgumentTypeError(
            f"a schedule must be an object, not the class {value.__name__}; write {value.__name__}(...) with its fields"
        )
    if isinstance(value, Schedule) and hasattr(value, "_fields"):
        return value
    return FromFunction(value) if callable(value) else None


def check(schedule: Any) -> Any:
    """The schedule with its fields checked and cast, those of a schedule inside it too; a field out of its range is
    an error of one sentence."""
    cls: Any = type(schedule)
    fields = dict(zip(cls._fields, schedule, strict=True))
    for name, info in fields_of(cls).items():
        if info.kind in (float, int, bool):
            fields[name] = checked(info, fields[name], cls.__name__)
        elif cls is not FromFunction:
            fields[name] = check_inner(name, fields[name], schedule)
    if cls is FromFunction and not callable(schedule.function):
        raise ArgumentTypeError(f"function of FromFunction must be callable; got {schedule.function!r}")
    sound = cls(**fields)
    complaint = sound.conflict() if hasattr(sound, "conflict") else None
    if complaint:
        raise ArgumentError(complaint)
    return sound


def check_inner(name: str, value: Any, outer: Any) -> Any:
    """The field ``name`` of ``outer``, which holds a schedule, a callable or a number."""
    owner, inner = type(outer).__name__, as_schedule(value)
    if inner is None:
        return checked(FieldInfo(name, float, False, None, LEVEL), value, owner)
    if inner.per_epoch and not outer.per_epoch:
        raise ArgumentError(
            f"{name} of {owner} counts epochs and {owner} itself counts updates; give per_epoch=True to {owner} too"
        )
    return check(inner)


def spelled(schedule: Any) -> dict[str, Any]:
    """The schedule as a dictionary that JSON can hold: its file's name and its fields. A callable is there by name, a
    user's own class by its qualified name; neither can be read back."""
    found = as_schedule(schedule)
    if found is None:
        raise ArgumentTypeError(f"a schedule must be an object of steepest.schedules or a callable; got {schedule!r}")
    sound = check(found)
    if isinstance(sound, FromFunction):
        return {"schedule": "function", "name": callable_name(sound.function), "per_epoch": sound.per_epoch}
    cls = type(sound)
    package, _, module = cls.__module__.rpartition(".")
    name = module if package == __package__ else callable_name(cls)
    fields = dict(zip(cls._fields, sound, strict=True))
    return {"schedule": name, **{k: v if as_schedule(v) is None else spelled(v) for k, v in fields.items()}}


def unspelled(words: dict[str, Any]) -> Any:
    """The checked schedule that ``spelled`` wrote. Raises ArgumentError for a function or a class of the user's, and
    where a field is missing; ArgumentTypeError for a field that is not known."""
    fields = dict(words)
    name = str(fields.pop("schedule", None))
    if name == "function":
        raise ArgumentError(
            f"the schedule {fields.get('name')} is a function, which a recipe holds by name only; give it again"
        )
    if "." in name:
        raise ArgumentError(f"the schedule {name} is not one of steepest.schedules; give it again")
    cls = find(name)
    for field in fields:
        if field not in cls._fields:
            raise unknown(field, f"schedule {name!r}", cls._fields)
    missing = [field for field in cls._fields if field not in fields and field not in cls._field_defaults]
    if missing:
        raise ArgumentError(
            f"schedule {name!r} needs {listing(missing, 'and')}; got {listing(fields, 'and') or 'no fields'}"
        )
    return check(cls(**{k: unspelled(v) if isinstance(v, dict) else v for k, v in fields.items()}))
