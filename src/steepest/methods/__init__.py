"""HOW a step is made: one update rule per file. ``steepest.methods.Momentum`` is the class in ``momentum.py``."""

from typing import Any

from ..base import discovery
from ..base.discovery import camel

__all__ = ["find", "modified", "names"]

_NOT_RULES = ("rule", "sampling", "transformation")


def names() -> tuple[str, ...]:
    """The names of the methods, as given to ``minimize(method=...)``."""
    return tuple(name for name in discovery.names(__name__) if name not in _NOT_RULES)


def find(name: str) -> Any:
    """The rule class called ``name``."""
    return discovery.find(__name__, name, "method", skip=_NOT_RULES)


def modified(method: Any, **fields: Any) -> Any:
    """A rule with modifiers, to be used as ``method``: ``modified("momentum", weight_decay=0.01, clip_norm=1.0)``. The
    same keywords may be given to ``minimize`` itself."""
    from .rule import as_rule

    return as_rule(method, fields, {})


def __getattr__(name: str) -> Any:
    for known in names():
        if camel(known).lower() == name.lower() and name[:1].isupper():  # AdaGrad or Adagrad, both are written
            return find(known)
    raise AttributeError(f"steepest.methods has no {name!r}; it has {', '.join(_classes())}")


def __dir__() -> list[str]:
    return [*__all__, *_classes()]


def _classes() -> list[str]:
    return [find(name).__name__ for name in names()]
