"""``xp`` inside traced code: the functions that rules and losses may use, taken from jax.numpy."""

from functools import cache
from typing import Any

from ...base.random import normals
from ...base.xp import ELEMENTWISE, MAKERS, numpy_functions
from ...problems.tracing.door import jax_module

__all__ = ["jax_functions"]


class JaxFunctions:
    """Another name than the allowed ones is the same clear sentence as outside."""

    def __init__(self) -> None:
        jnp = jax_module().numpy
        for name in (*ELEMENTWISE, *MAKERS):
            setattr(self, name, getattr(jnp, name))
        self.normal_like = lambda like, seed, t: normals(like.size, seed, t, jnp).reshape(like.shape)

    def __getattr__(self, name: str) -> Any:
        return getattr(numpy_functions, name)


@cache
def jax_functions() -> JaxFunctions:
    return JaxFunctions()
