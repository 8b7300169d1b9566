"""The objective that a scikit-learn model trained by partial_fit descends on, as a LinearModel of ours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError, ArgumentTypeError
from ...problems import losses
from ...problems.linear_model import LinearModel

__all__ = ["method_of", "model_of", "rate_of", "weights_of"]

Array = NDArray[np.float64]
TOLD = ("loss", "penalty", "alpha", "l1_ratio", "eta0", "power_t", "epsilon", "average", "random_state", "shuffle")


def model_of(model: Any, X: Any, y: Any) -> LinearModel:
    """The mean loss over X and y with the model's penalty: that of SGDClassifier, SGDRegressor and Perceptron."""
    name = type(model).__name__
    loss = "perceptron" if name == "Perceptron" else getattr(model, "loss", None)
    if not hasattr(model, "partial_fit") or not isinstance(loss, str) or not hasattr(model, "fit_intercept"):
        raise ArgumentTypeError(f"model must be an SGDClassifier, SGDRegressor or Perceptron; got {name}")
    if loss not in losses.names():
        raise ArgumentError(f"model has loss={loss!r}, which steepest has not: it has {', '.join(losses.names())}")
    made = losses.find(loss)
    chosen = made(epsilon=float(model.epsilon)) if "epsilon" in getattr(made, "_fields", ()) else made()
    penalty = model.penalty
    return LinearModel(
        X, y, loss=chosen, penalty=penalty, alpha=float(model.alpha) if penalty else 0.0,
        l1_ratio=float(model.l1_ratio or 0.0), fit_intercept=bool(model.fit_intercept),
    )  # fmt: skip


def weights_of(model: Any, problem: LinearModel) -> Array:
    """``coef_`` and ``intercept_`` as one vector; zeros before the first partial_fit."""
    if not hasattr(model, "coef_"):
        return problem.start
    c = np.atleast_2d(np.asarray(model.coef_, dtype=float)).T
    rows = np.vstack([np.atleast_1d(np.asarray(model.intercept_, dtype=float)), c]) if problem.fit_intercept else c
    if rows.size != problem.n:
        raise ArgumentError(
            f"model has {rows.size:,} weights, but X and y make {problem.n:,}; give the X and y it is trained on"
        )
    return np.array(rows.ravel())


def visited(model: Any) -> float:
    """How many single examples the model has stepped on."""
    return float(getattr(model, "t_", 1.0)) - 1.0


def rate_of(model: Any) -> float | None:
    """The learning rate at the model's last step, where its schedule says it in numbers."""
    kind, t = getattr(model, "learning_rate", None), visited(model)
    if type(model).__name__ == "Perceptron" or kind == "constant":
        return float(model.eta0)
    if kind == "invscaling" and t >= 1:
        return float(model.eta0 / t**model.power_t)
    return None


def method_of(model: Any) -> dict[str, Any]:
    """The model and its settings; ``schedule`` is what scikit-learn calls learning_rate."""
    found: dict[str, Any] = {"name": f"sklearn.{type(model).__name__}"}
    if rate_of(model) is not None and getattr(model, "learning_rate", "constant") == "constant":
        found["learning_rate"] = rate_of(model)
    elif hasattr(model, "learning_rate"):
        found["schedule"] = model.learning_rate
    for name in TOLD:
        value = getattr(model, name, None)
        if isinstance(value, (bool, int, float, str)):
            found[name] = value
    return found
