"""Finds the one-thing-per-file classes of a package: the file's name is the thing's name, imported when it is used."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from .errors import ArgumentError
from .text import listing

__all__ = ["find", "names"]


@cache
def names(package: str) -> tuple[str, ...]:
    """The names of the public modules of ``package``, sorted; nothing is imported but the package."""
    module = importlib.import_module(package)
    found = pkgutil.iter_modules(module.__path__)
    return tuple(sorted(m.name for m in found if not m.name.startswith("_") and not m.ispkg))


def camel(name: str) -> str:
    """``gradient_descent`` -> ``GradientDescent``."""
    return "".join(part.capitalize() for part in name.split("_"))


@cache
def find(package: str, name: str, noun: str, skip: tuple[str, ...] = ()) -> Any:
    """The class in ``package``'s file ``name``; ``skip`` names the files that hold no such thing."""
    known = [known for known in names(package) if known not in skip]
    if name not in known:
        import difflib

        close = difflib.get_close_matches(str(name).lower(), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {listing(known, 'and')}"
        raise ArgumentError(f"{noun} {name!r} is not known; {hint}")
    module: ModuleType = importlib.import_module(f"{package}.{name}")
    wanted = camel(name).lower()
    for attribute, value in vars(module).items():
        if attribute.lower() == wanted and isinstance(value, type) and value.__module__ == module.__name__:
            return value
    raise ArgumentError(f"{module.__name__} holds no class named {camel(name)}")
