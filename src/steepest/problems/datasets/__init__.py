"""Built-in data, split and ready for a LinearModel."""

from typing import Any

__all__ = ["digits"]


def __getattr__(name: str) -> Any:
    if name == "digits":
        from .handwritten import digits

        return digits
    raise AttributeError(f"steepest.datasets has no {name!r}; it has digits")
