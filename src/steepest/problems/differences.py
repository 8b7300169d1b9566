"""Central differences: the gradient of a function that comes without one, from 2 n evaluations."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .problem import Array

__all__ = ["STEP", "central_differences", "numerical"]

STEP = float(np.finfo(float).eps ** (1 / 3))
"""The relative step that balances truncation (h^2) against rounding (eps / h) for a function of unit scale."""


def numerical(error: Exception) -> bool:
    """Whether an error of the objective only means that there is no number at this point: math.exp and its kin raise
    OverflowError where NumPy gives inf, math.log and math.sqrt a ValueError ('math domain error', since Python 3.14
    'expected a positive input') where NumPy gives NaN. Any other error is the caller's."""
    return isinstance(error, ArithmeticError) or str(error).startswith(("math domain error", "expected a "))


def number_at(value: Callable[[Array], Any], w: Array) -> float:
    """``value`` at ``w``; NaN where it has no number there."""
    try:
        return float(value(w))
    except (ArithmeticError, ValueError) as error:
        if not numerical(error):
            raise
        return float("nan")


def central_differences(value: Callable[[Array], Any], w: Array) -> Array:
    """``(f(w + h e_i) - f(w - h e_i)) / 2h`` with h = eps^(1/3) max(1, abs(w_i)), shape (n,).

    Source: J. Nocedal, S. Wright, "Numerical Optimization", 2006, section 8.1.
    """
    gradient = np.empty(w.size)
    for i in range(w.size):
        h = STEP * max(1.0, abs(w.item(i)))
        up, down = w.copy(), w.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (number_at(value, up) - number_at(value, down)) / (up.item(i) - down.item(i))
    return gradient
