"""The article's functions under the article's signatures, run by our engines.

They differ from the article's in three ways, none of which changes a number: the record costs linear time, the global
random generator is left alone, and a run whose f is not finite ends there and says so.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..engines.choose import choose, runner
from ..engines.stopping import Settings
from ..engines.task import Task
from ..methods.momentum import Momentum
from ..problems.function import Function
from ..problems.linear_model import LinearModel
from ..records.history import Plan
from ..records.outcome import Outcome
from ..verbs.arguments import as_start, real, whole

__all__ = ["error_rate", "grad_mse", "gradient_descent", "mse", "stochastic_gradient_descent"]

Array = NDArray[np.float64]
Histories = tuple[Array, Array]


def mse(w: Any, xy: tuple[Any, Any]) -> float:
    """``1/2 sum (t - o)^2`` with o = X w: what the article calls the mean square error is half the *sum* of squares."""
    x, t = xy
    residual = t - np.asarray(x) @ w
    return float(0.5 * (residual * residual).sum())


def grad_mse(w: Any, xy: tuple[Any, Any]) -> Array:
    """The gradient of ``mse``: ``-sum (t - o) x``, shape (features,)."""
    x, t = np.asarray(xy[0]), xy[1]
    return np.asarray(-(np.atleast_1d(t - x @ w) @ x))


def error_rate(w: Any, xy: tuple[Any, Any]) -> float:
    """Wrong labels in per cent: outputs above 0.5 count as class 1, the others as class 0."""
    x, t = np.asarray(xy[0]), np.asarray(xy[1])
    return float(100.0 * ((x @ w > 0.5) != (t > 0.5)).mean())


def gradient_descent(
    max_iterations: int, threshold: float, w_init: Any, obj_func: Callable[..., Any], grad_func: Callable[..., Any],
    extra_param: Any = (), learning_rate: float = 0.05, momentum: float = 0.8,
) -> Histories:  # fmt: skip
    """Heavy-ball descent until f changes by at most ``threshold`` or ``max_iterations`` are done; a negative threshold
    runs them all. Returns ``(w_history, f_history)``, (rows, n) and (rows, 1), row 0 the start.

    ``obj_func(w, extra_param)`` and ``grad_func(w, extra_param)``; called with this module's ``mse`` and ``grad_mse``
    the run goes to a compiled kernel.
    """
    w = as_start(w_init)
    if extra_param == () and not isinstance(extra_param, np.ndarray):
        extra_param = []
    if obj_func is mse and grad_func is grad_mse:
        return run(least_squares(extra_param, w), w, max_iterations, threshold, learning_rate, momentum, None)
    value, gradient = named(obj_func, "obj_func"), named(grad_func, "grad_func")
    problem = Function(
        lambda w: value(w, extra_param), lambda w: np.asarray(gradient(w, extra_param), dtype=float), w.size
    )
    return run(problem, w, max_iterations, threshold, learning_rate, momentum, None)


def stochastic_gradient_descent(
    max_epochs: int, threshold: float, w_init: Any, obj_func: Callable[..., Any], grad_func: Callable[..., Any],
    xy: tuple[Any, Any], learning_rate: float = 0.05, momentum: float = 0.8,
) -> Histories:  # fmt: skip
    """One example at a time, reshuffled each epoch as the article does (seeded with the epoch's number); f is taken
    over all of ``xy`` after each epoch. Otherwise as ``gradient_descent``."""
    w = as_start(w_init)
    if obj_func is mse and grad_func is grad_mse:
        problem: Any = least_squares(xy, w)
    else:
        problem = Examples(named(obj_func, "obj_func"), named(grad_func, "grad_func"), xy, w.size)
    return run(problem, w, max_epochs, threshold, learning_rate, momentum, 1)


def least_squares(xy: Any, w: Array) -> LinearModel:
    if not isinstance(xy, (tuple, list)) or len(xy) != 2:
        raise ArgumentError(f"mse and grad_mse need (x, y) as their data; got {type(xy).__name__}")
    model = LinearModel(xy[0], xy[1], reduction="sum", fit_intercept=False)
    as_start(w, model.n)
    return model


def named(f: Any, name: str) -> Callable[..., Any]:
    if not callable(f):
        raise ArgumentError(f"{name} must be callable; got {f!r}")
    return f  # type: ignore[no-any-return]


class Examples:
    """The article's pair of functions on (x, y), one example at a time: grad_func gets (x[i:i+1], y[i])."""

    reduction = "sum"

    def __init__(self, value: Callable[..., Any], gradient: Callable[..., Any], xy: tuple[Any, Any], n: int) -> None:
        self.x, self.y, self.n = np.asarray(xy[0]), np.asarray(xy[1]), n
        if self.x.ndim != 2 or self.y.shape[:1] != self.x.shape[:1] or not len(self.x):
            raise ArgumentError(
                f"xy must be (x, y) with x (rows, features), y (rows,); got {self.x.shape}, {self.y.shape}"
            )
        self.rows = len(self.x)
        self._gradient = gradient
        self.value = lambda w: value(w, xy)
        self.gradient = lambda w: np.asarray(gradient(w, xy), dtype=float)

    def batch_value_and_gradient(self, w: Array, rows: NDArray[np.int64]) -> tuple[float, Array]:
        i = int(rows[0])
        return float("nan"), np.asarray(self._gradient(w, (self.x[i : i + 1], self.y[i])), dtype=float)


def run(
    problem: Any, w: Array, most: Any, threshold: Any, learning_rate: Any, momentum: Any, batch: int | None
) -> Histories:
    """The run itself: momentum up to 1 is allowed here, and nothing but the threshold and f itself ends it."""
    tolerance = real(threshold, "threshold")
    rate, fraction = real(learning_rate, "learning_rate", 0.0), real(momentum, "momentum", 0.0)
    if fraction > 1:
        raise ArgumentError(f"momentum must be a number in [0, 1]; got {momentum!r}")
    settings = Settings(
        whole(most, "max_epochs" if batch else "max_iterations", 0),
        f_tol=tolerance if tolerance >= 0 else None, patient=True,
    )  # fmt: skip
    rule = Momentum(rate, fraction)
    plan = Plan(("w", "f"), budget=None)
    task = Task(problem, rule, w, settings, plan, batch, sampling="tutorial")
    ending = runner(choose(problem, rule)[0])(task)
    if ending.outcome is Outcome.NOT_FINITE:
        warnings.warn(f"stopped: {ending.reason}; try a smaller learning_rate", RuntimeWarning, stacklevel=3)
    if ending.outcome is Outcome.INTERRUPTED:
        raise KeyboardInterrupt
    history = ending.session.history()
    return np.asarray(history.w), np.asarray(history.f)[:, None]
