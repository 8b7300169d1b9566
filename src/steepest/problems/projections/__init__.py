"""Constraints that w is projected onto after each step, one per file: ``steepest.projections.Ball`` is the class in
``ball.py``. ``Box`` is ``steepest.Box``."""

from typing import Any

from ...base import discovery
from ...base.box import Box
from ...base.discovery import camel
from ...base.errors import ArgumentError
from ...base.projection import Projection

__all__ = ["Box", "as_projection", "find", "names"]


def names() -> tuple[str, ...]:
    """The names of the projections beside the box, as recipes write them."""
    return discovery.names(__name__)


def find(name: str) -> Any:
    """The projection class called ``name``."""
    return discovery.find(__name__, name, "projection")


def as_projection(bounds: Any) -> Projection:
    """A projection, SciPy's bounds or pairs, or what a recipe holds of one of these."""
    if isinstance(bounds, Projection):
        return bounds
    if isinstance(bounds, type) and issubclass(bounds, Projection):
        raise ArgumentError(f"bounds must be an object, not the class {bounds.__name__}; call it first")
    if isinstance(bounds, dict) and "projection" in bounds:
        fields = dict(bounds)
        built: Projection = find(fields.pop("projection"))(**fields)
        return built
    return Box.of(bounds)


def __getattr__(name: str) -> Any:
    for known in names():
        if camel(known) == name:
            return find(known)
    has = ", ".join(["Box", *(camel(known) for known in names())])
    raise AttributeError(f"steepest.projections has no {name!r}; it has {has}")


def __dir__() -> list[str]:
    return [*__all__, *(camel(name) for name in names())]
