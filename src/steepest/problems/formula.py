"""A formula as a problem: read through an allow-list, its gradient JAX's where JAX is installed."""

from functools import lru_cache
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError, MissingExtraError
from .formulas import Expression, parse
from .function import AUTOMATIC, CENTRAL, GRADS, SPSA, Function, estimated
from .problem import Array
from .tracing import door

__all__ = ["as_formula", "formula_of"]


def as_formula(text: str, grad: Any = None, workers: int = 1, seed: int = 0) -> Function:
    """The problem of a formula such as ``(1-x)^2 + 100*(y-x^2)^2``; w holds its variables in natural order.

    ``grad`` is "automatic", "finite", "spsa" (its directions drawn from ``seed``) or None: automatic where JAX is
    installed, central differences else, which more than one of ``workers`` ask for too. Raises FormulaError, which
    names the column."""
    expression = parse(text)
    check_grad(grad, workers)
    value = plain_value(expression)
    common: dict[str, Any] = {"name": text.strip(), "identity": "formula", "formula": text.strip()}
    if grad in ("finite", "spsa") or workers != 1 or not door.available():
        estimator = estimated(grad, expression.n, workers, seed)
        return Function(
            value, estimator.of(value), expression.n, gradient_identity=estimator.name, estimator=estimator, **common
        )
    traced = traced_formula(expression)
    return Function(value, traced.gradient, expression.n, gradient_identity=AUTOMATIC, traced=traced, **common)


def formula_of(recipe: dict[str, Any], seed: int = 0) -> Function:
    """The problem of a formula's recipe, its gradient had in the same way if it was estimated."""
    return as_formula(recipe["text"], {CENTRAL: "finite", SPSA: "spsa"}.get(recipe.get("gradient", "")), seed=seed)


def check_grad(grad: Any, workers: int) -> None:
    """One sentence for what a formula cannot have."""
    if not (grad is None or (isinstance(grad, str) and grad in GRADS)):
        raise ArgumentTypeError(f"grad of a formula must be 'automatic', 'finite' or 'spsa'; got {grad!r}")
    if workers != 1 and grad not in (None, "finite"):
        raise ArgumentError(f"workers={workers} evaluate the points of central differences; leave it out with this")
    if grad == "automatic" and not door.available():
        raise MissingExtraError("grad='automatic' needs JAX: pip install \"steepest[jax]\"")


@lru_cache(maxsize=64)
def traced_formula(expression: Expression) -> Any:
    """The formula and its gradient in JAX; the same for the same text."""
    from .tracing.traced import Traced

    jax = door.jax_module()

    def pure(w: Any, data: Any) -> Any:
        return jax.numpy.asarray(expression(w, jax.numpy), dtype=jax.numpy.float64)

    joint = jax.value_and_grad(pure)
    return Traced(pure, (), ("formula", expression.text), False, expression.text, jax.jit(pure), jax.jit(joint))


def plain_value(expression: Expression) -> Any:
    def value(w: Array) -> float:
        return float(expression(w, np))

    return value
