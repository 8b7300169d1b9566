"""``xp``: the few array functions a rule or loss may use, the same in every engine. This is the NumPy one."""

import math
from typing import Any

import numpy as np

from .errors import ArgumentError
from .random import normals
from .text import listing

__all__ = ["ELEMENTWISE", "MAKERS", "OF_VECTORS", "NumpyFunctions", "numpy_functions", "scalar_functions"]

ELEMENTWISE = (
    "sqrt", "exp", "log", "log1p", "expm1", "tanh", "abs", "sign", "where", "minimum", "maximum",
)  # fmt: skip
MAKERS = ("zeros_like", "full_like")
OF_VECTORS = ("normal_like",)
"""For rules of the whole vector, besides: ``normal_like(g, seed, t)``, standard normal numbers drawn from (seed, t)."""


class NumpyFunctions:
    """The allowed functions, taken from NumPy. Another name is one clear sentence, here and in every engine."""

    sqrt: Any = staticmethod(np.sqrt)
    exp = staticmethod(np.exp)
    log = staticmethod(np.log)
    log1p = staticmethod(np.log1p)
    expm1 = staticmethod(np.expm1)
    tanh = staticmethod(np.tanh)
    abs: Any = staticmethod(np.abs)
    sign: Any = staticmethod(np.sign)
    where: Any = staticmethod(np.where)
    minimum: Any = staticmethod(np.minimum)
    maximum: Any = staticmethod(np.maximum)
    zeros_like = staticmethod(np.zeros_like)
    full_like = staticmethod(np.full_like)

    @staticmethod
    def normal_like(like: Any, seed: float, t: float) -> Any:
        return normals(like.size, seed, t, np).astype(like.dtype).reshape(like.shape)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ArgumentError(
            f"xp.{name} is not available to rules and losses; use {listing(ELEMENTWISE)} "
            f"(power by **; {listing(MAKERS, 'and')} in init only)"
        )


class ScalarFunctions(NumpyFunctions):
    """The same on single Python floats. Square roots, absolute values and selections give NumPy's bits; the
    transcendental ones stay NumPy's own, so that these agree too."""

    sqrt = staticmethod(lambda x: math.sqrt(x) if x >= 0.0 else math.nan)
    abs = staticmethod(abs)
    sign = staticmethod(lambda x: x if x != x else float(x > 0.0) - float(x < 0.0))
    where = staticmethod(lambda condition, a, b: a if condition else b)
    minimum = staticmethod(lambda a, b: a if a < b or a != a else b)
    maximum = staticmethod(lambda a, b: a if a > b or a != a else b)


numpy_functions = NumpyFunctions()
scalar_functions = ScalarFunctions()
