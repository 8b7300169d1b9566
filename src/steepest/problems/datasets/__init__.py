"""Built-in data: ``table(name)`` is a set as a Table, one per file ``<name>_set.py`` (a function ``<name>``, options as
its arguments). ``digits`` itself is the article's split of the digits, ready for a LinearModel."""

import importlib
from typing import Any

from ...base import discovery
from ...base.errors import ArgumentError, ArgumentTypeError
from ...base.text import listing

__all__ = ["digits", "names", "table"]

_SUFFIX = "_set"  # a module named as the function it holds would hide it


def names() -> tuple[str, ...]:
    """The names of the built-in sets."""
    return tuple(name.removesuffix(_SUFFIX) for name in discovery.names(__name__) if name.endswith(_SUFFIX))


def table(name: str, **options: Any) -> Any:
    """The built-in set as a Table: ``table("digits", classes=(3, 8))``, ``table("housing", rows=5000, seed=1)``."""
    if name not in names():
        raise ArgumentError(f"there is no built-in set {name!r}; there are {listing(names(), 'and')}")
    make = _maker(name)
    known = make.__code__.co_varnames[: make.__code__.co_argcount]
    for option in options:
        if option not in known:
            takes = listing(known, "and") if known else "no options"
            raise ArgumentTypeError(f"the set {name!r} knows no {option!r}; it takes {takes}")
    return make(**options)


def _maker(name: str) -> Any:
    return getattr(importlib.import_module(f"{__name__}.{name}{_SUFFIX}"), name)


def __getattr__(name: str) -> Any:
    if name == "digits":
        from .handwritten import digits

        return digits
    if not name.startswith("_") and name in names():
        return _maker(name)
    raise AttributeError(f"steepest.datasets has no {name!r}; it has {listing(names(), 'and')}")


def __dir__() -> list[str]:
    return sorted({*__all__, *names()})
