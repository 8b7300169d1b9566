"""Logistic regression over more rows than the caches hold: an iteration, against two products, a reading of the memory
and dask-glm."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import steepest
from steepest.engines.numba.threads import threads

from ..harness import FASTER, Figure, Row, agree, installed, not_installed, paired, seconds_of
from ..peers_learning import dask_glm, logistic_products, reader

COLUMNS = 64
RATE, MOMENTUM, ITERATIONS = 0.5, 0.9, 50
OF_READING = Figure(FASTER.of, ">=", "ratio")
"""The share of the reader's bandwidth that an iteration reaches."""


def rows(quick: bool) -> Iterator[Row]:
    count = 20_000 if quick else 1_000_000
    rng = np.random.default_rng(0)
    X = rng.standard_normal((count, COLUMNS))
    y = np.where(X @ rng.standard_normal(COLUMNS) / 8 + rng.standard_normal(count) > 0, 1.0, -1.0)
    model = steepest.LinearModel(X, y, "log_loss", fit_intercept=False)

    def ours() -> Any:
        return steepest.minimize(
            model, method="momentum", learning_rate=RATE, momentum=MOMENTUM, max_iter=ITERATIONS, grad_tol=None
        )

    products = logistic_products(X, y, RATE, MOMENTUM, ITERATIONS)

    def products_in_one_thread() -> None:
        with threadpool_limits(1, "blas"):
            products()

    agree(ours().w, products())
    what, pairs = f"logistic regression, full batch {count:,} x {COLUMNS}, an iteration", 2 if quick else 9
    timed = seconds_of(ours, ITERATIONS)
    note = f"{ITERATIONS} iterations a call, setting up and the record included; the two products take no objective"
    for name, work in (("two NumPy products, BLAS's own threads", products),
                       ("two NumPy products, one thread", products_in_one_thread)):  # fmt: skip
        yield Row(what, name, paired(timed, seconds_of(work, ITERATIONS), pairs), required=1.4, note=note)
    reading = reader(X, threads(), ITERATIONS)
    agree(reading(), X.sum(), 1e-6)
    yield Row(
        f"{what}, of the reader's bandwidth", f"compiled sum over X, {threads()} threads",
        paired(timed, seconds_of(reading, ITERATIONS), pairs), OF_READING, 0.85,
        note="the reader is benchmarks/peers_learning.py's: a Numba kernel that only sums X, in equal parts in threads",
    )  # fmt: skip
    if not installed("dask_glm"):
        yield not_installed(what, "dask-glm", "dask_glm")
        return
    few = 5
    theirs = dask_glm(X, y, few, threads())
    yield Row(
        what, "dask-glm's gradient_descent", paired(timed, seconds_of(partial(theirs), few), 1 if quick else 3),
        note=f"dask-glm: {few} iterations, each with a line search of its own, in as many chunks as threads",
    )  # fmt: skip
