"""What a user's loop hands over, as NumPy has it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError, ArgumentTypeError
from ...base.trees import Tree, mapped
from ..arguments import as_shape

__all__ = ["copied", "flattened", "on_host", "real"]

Array = NDArray[np.float64]


def on_host(leaf: Any) -> Any:
    """A leaf as NumPy has it; torch's tensors are taken off their graph and device."""
    return leaf.detach().cpu().numpy() if hasattr(leaf, "detach") else leaf


def copied(value: Any) -> Any:
    """What may be changed in place is copied; JAX's arrays and numbers stay as they are."""
    return None if value is None else mapped(copied_leaf, value)


def copied_leaf(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf.copy()
    return leaf.detach().clone() if hasattr(leaf, "detach") else leaf


def flattened(value: Any, name: str) -> tuple[Array, Tree | None]:
    """A vector of float64, and the shape it came in where that is none."""
    try:
        flat, tree = as_shape(mapped(on_host, value))
        array = np.atleast_1d(np.array(numbers(flat), dtype=float))
    except (TypeError, ValueError, ArgumentTypeError):
        raise ArgumentTypeError(f"{name} must hold real numbers; got {value!r:.80}") from None
    if array.ndim != 1 or not array.size:
        raise ArgumentError(f"{name} must be a vector with at least one entry; its shape is {array.shape}")
    return array, tree


def real(value: Any, name: str) -> float:
    """A number, not necessarily a finite one."""
    try:
        return float(numbers(on_host(value)).item())
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"{name} must be one number; got {value!r:.80}") from None


def numbers(value: Any) -> NDArray[Any]:
    """An array that NumPy need not guess at: None would become NaN, and strings what they spell."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
        raise TypeError
    return array
