"""A hyper-parameter that changes while a run goes on: one schedule per file. ``steepest.schedules.Cosine`` is the
class in ``cosine.py``; ``FromFunction`` makes a schedule of any callable of the step count."""

from typing import Any

from ...base import discovery
from ...base.discovery import camel

__all__ = ["find", "names"]

_NOT_SCHEDULES = ("from_function", "schedule", "shared")


def names() -> tuple[str, ...]:
    """The names of the schedules, as recipes write them."""
    return tuple(name for name in discovery.names(__name__) if name not in _NOT_SCHEDULES)


def find(name: str) -> Any:
    """The schedule class called ``name``."""
    return discovery.find(__name__, name, "schedule", skip=_NOT_SCHEDULES)


def __getattr__(name: str) -> Any:
    if name == "FromFunction":
        from .from_function import FromFunction

        return FromFunction
    for known in names():
        if camel(known) == name:
            return find(known)
    raise AttributeError(f"steepest.schedules has no {name!r}; it has {', '.join(camel(known) for known in names())}")


def __dir__() -> list[str]:
    return [*__all__, "FromFunction", *(camel(name) for name in names())]
