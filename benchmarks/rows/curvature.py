"""Curvature of a logistic model of a million rows: all its eigenvalues against forty products ``X @ v``."""

from collections.abc import Iterator

import numpy as np

import steepest

from ..harness import SHARE, Row, agree, paired, seconds_of

COLUMNS, PASSES = 64, 40


def rows(quick: bool) -> Iterator[Row]:
    count = 20_000 if quick else 1_000_000
    rng = np.random.default_rng(0)
    X = rng.standard_normal((count, COLUMNS))
    y = (X @ rng.standard_normal(COLUMNS) + rng.logistic(size=count) > 0).astype(int)
    model = steepest.LinearModel(X, y, loss="log_loss")
    w, v = 0.1 * rng.standard_normal(model.n), rng.standard_normal(COLUMNS)
    found = steepest.curvature(model, w)
    o = model.outputs(w)
    Z = np.column_stack([np.ones(count), X])
    agree(found.eigenvalues, np.linalg.eigvalsh((Z.T / (np.exp(o) + np.exp(-o) + 2)) @ Z / count))

    def passes():
        for _ in range(PASSES):
            X @ v

    what, pairs = f"logistic model {count:,} x {COLUMNS}", 2 if quick else 5
    yield Row(
        f"curvature, all eigenvalues of a {what}", f"{PASSES} products X @ v",
        paired(seconds_of(lambda: steepest.curvature(model, w)), seconds_of(passes), pairs), SHARE, 1.0,
        note=f"one pass for the Hessian's matrix, one to see that the gradient is finite: {found.spent} counted",
    )  # fmt: skip
    yield Row(
        f"gradient noise of a {what}", f"{PASSES} products X @ v",
        paired(seconds_of(lambda: steepest.curvature(model, w).noise), seconds_of(passes), pairs), SHARE, 1.0,
        note="the curvature included; from one further pass",
    )  # fmt: skip
