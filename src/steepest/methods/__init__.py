"""HOW a step is made: one update rule per file. ``steepest.methods.Momentum`` is the class in ``momentum.py``."""

from typing import Any

from ..base import discovery
from ..base.discovery import camel

__all__ = ["find", "names"]

_NOT_RULES = ("rule", "sampling")


def names() -> tuple[str, ...]:
    """The names of the methods, as given to ``minimize(method=...)``."""
    return tuple(name for name in discovery.names(__name__) if name not in _NOT_RULES)


def find(name: str) -> Any:
    """The rule class called ``name``."""
    return discovery.find(__name__, name, "method", skip=_NOT_RULES)


def __getattr__(name: str) -> Any:
    for known in names():
        if camel(known) == name:
            return find(known)
    raise AttributeError(f"steepest.methods has no {name!r}; it has {', '.join(camel(known) for known in names())}")


def __dir__() -> list[str]:
    return [*__all__, *(camel(name) for name in names())]
