"""``xp``: the few array functions a rule or loss may use, the same in every engine. This is the NumPy one."""

from typing import Any

import numpy as np

from .errors import ArgumentError
from .text import listing

__all__ = ["ELEMENTWISE", "NumpyFunctions", "numpy_functions"]

ELEMENTWISE = (
    "sqrt", "exp", "log", "log1p", "expm1", "tanh", "abs", "sign", "where", "minimum", "maximum",
)  # fmt: skip
MAKERS = ("zeros_like", "full_like")


class NumpyFunctions:
    """The allowed functions, taken from NumPy. Another name is one clear sentence, here and in every engine."""

    sqrt = staticmethod(np.sqrt)
    exp = staticmethod(np.exp)
    log = staticmethod(np.log)
    log1p = staticmethod(np.log1p)
    expm1 = staticmethod(np.expm1)
    tanh = staticmethod(np.tanh)
    abs = staticmethod(np.abs)
    sign = staticmethod(np.sign)
    where = staticmethod(np.where)
    minimum = staticmethod(np.minimum)
    maximum = staticmethod(np.maximum)
    zeros_like = staticmethod(np.zeros_like)
    full_like = staticmethod(np.full_like)

    def __getattr__(self, name: str) -> Any:
        raise ArgumentError(
            f"xp.{name} is not available to rules and losses; use {listing(ELEMENTWISE)} "
            f"(power by **; {listing(MAKERS, 'and')} in init only)"
        )


numpy_functions = NumpyFunctions()
