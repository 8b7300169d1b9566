"""Full batch on more data than the caches hold: an iteration against the two products it is made of."""

from collections.abc import Iterator

import numba
import numpy as np
from threadpoolctl import threadpool_limits

import steepest

from ..harness import SHARE, Row, agree, paired, seconds_of

COLUMNS = 64
RATE, MOMENTUM, ITERATIONS = 0.05, 0.9, 20


@numba.njit(fastmath=True)
def total(X):
    """The sum over X: what reading it costs."""
    found = 0.0
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            found += X[i, j]
    return found


def rows(quick: bool) -> Iterator[Row]:
    count = 20_000 if quick else 1_000_000
    rng = np.random.default_rng(0)
    X = rng.standard_normal((count, COLUMNS))
    y = X @ rng.standard_normal(COLUMNS) + rng.standard_normal(count)
    model = steepest.LinearModel(X, y, fit_intercept=False)
    start, residual, slope = np.zeros(COLUMNS), np.empty(count), np.empty(COLUMNS)

    def ours():
        return steepest.minimize(
            model, start, "momentum", learning_rate=RATE, momentum=MOMENTUM, max_iter=ITERATIONS, grad_tol=None
        )

    def products():
        """Heavy ball with preallocated outputs; f is not even taken."""
        w, v = start, np.zeros(COLUMNS)
        for _ in range(ITERATIONS):
            np.dot(X, w, out=residual)
            np.subtract(residual, y, out=residual)
            np.dot(residual, X, out=slope)
            v = MOMENTUM * v - (RATE / count) * slope
            w = w + v
        return w

    def products_in_one_thread():
        with threadpool_limits(1, "blas"):
            products()

    agree(ours().w, products())
    what, pairs = f"full batch {count:,} x {COLUMNS}, an iteration", 2 if quick else 9
    timed = seconds_of(ours, ITERATIONS)
    note = f"{ITERATIONS} iterations a call, setting up and the record included; the peer records nothing"
    for name, work in (("two NumPy products, BLAS's own threads", products),
                       ("two NumPy products, one thread", products_in_one_thread)):  # fmt: skip
        yield Row(what, name, paired(timed, seconds_of(work, ITERATIONS), pairs), required=1.3, note=note)
    yield Row(what, "one compiled reading of X, one thread", paired(timed, seconds_of(lambda: total(X)), pairs), SHARE)
