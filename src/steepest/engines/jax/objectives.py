"""What the JAX engine differentiates: a problem's value as a pure function of w and of its data."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ...problems.linear_model import LinearModel
from ...problems.member import Member
from ...problems.negated import Negated
from ...problems.penalized import without_penalty
from ...problems.tracing.door import jax_module
from ...problems.tracing.purity import is_ours
from ...problems.tracing.traced import Untraceable, trace
from .functions import jax_functions

__all__ = ["Objective", "objective_of", "why_not_traceable"]


class Objective(NamedTuple):
    """``value(w, data)`` the objective but for its penalty; ``batch(w, data, rows)`` that of chosen rows, None without
    rows. ``prices`` are the penalty's factors of the weights: () or (l2,) or (l2, l1), each (n,). Equal keys mean that
    a compiled program may be shared, with ``data`` and ``prices`` passed in."""

    value: Callable[[Any, Any], Any]
    batch: Callable[[Any, Any, Any], Any] | None
    data: Any
    key: Hashable
    prices: tuple[Any, ...] = ()


def objective_of(problem: Any) -> Objective:
    """The objective of a problem as it is minimised. Untraceable with the reason where there is none."""
    if isinstance(problem, Negated):
        return negated(objective_of(problem.problem))
    prices = prices_of(problem)
    if prices:
        plain = smooth_objective(without_penalty(problem))
        return plain._replace(prices=prices, key=("penalized", len(prices), plain.key))
    return smooth_objective(problem)


def prices_of(problem: Any) -> tuple[Any, ...]:
    """The factors of the problem's penalty, as Objective has them."""
    l2, l1 = getattr(problem, "l2_each", None), getattr(problem, "l1_each", None)
    if l1 is not None:
        return np.zeros(problem.n) if l2 is None else l2, l1
    return () if l2 is None else (l2,)


def smooth_objective(problem: Any) -> Objective:
    """The objective without a penalty."""
    if isinstance(problem, LinearModel):
        return linear(problem)
    summed = getattr(problem, "traced_sum", None)
    if summed is not None:
        return Objective(summed.value, summed.batch, summed.data, summed.key)
    traced = getattr(problem, "traced", None)
    if isinstance(problem, Member):
        known = the_one(problem) if is_ours(problem) else problem
        traced = trace(known.value, known.start)
    if traced is None:
        raise Untraceable(why_not_traceable(problem) or "it cannot be traced")
    return Objective(traced.pure, None, traced.data, traced.key)


@lru_cache(maxsize=64)
def the_one(member: Member) -> Member:
    """One of all gallery functions that are equal: what is traced and compiled is known by the object it captures."""
    return member


def why_not_traceable(problem: Any) -> str | None:
    """None where ``objective_of`` can be expected to find one, else the reason why not. Traces nothing."""
    if isinstance(problem, Negated):
        climbing = "climbing with a penalty is for the plain loop" if prices_of(problem.problem) else None
        return climbing or why_not_traceable(problem.problem)
    problem = without_penalty(problem)
    if isinstance(problem, LinearModel):
        return not_in_jax(problem)
    if isinstance(problem, Member) or getattr(problem, "traced_sum", None) is not None:
        return None
    if getattr(problem, "traced", None) is not None:
        return None
    if getattr(problem, "gradient_note", "") == "yours":
        return "the gradient is yours, and JAX would take its own; leave grad out"
    estimator, why = getattr(problem, "estimator", None), getattr(problem, "untraced", "")
    if estimator is not None and not why:  # it was asked for, by grad or by workers
        return f"the gradient is by {estimator.name}, and JAX would take its own; leave grad and workers out"
    return why.removeprefix("not automatic: ") or "it is no function that JAX can trace"


def not_in_jax(model: LinearModel) -> str | None:
    """What of a linear model the JAX engine does not know."""
    for has, what in (
        (model.sparse, "X is sparse"), (model.outputs_per_row > 1, "it has several outputs"),
        (model.columns is not None, "its columns are scaled"),
    ):  # fmt: skip
        if has:
            return f"{what}; the compiled kernels (engine='numba') know that"
    return None


def negated(inner: Objective) -> Objective:
    batch = inner.batch
    return Objective(
        lambda w, data: -inner.value(w, data), None if batch is None else lambda w, data, rows: -batch(w, data, rows),
        inner.data, ("negated", inner.key),
    )  # fmt: skip


def linear(model: LinearModel) -> Objective:
    loss, intercept, mean = differentiated(model.loss), model.fit_intercept, model.reduction == "mean"

    def reduced(w: Any, X: Any, y: Any, S: Any) -> Any:
        losses = loss(X @ w[1:] + w[0] if intercept else X @ w, y)
        losses = losses if S is None else S * losses
        return losses.mean() if mean else losses.sum()

    def value(w: Any, data: Any) -> Any:
        return reduced(w, *data)

    def batch(w: Any, data: Any, rows: Any) -> Any:
        X, y, S = data
        return reduced(w, X[rows], y[rows], None if S is None else S[rows])

    key = ("linear", type(model.loss), tuple(model.loss), intercept, mean, model.weights is None)
    return Objective(value, batch, (model.X, model.y, model.weights), key)


def differentiated(loss: Any) -> Callable[[Any, Any], Any]:
    """The loss as a function of outputs and targets that JAX differentiates by the loss's own derivative: JAX's of abs
    is 1 at 0, where a run from 0 begins."""
    jax, xp = jax_module(), jax_functions()

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def value(o: Any, y: Any) -> Any:
        return loss.value(o, y, xp)

    @value.defjvp  # type: ignore[untyped-decorator]
    def slope(primals: Any, tangents: Any) -> Any:
        o, y = primals
        return value(o, y), loss.derivative(o, y, xp) * tangents[0]

    return value  # type: ignore[no-any-return]
