"""From a LinearModel and an estimator's parameters to a Run: batch size, columns, learning rate, ``minimize``."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..analysis.curvature import model_curvature
from ..base.text import count, number
from ..methods import find
from ..methods.rule import as_rule, scale_free
from ..problems.linear_model import LinearModel
from ..records.outcome import Outcome
from ..verbs.minimizing import MOST_HALVINGS, minimize
from ..verbs.run import Run
from .rates import automatic
from .scaling import evened
from .targets import Baseline
from .watching import Watch

__all__ = ["Plan", "Trained", "batch_of", "rule_of", "train", "updates"]

Array = NDArray[np.float64]
WHOLE = 2**24
"""Numbers in X up to which the whole batch is the cheaper way to the tolerance (docs/estimators.md has the figures)."""
BATCH = 64
"""Rows of a mini-batch beyond that."""
PARTIAL = 16
"""Rows of a mini-batch in partial_fit, which passes over its rows once."""


class Plan(NamedTuple):
    """How to train: what the parameters of an estimator come to."""

    rule: Any
    batch_size: int | None
    max_iter: int
    tol: float | None
    patience: int
    sampling: str
    seed: int
    progress: bool | str


class Trained(NamedTuple):
    """``coefficients`` are those of the data as it lies, (features + base,) or (features + base, outputs); ``stuck``
    says that the weights ceased to change where they were not to."""

    run: Run
    coefficients: Array
    stuck: bool


def rule_of(method: Any, learning_rate: Any, momentum: float) -> Any:
    """The method with its fields: ``momentum`` goes to a name or class that has such a field, an object keeps its own;
    a learning rate of None is automatic."""
    given: dict[str, Any] = {}
    cls = find(method) if isinstance(method, str) else method
    if isinstance(cls, type) and "momentum" in getattr(cls, "_fields", ()):
        given["momentum"] = momentum
    if not isinstance(learning_rate, str):
        given["learning_rate"] = learning_rate
    return as_rule(method, given, {})


def batch_of(batch_size: Any, model: LinearModel, partial: bool, rule: Any = None) -> int | None:
    """The rows of an update, None for all; by default 1 for rules that keep gradients of single examples."""
    if batch_size in (None, "auto") and hasattr(rule, "corrected"):
        return 1
    if batch_size is None:
        return None
    if batch_size != "auto":
        return min(int(batch_size), model.rows)
    if partial:
        return min(PARTIAL, model.rows)
    numbers = model.X.nnz if model.sparse else model.X.size
    return None if numbers <= WHOLE else BATCH


def train(
    model: LinearModel, plan: Plan, base: Baseline, start: Array | None, watch: Watch | None = None, even: bool = True
) -> Trained:
    """Minimises the model's objective from ``start`` (coefficients of the data as it lies; None: the best constant)."""
    seen = evened(model) if even and not (model.sparse and plan.batch_size is not None) else model
    notes = [scaled_note(seen)] if seen.columns is not None else []
    rule, reason, auto = plan.rule, "", False
    w0 = first(seen, base, rule) if start is None else inward(seen, start)
    if getattr(rule, "learning_rate", 0.0) is None and not hasattr(rule, "own_rate"):
        (rate, reason), auto = automatic(seen, rule, base, plan.batch_size, not even), True
        rule = rule._replace(learning_rate=rate)
    callback = None if watch is None or watch.idle else watch
    if watch is not None:
        watch.outward = seen.coefficients
    halvings = 0
    while True:
        if watch is not None:
            watch.restart()
        run = minimize(
            seen, w0, rule, batch_size=plan.batch_size, sampling=plan.sampling, max_iter=plan.max_iter,
            f_tol=None if plan.tol is None else plan.tol * base.loss, grad_tol=None, patience=plan.patience,
            seed=plan.seed, record=("f", "learning_rate", "n_grad", "seconds"), callback=callback,
            progress=plan.progress,
        )  # fmt: skip
        if not (auto and run.failed) or halvings == MOST_HALVINGS:
            break
        halvings += 1
        rule = rule._replace(learning_rate=halved(rule.learning_rate))
    if halvings:
        notes.append(f"the automatic learning rate diverged and was halved {count(halvings, 'time')}")
    w = run.record.w
    if run.failed:
        w = run.record.best.w
    elif watch is not None and watch.mean is not None:
        w = watch.mean
        notes.append("the estimator's weights are the average of the rows, not the last one")
    run.record = replace(
        run.record, setup={**run.record.setup, "learning_rate_reason": reason}, notes=(*run.record.notes, *notes)
    )
    stuck = run.outcome is Outcome.STALLED and not at_rest(seen, run.record.w, (plan.tol or 0.0) * base.loss)
    return Trained(run, seen.coefficients(w), stuck)


def at_rest(model: LinearModel, w: Array, tol: float) -> bool:
    """Whether the objective lies within ``tol`` of its minimum, as far as gradient and curvature tell: a step of 1 / L
    lowers it by |g|^2 / 2L at least, and no step by more where the curvature is the same all around."""
    with np.errstate(all="ignore"):
        f, g = model.value_and_gradient(w)
        L = model_curvature(model)
        return bool(0.5 * float(np.vdot(g, g)) <= L * (tol + 1e-12 * abs(f)))


def halved(rate: Any) -> Any:
    return rate / 2 if isinstance(rate, float) else rate._replace(start=rate.start / 2)


def scaled_note(model: LinearModel) -> str:
    """What the Run says of columns scaled inside."""
    assert model.columns is not None
    spread = 1 / model.columns.factor
    done = "scaled" if not model.columns.centre.any() else "centred and scaled"
    return (
        f"columns {done} inside (divided by {number(float(spread.min()), 2)} to "
        f"{number(float(spread.max()), 2)}): w is that of the scaled columns, problem.coefficients(w) that of the data"
    )


def first(model: LinearModel, base: Baseline, rule: Any) -> Array:
    """Zeros, but for the intercept of a regression: the constant that predicts the mean. Rules whose steps do not grow
    with the gradient start one spread below it: at the mean the intercept's gradient is nothing but rounding, and they
    would follow that."""
    w0 = np.zeros(model.n)
    if model.fit_intercept and model.classes is None:
        w0[0] = base.output - (base.spread if scale_free(rule) else 0.0)
    return w0


def inward(model: LinearModel, coefficients: Array) -> Array:
    """Coefficients of the data as w of the model, flat."""
    inner = coefficients if model.columns is None else model.columns.inward(coefficients, model.base)
    return np.array(inner, dtype=float).ravel()


def updates(run: Run, rows: int) -> int:
    """How many updates a run made."""
    batch = run.record.setup["batch_size"]
    return run.nit * (1 if batch is None else -(-rows // int(batch)))
