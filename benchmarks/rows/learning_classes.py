"""Several classes, one example at a time, with momentum: whole fits one against the rest, against scikit-learn's
without; softmax beside it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import SGDClassifier

import steepest

from ..harness import Row, agree, busy_seconds_of, paired

ALPHA, MOMENTUM, EPOCHS = 1e-4, 0.9, 20
SIZES = ((3, 65, 4_000), (10, 65, 4_000), (10, 500, 1_000), (128, 65, 4_000))
"""Classes, features, rows."""
NOTE = f"whole fits, l2 penalty {ALPHA:g}; ours has momentum {MOMENTUM:g}, scikit-learn none"


def data(classes: int, features: int, count: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
    rng = np.random.default_rng(classes)
    X = rng.standard_normal((count, features))
    y = (X @ rng.standard_normal((features, classes)) + rng.standard_normal((count, classes))).argmax(axis=1)
    y[:classes] = np.arange(classes)
    return X, y


def ours(
    X: Any, y: Any, epochs: int, how: str = "one_vs_rest", momentum: float = MOMENTUM, shuffle: bool = True
) -> Any:
    return steepest.DescentClassifier(
        learning_rate=0.01 / X.shape[1], momentum=momentum, batch_size=1, alpha=ALPHA, max_iter=epochs, tol=None,
        multi_class=how, shuffle=shuffle,
    ).fit(X, y)  # fmt: skip


def peer(X: Any, y: Any, epochs: int, shuffle: bool = True) -> Any:
    return SGDClassifier(
        loss="log_loss", alpha=ALPHA, learning_rate="constant", eta0=0.01 / X.shape[1], max_iter=epochs, tol=None,
        shuffle=shuffle,
    ).fit(X, y)  # fmt: skip


def rows(quick: bool) -> Iterator[Row]:
    for classes, features, count in SIZES:
        epochs, pairs, count = (3, 2, max(300, count // 10)) if quick else (EPOCHS, 9, count)
        X, y = data(classes, features, count)
        mine, theirs = ours(X, y, epochs, momentum=0.0, shuffle=False), peer(X, y, epochs, shuffle=False)
        agree(mine.coef_, theirs.coef_)
        for how, required in (("one_vs_rest", 1.0), ("auto", None)):
            timed = paired(
                busy_seconds_of(partial(ours, X, y, epochs, how)), busy_seconds_of(partial(peer, X, y, epochs)), pairs
            )
            named = "one against the rest" if how == "one_vs_rest" else "softmax"
            yield Row(
                f"{classes} classes, {count:,} x {features:,}, {epochs} epochs, {named}", "SGDClassifier", timed,
                required=required, note=NOTE,
            )  # fmt: skip
