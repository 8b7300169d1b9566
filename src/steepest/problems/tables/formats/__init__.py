"""File formats, one a file: ``suffixes`` says which files are its, ``read(path, target, kind, optional, limit)``
reads one."""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from ....base import discovery

__all__ = ["find", "suffixes"]


@cache
def _readers() -> dict[str, Any]:
    modules = [importlib.import_module(f"{__name__}.{name}") for name in discovery.names(__name__)]
    return {suffix: module for module in modules for suffix in module.suffixes}


def find(suffix: str) -> Callable[..., Any] | None:
    """What reads files that end in ``suffix``, in any case; None for unknown ones."""
    module = _readers().get(suffix.casefold())
    return None if module is None else module.read


def suffixes() -> tuple[str, ...]:
    """The suffixes known: .csv, .npy, ..."""
    return tuple(_readers())
