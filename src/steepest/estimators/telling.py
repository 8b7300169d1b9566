"""What an estimator warns of after training: limits reached, numbers that went wrong, weights that grow for ever."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from ..base.text import number
from ..problems.linear_model import LinearModel, linear
from ..records.outcome import Outcome
from .training import Trained
from .watching import Watch

__all__ = ["tell"]

LOGARITHMIC = ("log_loss", "multinomial_log_loss")
"""Losses that reach their lower bound of 0 at infinite weights only."""


def tell(estimator: Any, trained: Trained, model: LinearModel, watch: Watch | None) -> None:
    """Warns where the run ended otherwise than asked for, and where its aim has no minimum."""
    run, name, message = trained.run, type(estimator).__name__, ""
    partial = watch is None
    if run.failed:
        message = (
            f"{name} diverged and keeps the weights of the lowest objective, {number(run.record.best.f)} at "
            f"{run.record.unit} {run.record.best.iteration:,}: {run.message}; learning_rate='auto' finds a rate itself"
        )
    elif run.outcome is Outcome.INTERRUPTED:
        message = f"{name} was interrupted and keeps the weights so far"
    elif trained.stuck:
        message = (
            f"{name} came to a halt short of the minimum: its steps are too small to change the weights; raise "
            f"learning_rate, or leave it at 'auto', and see that columns and targets are not too large"
        )
    elif run.outcome in (Outcome.MAX_EVALS, Outcome.TIME_LIMIT):
        message = f"{name} did not converge: {run.message}"
    elif run.outcome is Outcome.MAX_ITER and not partial and estimator.tol is not None:
        unit = "iterations" if run.record.unit == "iteration" else "epochs"
        if estimator.early_stopping:
            met = "the validation score was still rising"
        else:
            unit_of = "" if model.classes is not None else " times the loss of a constant"
            met = f"the objective still changed by more than tol={number(estimator.tol)}{unit_of} a row"
        message = f"{name} stopped at max_iter={estimator.max_iter:,} {unit}, while {met}; raise max_iter or tol"
    if message:
        warnings.warn(message, ConvergenceWarning, stacklevel=5)
    if not partial and not run.failed and not model.l2 and not model.l1 and model.loss_name in LOGARITHMIC:
        c = coefficients(estimator)
        if separated(model, c):
            warnings.warn(
                f"the classes are separated by the model and there is no penalty: {model.loss_name} has no minimum, "
                f"the weights grow for ever, and their norm of {number(float(np.linalg.norm(c)))} is where training "
                f"stopped; set penalty='l2' and alpha above 0",
                ConvergenceWarning, stacklevel=5,
            )  # fmt: skip


def coefficients(estimator: Any) -> NDArray[np.float64]:
    return np.asarray(estimator._coefficients())


def separated(model: LinearModel, c: NDArray[np.float64]) -> bool:
    """Whether each row that counts lies on the right side, by the weights of the data as it lies."""
    o = linear(model.X, c, model.fit_intercept)
    if o.ndim == 1:
        right = np.asarray(o * model.y > 0)
    elif model.coupled:
        rows = np.arange(len(o))
        own = o[rows, model.codes].copy()
        o = o.copy()
        o[rows, model.codes] = -np.inf
        right = np.asarray(own > o.max(axis=1))
    else:
        right = np.asarray((o * model.y > 0).all(axis=1))
    return bool(right.all() if model.weights is None else right[model.weights > 0].all())
