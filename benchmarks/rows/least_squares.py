"""Least squares fast-forwarded: a thousand iterations on more data than the caches hold, against a dozen plain ones."""

from collections.abc import Iterator

import numpy as np

import steepest

from ..harness import FASTER, Row, agree, paired, seconds_of

COLUMNS = 64
RATE, MOMENTUM, ITERATIONS, PASSES = 0.05, 0.9, 1000, 12


def rows(quick: bool) -> Iterator[Row]:
    count = 20_000 if quick else 1_000_000
    rng = np.random.default_rng(0)
    X = rng.standard_normal((count, COLUMNS))
    y = X @ rng.standard_normal(COLUMNS) + rng.standard_normal(count)
    model = steepest.LinearModel(X, y, fit_intercept=False)

    def descend(engine: str, iterations: int):
        return steepest.minimize(
            model, np.zeros(COLUMNS), "momentum", learning_rate=RATE, momentum=MOMENTUM, max_iter=iterations,
            grad_tol=None, engine=engine,
        )  # fmt: skip

    def ours():
        return descend("quadratic", ITERATIONS)

    def plain():
        return descend("numba", PASSES)

    agree(descend("quadratic", PASSES).w, plain().w)
    yield Row(
        f"least squares {count:,} x {COLUMNS}, {ITERATIONS:,} iterations", f"{PASSES} plain full-batch iterations",
        paired(seconds_of(ours), seconds_of(plain), 2 if quick else 9), FASTER, required=None if quick else 1.0,
        note="whole calls of minimize, the record kept",
    )  # fmt: skip
