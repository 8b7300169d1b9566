"""One example at a time on sparse data, 100,000 x 47,000, 60 draws a row of columns whose popularity is Zipf's law:
whole calls against SGDClassifier, which has no momentum."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.linear_model import SGDClassifier

import steepest

from ..harness import Row, agree, paired, seconds_of

DRAWS, EPOCHS, RATE = 60, 5, 0.1


def data(rows: int, columns: int) -> tuple[Any, Any]:
    """Rows of length 1 in CSR, column indices sorted, and the labels 0 and 1 of a noisy linear rule."""
    rng = np.random.default_rng(0)
    popularity = np.cumsum(1 / np.arange(1, columns + 1))
    drawn = np.searchsorted(popularity, rng.random(rows * DRAWS) * popularity[-1])
    shuffled = rng.permutation(columns)[np.minimum(drawn, columns - 1)]
    cells = np.unique(np.repeat(np.arange(rows), DRAWS) * columns + shuffled)
    row, column = cells // columns, cells % columns
    values = np.abs(rng.normal(size=cells.size))
    values /= np.sqrt(np.bincount(row, values**2, rows))[row]
    X = scipy.sparse.csr_matrix((values, (row, column)), shape=(rows, columns))
    return X, (X @ rng.normal(size=columns) + 0.3 * rng.normal(size=rows) > 0).astype(int)


def rows(quick: bool) -> Iterator[Row]:
    count, columns = (2_000, 1_000) if quick else (100_000, 47_000)
    X, y = data(count, columns)

    def ours(loss: str, momentum: float, record: Any = "none", **options: Any) -> Any:
        model = steepest.LinearModel(X, y, loss=loss, **options)
        method = "momentum" if momentum else "gradient_descent"
        more = {"momentum": momentum} if momentum else {}
        return steepest.minimize(
            model, None, method, learning_rate=RATE, batch_size=1, max_iter=EPOCHS, record=record, **more
        )

    def peer(loss: str, penalty: str | None = None, shuffle: bool = True, **options: Any) -> Any:
        model = SGDClassifier(
            loss=loss, penalty=penalty, learning_rate="constant", eta0=RATE, max_iter=EPOCHS, tol=None,
            shuffle=shuffle, **options,
        )  # fmt: skip
        return model.fit(X, y)

    def once(work: Any, *arguments: Any, **options: Any) -> Any:
        return seconds_of(lambda: work(*arguments, **options))

    for loss in ("log_loss", "hinge"):
        in_order = steepest.minimize(
            steepest.LinearModel(X, y, loss=loss, fit_intercept=False), None, "gradient_descent", learning_rate=RATE,
            batch_size=1, max_iter=EPOCHS, sampling="sequential",
        )  # fmt: skip
        agree(in_order.w, peer(loss, shuffle=False, fit_intercept=False).coef_[0])
    pairs = 2 if quick else 9
    for loss in ("log_loss", "hinge"):
        for momentum, required in ((0.0, 1.0), (0.9, 0.85)):
            what = f"sparse {count:,} x {columns:,}, {loss}, momentum {momentum:g}, {EPOCHS} epochs"
            timed = paired(once(ours, loss, momentum), once(peer, loss), pairs)
            yield Row(
                what, "SGDClassifier without momentum", timed, required=required,
                note='record="none", f of every epoch all the same; the model built in the call, as fit does',
            )  # fmt: skip
    l2 = {"penalty": "l2", "alpha": 1e-5}
    yield Row(
        f"sparse {count:,} x {columns:,}, log_loss, l2, momentum 0.9", "SGDClassifier with l2, without momentum",
        paired(once(ours, "log_loss", 0.9, **l2), once(peer, "log_loss", **l2), pairs),
    )  # fmt: skip
    l1 = {"penalty": "l1", "alpha": 1e-5}
    yield Row(
        f"sparse {count:,} x {columns:,}, log_loss, l1", "SGDClassifier with l1",
        paired(once(ours, "log_loss", 0.0, **l1), once(peer, "log_loss", **l1), pairs),
        note="ours is soft thresholding at every step, caught up with when a column is touched",
    )  # fmt: skip
    yield from of_classes(quick, X)


def of_classes(quick: bool, X: Any) -> Iterator[Row]:
    """Ten classes, whole fits: one against the rest on both sides, softmax besides. A fifth of the rows."""
    X = X[: X.shape[0] // 5]
    y = (X @ np.random.default_rng(1).standard_normal((X.shape[1], 10))).argmax(axis=1)

    def ours(how: str, momentum: float) -> Any:
        return steepest.DescentClassifier(
            learning_rate=RATE, momentum=momentum, batch_size=1, alpha=0.0, max_iter=EPOCHS, tol=None, multi_class=how
        ).fit(X, y)

    def peer() -> Any:
        model = SGDClassifier(
            loss="log_loss", penalty=None, learning_rate="constant", eta0=RATE, max_iter=EPOCHS, tol=None
        )
        return model.fit(X, y)

    for how, named in (("one_vs_rest", "one against the rest"), ("auto", "softmax")):
        for momentum in (0.0, 0.9):
            yield Row(
                f"sparse {X.shape[0]:,} x {X.shape[1]:,}, 10 classes, {named}, momentum {momentum:g}, {EPOCHS} epochs",
                "SGDClassifier one against the rest", paired(
                    seconds_of(lambda how=how, momentum=momentum: ours(how, momentum)),  # type: ignore[misc]
                    seconds_of(peer), 2 if quick else 7,
                ),
            )  # fmt: skip
