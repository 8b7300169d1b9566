"""The study this project grew from: drop-ins with the article's signatures, and the whole report."""

import importlib
from typing import Any

_NAMES = {
    "gradient_descent": "drop_ins",
    "stochastic_gradient_descent": "drop_ins",
    "mse": "drop_ins",
    "grad_mse": "drop_ins",
    "error_rate": "drop_ins",
    "write_report": "report",
}

__all__ = [*_NAMES]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"steepest.tutorial has no {name!r}; it has {', '.join(_NAMES)}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
