"""Derivatives of traced objectives besides their gradients: Hessian-vector products, forward over reverse, and the
gradients of single rows, added up. Each is compiled once."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...problems.finite_sum import TracedSum
from ...problems.tracing.door import jax_module, x64
from .objectives import Objective
from .programs import remembered

__all__ = ["may_have_kinks", "products", "row_sums"]

Array = NDArray[np.float64]
KINKED = re.compile(r"\b(abs|max|min|sign|clamp|select_n|floor|ceil|round|sort|reduce_max|reduce_min)\b")
NUMBERS = 2**20
"""Numbers of single rows' gradients that are held at a time."""


def placed(data: Any) -> Any:
    """The data as JAX arrays, to be called inside ``x64()``."""
    jax = jax_module()
    return jax.tree_util.tree_map(jax.numpy.asarray, data)


def products(objective: Objective, w: Array) -> Callable[[Array], Array]:
    """What multiplies rows of vectors (k, n) with the Hessian at ``w``, without the penalty: (k, n)."""
    program = remembered(("hessian", objective.key), lambda: multiplier(objective))
    with x64():
        data = placed(objective.data)

    def multiply(vectors: Array) -> Array:
        with x64():
            return np.array(program(w, data, vectors), dtype=float)

    return multiply


def may_have_kinks(objective: Objective, w: Array) -> bool:
    """Whether the traced operations include one that jumps, or whose derivative does. They need not make a kink: the
    usual way to write a logistic loss has two of them."""
    jax = jax_module()
    with x64():
        text = str(jax.make_jaxpr(objective.value)(w, objective.data))
    return KINKED.search(text) is not None


def multiplier(objective: Objective) -> Callable[..., Any]:
    jax = jax_module()

    def multiplied(w: Any, data: Any, vectors: Any) -> Any:
        slope = jax.grad(objective.value)
        return jax.vmap(lambda v: jax.jvp(lambda at: slope(at, data), (w,), (v,))[1])(vectors)

    return jax.jit(multiplied)  # type: ignore[no-any-return]


def row_sums(traced: TracedSum, rows: int, w: Array) -> tuple[float, Array]:
    """The sum of the squared lengths of the rows' gradients at ``w`` (n,), and the sum of the gradients (n,)."""
    size = int(np.clip(NUMBERS // w.size, 1, rows))
    program = remembered(("row gradients", traced.key), lambda: adder(traced))
    squares, total = 0.0, np.zeros(w.size)
    with x64():
        data = placed(traced.data)
        for first in range(0, rows, size):
            chosen = np.arange(first, first + size)
            square, part = program(w, data, np.minimum(chosen, rows - 1), chosen < rows)  # one length, one program
            squares += float(square)
            total += np.asarray(part)
    return squares, total


def adder(traced: TracedSum) -> Callable[..., Any]:
    jax = jax_module()

    def added(w: Any, data: Any, chosen: Any, counted: Any) -> Any:
        each = jax.vmap(lambda row: jax.grad(traced.batch)(w, data, row[None]))(chosen)
        each = jax.numpy.where(counted[:, None], each, 0.0)
        return (each * each).sum(), each.sum(axis=0)

    return jax.jit(added)  # type: ignore[no-any-return]
