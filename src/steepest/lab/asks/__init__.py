"""What a page can ask, one ask a file, found by its name: ``def ask(arguments, job)`` returns what is sent back, and
``slow = True`` beside it puts it on the slow lane. Arrays in an answer are packed on the way."""

import importlib
from types import ModuleType

from ...base import discovery

__all__ = ["every_ask"]


def every_ask() -> dict[str, ModuleType]:
    """The asks by their names."""
    return {name: importlib.import_module(f"{__name__}.{name}") for name in discovery.names(__name__)}
