"""``xp`` for rules of the whole vector inside kernels: the allowed functions on arrays and on single numbers alike."""

import numpy as np
from numba import types
from numba.extending import overload

from ...base.random import GOLDEN, MIX1, MIX2, UNIT
from ...base.xp import numpy_functions
from .lowering import FLAGS, bare

sqrt, exp, log, log1p, expm1, tanh, abs, sign, minimum, maximum = (
    np.sqrt, np.exp, np.log, np.log1p, np.expm1, np.tanh, np.abs, np.sign, np.minimum, np.maximum,
)  # fmt: skip

where, normal_like = bare("where"), bare("normal_like")


@overload(where, jit_options=FLAGS)
def _where(condition, a, b):
    """NumPy's where of single numbers makes arrays of them on the way."""
    if isinstance(condition, types.Array):
        return lambda condition, a, b: np.where(condition, a, b)
    if isinstance(a, types.Array) and isinstance(b, types.Array):
        return lambda condition, a, b: a if condition else b
    if isinstance(a, types.Array):
        return lambda condition, a, b: a if condition else np.full_like(a, b)
    if isinstance(b, types.Array):
        return lambda condition, a, b: np.full_like(b, a) if condition else b
    return lambda condition, a, b: a if condition else b


def mixed(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(MIX1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(MIX2)
    return z ^ (z >> np.uint64(31))


@overload(mixed, jit_options=FLAGS)
def _mixed(z):
    return mixed


@overload(normal_like, jit_options=FLAGS)
def _normal_like(like, seed, t):
    """base.random.normals, number by number."""

    def normals(like, seed, t):
        golden, out = np.uint64(GOLDEN), np.empty_like(like)
        key = mixed(mixed(np.uint64(seed) + golden) + np.uint64(t) * golden)
        n = np.uint64(like.size)
        for j in range(like.size):
            k = np.uint64(j) + np.uint64(1)
            first = (np.float64(mixed(key + k * golden) >> np.uint64(11)) + 0.5) * UNIT
            second = (np.float64(mixed(key + (k + n) * golden) >> np.uint64(11)) + 0.5) * UNIT
            out[j] = np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second)
        return out

    return normals


def __getattr__(name):
    """Another name is the same clear sentence as outside a kernel."""
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(numpy_functions, name)
