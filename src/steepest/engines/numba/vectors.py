"""``xp`` for rules of the whole vector inside kernels: the allowed functions on arrays and on single numbers alike."""

import numpy as np
from numba import types
from numba.extending import overload

from ...base.xp import numpy_functions
from ...methods.sampling import GOLDEN, UNIT, mixed
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


@overload(normal_like, jit_options=FLAGS)
def _normal_like(like, seed, t):
    """base.random.normals, number by number. kernels.py makes ``mixed`` known to Numba."""

    def normals(like, seed, t):
        out = np.empty_like(like)
        key = mixed(mixed(np.uint64(seed) + GOLDEN) + np.uint64(t) * GOLDEN)
        n = np.uint64(like.size)
        for j in range(like.size):
            k = np.uint64(j) + np.uint64(1)
            first = (np.float64(mixed(key + k * GOLDEN) >> np.uint64(11)) + 0.5) * UNIT
            second = (np.float64(mixed(key + (k + n) * GOLDEN) >> np.uint64(11)) + 0.5) * UNIT
            out[j] = np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second)
        return out

    return normals


def __getattr__(name):
    """Another name is the same clear sentence as outside a kernel."""
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(numpy_functions, name)
