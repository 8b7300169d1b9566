"""The length of each step searched for instead of given: one line search per file. ``steepest.line_search.Armijo`` is
the class in ``armijo.py``."""

from typing import Any

from ...base import discovery
from ...base.discovery import camel

__all__ = ["find", "names"]

_NOT_SEARCHES = ("fitting", "interval", "search")


def names() -> tuple[str, ...]:
    """The names of the line searches, as recipes write them."""
    return tuple(name for name in discovery.names(__name__) if name not in _NOT_SEARCHES)


def find(name: str) -> Any:
    """The line search class called ``name``."""
    return discovery.find(__name__, name, "line search", skip=_NOT_SEARCHES)


def __getattr__(name: str) -> Any:
    for known in names():
        if camel(known) == name:
            return find(known)
    raise AttributeError(f"steepest.line_search has no {name!r}; it has {', '.join(camel(known) for known in names())}")


def __dir__() -> list[str]:
    return [*__all__, *(camel(name) for name in names())]
