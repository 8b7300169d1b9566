"""The gallery: functions with a known story. ``steepest.gallery.rosenbrock(n=2)`` is the class in ``functions/``."""

from typing import Any

from ..base import discovery

__all__ = ["find", "names"]

_PACKAGE = "steepest.problems.functions"


def names() -> tuple[str, ...]:
    """The names of the gallery's functions."""
    return discovery.names(_PACKAGE)


def find(name: str) -> Any:
    """The class of the function called ``name``; call it (``n=`` for the dimension) to get the problem."""
    return discovery.find(_PACKAGE, name, "gallery function")


def __getattr__(name: str) -> Any:
    if name in names():
        return find(name)
    raise AttributeError(f"steepest.gallery has no {name!r}; it has {', '.join(names())}")


def __dir__() -> list[str]:
    return [*__all__, *names()]
