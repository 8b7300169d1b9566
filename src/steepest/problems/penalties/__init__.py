"""Penalties on the coefficients (never on the intercept), one per file: how much of each is a square, how much an
absolute value."""

from typing import Any

from ...base import discovery

__all__ = ["find", "names"]


def names() -> tuple[str, ...]:
    return discovery.names(__name__)


def find(name: str) -> Any:
    """The penalty class called ``name``; its ``parts`` are (l2, l1) of l2 / 2 |c|^2 + l1 |c|_1."""
    return discovery.find(__name__, name, "penalty")
