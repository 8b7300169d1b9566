"""Central differences: the gradient of a function that comes without one, from 2 n evaluations."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .problem import Array

__all__ = ["STEP", "central_differences"]

STEP = float(np.finfo(float).eps ** (1 / 3))
"""The relative step that balances truncation (h^2) against rounding (eps / h) for a function of unit scale."""


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
        gradient[i] = (float(value(up)) - float(value(down))) / (up.item(i) - down.item(i))
    return gradient
