"""Losses of an output against a target, one per file: value, derivative, curvature, each for one example."""

from typing import Any

from ...base import discovery

__all__ = ["find", "names"]


def names() -> tuple[str, ...]:
    return discovery.names(__name__)


def find(name: str) -> Any:
    """The loss class called ``name``."""
    return discovery.find(__name__, name, "loss")
