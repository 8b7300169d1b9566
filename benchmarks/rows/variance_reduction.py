"""SAGA and SVRG on l2-regularised logistic regression: to a gap of 1e-8, against scikit-learn's solver of that name."""

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

import steepest

from ..harness import Row, agree, busy_seconds_of, paired

GAP = 1e-8
SIZES = ((2_000, 65, 0.01), (4_000, 500, 0.02))
"""Rows, features, and the weight of the penalty, with which each needs some tens of epochs."""
NOTE = (
    f"whole fits of the fewest epochs after which the objective is within {GAP:g} of its minimum, found beforehand for "
    f"each side; no intercept; each side's own automatic rate"
)


class Data(NamedTuple):
    X: NDArray[np.float64]
    y: NDArray[np.int64]
    alpha: float


def data(rows: int, features: int, alpha: float) -> Data:
    rng = np.random.default_rng(features)
    X = rng.standard_normal((rows, features))
    o = X @ rng.standard_normal(features) / np.sqrt(features) + 0.3 * rng.standard_normal(rows)
    return Data(X, (o > 0).astype(np.int64), alpha)


def model(given: Data) -> Any:
    return steepest.LinearModel(given.X, given.y, "log_loss", "l2", given.alpha, fit_intercept=False)


def ours(given: Data, method: str, epochs: int) -> NDArray[np.float64]:
    run = steepest.minimize(model(given), method=method, max_iter=epochs, record="none")
    return np.asarray(run.w)


def sklearn(given: Data, solver: str, epochs: int) -> NDArray[np.float64]:
    fit = LogisticRegression(
        solver=solver, C=1 / (given.alpha * len(given.y)), fit_intercept=False, tol=0.0, max_iter=epochs, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # tol=0: it is to go on
        return np.asarray(fit.fit(given.X, given.y).coef_.ravel())


def epochs_to(given: Data, least: float, fit: Any) -> int:
    """The fewest epochs after which ``fit(epochs)`` is within GAP of the minimum."""
    problem, low, high = model(given), 0, 1
    while problem.value(fit(high)) - least > GAP:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if problem.value(fit(middle)) - least > GAP else (low, middle)
    return high


def rows(quick: bool) -> Iterator[Row]:
    for count, features, alpha in SIZES:
        given = data(count // 10 if quick else count, features, alpha)
        best = steepest.minimize(model(given), method="saga", max_iter=20_000, grad_tol=1e-12)
        agree(best.w, sklearn(given, "lbfgs", 10_000), 1e-4)
        peer = partial(sklearn, given, "saga")
        theirs = epochs_to(given, best.f, peer)
        for method in ("saga", "svrg"):
            fit = partial(ours, given, method)
            epochs = epochs_to(given, best.f, fit)
            yield Row(
                f"{method}, log_loss, {len(given.y):,} x {features}: {epochs} epochs, scikit-learn's saga {theirs}",
                "LogisticRegression(solver='saga')",
                paired(
                    busy_seconds_of(partial(fit, epochs)), busy_seconds_of(partial(peer, theirs)), 2 if quick else 11
                ),
                note=NOTE,
            )  # fmt: skip
