"""``xp`` inside kernels: the allowed functions as scalar arithmetic.

A module, because Numba resolves its attributes while compiling. ``math`` lacks sign, where, minimum and maximum, and
NumPy's scalar ``where`` costs hundreds of times more than a branch.
"""

import math

from numba.extending import register_jitable

from ...base.xp import numpy_functions
from .exponential import exp as exp

sqrt, log, log1p, expm1, tanh, abs = math.sqrt, math.log, math.log1p, math.expm1, math.tanh, math.fabs


@register_jitable
def sign(x):
    return x if x != x else 1.0 * ((x > 0.0) - (x < 0.0))


@register_jitable
def where(condition, a, b):
    return a if condition else b


@register_jitable
def minimum(a, b):
    return a if a < b or a != a else b


@register_jitable
def maximum(a, b):
    return a if a > b or a != a else b


def __getattr__(name):
    """Another name is the same clear sentence as outside a kernel."""
    if name.startswith("_"):  # Numba and importlib ask for names of their own
        raise AttributeError(name)
    return getattr(numpy_functions, name)
