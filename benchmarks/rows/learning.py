"""Learning from dense data one example at a time, with momentum: whole fits, against scikit-learn's without."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import SGDClassifier, SGDRegressor

import steepest

from ..harness import Row, agree, busy_seconds_of, installed, not_installed, paired, seconds_of
from ..peers_learning import vowpal_wabbit, vowpal_wabbit_cached

ALPHA, MOMENTUM = 1e-4, 0.9
SIZES = (
    (65, 2_000, 200, 2.5),
    (65, 20_000, 20, 2.5),
    (500, 400, 200, 3.0),
    (500, 4_000, 20, 3.0),
    (5_000, 400, 20, 2.0),
)
"""Features, rows, epochs (fits of 20 to 200 ms), and what is required of squared error and log loss there. At 65 and
500 features once 1 to 2 MB, which stay in a core's own cache, and once 10 to 16 MB, which do not."""
LOSSES = ("squared_error", "log_loss", "hinge")
FREE = ("hinge",)
"""Nothing is required of these."""
NOTE = (
    f"whole fits, l2 penalty {ALPHA:g} and intercept on both sides; ours has momentum {MOMENTUM:g}, scikit-learn none"
)


class Data(NamedTuple):
    """X (rows, features), y (rows,) numbers or 0 and 1; a rate at which both sides learn."""

    X: NDArray[np.float64]
    y: NDArray[Any]
    loss: str
    rate: float
    epochs: int


def data(features: int, count: int, epochs: int, loss: str) -> Data:
    rng = np.random.default_rng(features)
    X = rng.standard_normal((count, features))
    o = X @ rng.standard_normal(features) / np.sqrt(features) + 0.3 * rng.standard_normal(count)
    return Data(X, o if loss == "squared_error" else (o > 0).astype(np.int64), loss, 0.01 / features, epochs)


def by_minimize(given: Data, momentum: float = MOMENTUM, sampling: str = "shuffle") -> Any:
    model = steepest.LinearModel(given.X, given.y, given.loss, penalty="l2", alpha=ALPHA)
    return steepest.minimize(
        model, method="momentum", learning_rate=given.rate, momentum=momentum, batch_size=1, sampling=sampling,
        max_iter=given.epochs, record="none",
    )  # fmt: skip


def by_estimator(given: Data, momentum: float = MOMENTUM, shuffle: bool = True) -> Any:
    kind = steepest.DescentRegressor if given.loss == "squared_error" else steepest.DescentClassifier
    return kind(
        given.loss, learning_rate=given.rate, momentum=momentum, batch_size=1, alpha=ALPHA, max_iter=given.epochs,
        tol=None, shuffle=shuffle,
    ).fit(given.X, given.y)  # fmt: skip


def by_sklearn(given: Data, shuffle: bool = True, intercept: float = 0.0) -> Any:
    kind = SGDRegressor if given.loss == "squared_error" else SGDClassifier
    return kind(
        loss=given.loss, penalty="l2", alpha=ALPHA, learning_rate="constant", eta0=given.rate, max_iter=given.epochs,
        tol=None, shuffle=shuffle,
    ).fit(given.X, given.y, intercept_init=[intercept])  # fmt: skip


def checked(given: Data) -> None:
    """Without momentum and shuffling all three fit the same weights."""
    peer = by_sklearn(given, shuffle=False)
    mine = by_minimize(given, 0.0, "sequential").w
    agree(mine, np.concatenate((peer.intercept_, peer.coef_.ravel())))
    if given.loss == "squared_error":  # our regressor starts at the mean
        peer = by_sklearn(given, shuffle=False, intercept=float(given.y.mean()))
    mine = by_estimator(given, 0.0, shuffle=False)
    for ours, theirs in ((mine.coef_, peer.coef_), (mine.intercept_, peer.intercept_)):
        agree(np.ravel(ours), np.ravel(theirs))


def rows(quick: bool) -> Iterator[Row]:
    pairs = 2 if quick else 15
    for features, count, epochs, required in SIZES:
        if quick:  # among fewer than 200 rows our estimators scale the columns
            count, epochs = max(200, count // 20), 5
        for loss in LOSSES:
            given = data(features, count, epochs, loss)
            checked(given)
            name = "SGDRegressor" if loss == "squared_error" else "SGDClassifier"
            ours: tuple[tuple[str, Callable[..., Any]], ...] = (
                ('LinearModel and minimize(record="none")', by_minimize),
                (name.replace("SGD", "Descent"), by_estimator),
            )
            for what, work in ours:
                timed = paired(
                    busy_seconds_of(partial(work, given)), busy_seconds_of(partial(by_sklearn, given)), pairs
                )
                yield Row(
                    f"{loss}, {count:,} x {features:,}, {epochs} epochs, {what}", name, timed,
                    required=None if loss in FREE else required, note=NOTE,
                )  # fmt: skip
    yield from of_vowpal_wabbit(quick)


def of_vowpal_wabbit(quick: bool) -> Iterator[Row]:
    """At 65 features only: its scikit-learn face reads the rows as text, some hundred times as slowly as we learn."""
    count, epochs = (200, 5) if quick else (5_000, 20)
    pairs = 2 if quick else 5
    for loss in LOSSES:
        what, peer = f"{loss}, {count:,} x 65, {epochs} epochs, LinearModel and minimize", "Vowpal Wabbit"
        if not installed("vowpalwabbit"):
            yield not_installed(what, peer, "vowpalwabbit")
            continue
        given = data(65, count, epochs, loss)
        ours = seconds_of(partial(by_minimize, given))
        setting = (given.X, given.y if loss == "squared_error" else np.where(given.y > 0, 1, -1))
        setting += (loss, given.rate, ALPHA, epochs)
        face = vowpal_wabbit(*setting)
        yield Row(
            what, f"{peer}, scikit-learn's face", paired(ours, seconds_of(face), pairs),
            note="every row is turned into text, and no momentum there",
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            cached = vowpal_wabbit_cached(Path(folder), *setting)
            yield Row(
                what, f"{peer} from its cache", paired(ours, seconds_of(cached), pairs),
                note="a binary cache of the rows written beforehand; single precision, no momentum",
            )  # fmt: skip
