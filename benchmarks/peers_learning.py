"""Who else learns from dense data: Adam one example at a time in JAX and torch, logistic regression over all rows in
NumPy and dask-glm, Vowpal Wabbit; and a reader, which does no more than sum X up. The peers are imported late."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "adam_scan",
    "adam_torch",
    "dask_glm",
    "epoch_orders",
    "logistic_products",
    "reader",
    "vowpal_wabbit",
    "vowpal_wabbit_cached",
]

Array = NDArray[np.float64]
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

# -- Adam, one example at a time, squared error without an intercept ---------------------------------------------------


def epoch_orders(count: int, epochs: int, seed: int = 0) -> NDArray[np.int64]:
    """Orders of the rows (epochs, rows), drawn as the peers' users would."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(count) for _ in range(epochs)])


def adam_scan(X: Array, y: Array, rate: float, epochs: int, shuffle: bool = True) -> Callable[[], Array]:
    """The whole run as one jitted program in double precision, the rows of an epoch gathered at its start."""
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        X, y = jnp.asarray(X), jnp.asarray(y)  # type: ignore[assignment]
        zeros, count = jnp.zeros(X.shape[1]), X.shape[0]

        def step(carry: Any, row: Any) -> Any:
            w, m, s, t = carry
            x, target = row
            t, g = t + 1.0, (x @ w - target) * x
            m, s = BETA1 * m + (1 - BETA1) * g, BETA2 * s + (1 - BETA2) * g * g
            w = w - rate * (m / (1 - BETA1**t)) / (jnp.sqrt(s / (1 - BETA2**t)) + EPSILON)
            return (w, m, s, t), None

        @jax.jit
        def program(w: Any, key: Any) -> Any:
            def epoch(carry: Any, key: Any) -> Any:
                order = jax.random.permutation(key, count) if shuffle else jnp.arange(count)
                return jax.lax.scan(step, carry, (X[order], y[order]))

            keys = jax.random.split(key, epochs)
            return jax.lax.scan(epoch, (w, zeros, zeros, jnp.asarray(0.0)), keys)[0][0]

        key = jax.random.PRNGKey(0)

    def run() -> Array:
        with jax.enable_x64(True):
            return np.asarray(program(zeros, key))

    return run


def adam_torch(X: Array, y: Array, rate: float, epochs: int, shuffle: bool = True) -> Callable[[], Array]:
    """The loop of torch's own tutorials: zero_grad, loss, backward, step, in double precision."""
    import torch

    rows, targets = torch.from_numpy(X), torch.from_numpy(y)
    count = len(y)

    def run() -> Array:
        torch.manual_seed(0)
        w = torch.zeros(rows.shape[1], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=rate, betas=(BETA1, BETA2), eps=EPSILON)
        for _ in range(epochs):
            for i in torch.randperm(count) if shuffle else torch.arange(count):
                optimizer.zero_grad()
                loss = 0.5 * (rows[i] @ w - targets[i]) ** 2
                loss.backward()
                optimizer.step()
        found: Array = w.detach().numpy()
        return found

    return run


# -- logistic regression over all rows ---------------------------------------------------------------------------------


def logistic_products(X: Array, y: Array, rate: float, momentum: float, count: int) -> Callable[[], Array]:
    """Heavy ball on the mean log loss, y of -1 and +1: two products an iteration with preallocated outputs, what lies
    between them done in place; f is not even taken."""
    slope, room = np.empty(X.shape[1]), np.empty(len(y))
    scaled = -y / len(y)

    def run() -> Array:
        w, v = np.zeros(X.shape[1]), np.zeros(X.shape[1])
        with np.errstate(over="ignore"):
            for _ in range(count):
                np.dot(X, w, out=room)
                np.multiply(room, y, out=room)
                np.exp(room, out=room)
                np.add(room, 1.0, out=room)
                np.divide(scaled, room, out=room)
                np.dot(room, X, out=slope)
                v = momentum * v - rate * slope
                w = w + v
        return w

    return run


def dask_glm(X: Array, y: Array, count: int, chunks: int) -> Callable[[], Array]:
    """dask-glm's gradient descent on the summed log loss, y of -1 and +1, X in so many chunks of rows. It searches its
    step length, by values along the line that need no reading of X."""
    import dask.array as da
    from dask_glm import algorithms, families

    size = -(-len(y) // chunks)
    rows = da.from_array(X, chunks=(size, X.shape[1]), name=False)
    targets = da.from_array((y > 0).astype(float), chunks=size, name=False)

    def run() -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(
                algorithms.gradient_descent(
                    rows, targets, max_iter=count, tol=-1.0, family=families.Logistic, normalize=False
                )
            )

    return run


# -- one example at a time ---------------------------------------------------------------------------------------------


WABBIT_LOSSES = {"log_loss": "logistic", "hinge": "hinge", "squared_error": "squared"}


def wabbit_rate(loss: str, rate: float) -> float:
    """Vowpal Wabbit's squared loss is twice ours."""
    return rate / 2 if loss == "squared_error" else rate


def vowpal_wabbit(X: Array, y: Array, loss: str, rate: float, l2: float, epochs: int) -> Callable[[], Any]:
    """The fit of Vowpal Wabbit's scikit-learn face: plain stochastic gradient descent at a constant rate. It writes
    each row out as text and reads that."""
    from vowpalwabbit.sklearn_vw import VWClassifier, VWRegressor

    face = VWRegressor if loss == "squared_error" else VWClassifier

    def run() -> Any:
        return face(
            loss_function=WABBIT_LOSSES[loss], learning_rate=wabbit_rate(loss, rate), power_t=0.0, l2=l2,
            passes=epochs, sgd=True, quiet=True,
        ).fit(X, y)  # fmt: skip

    return run


def vowpal_wabbit_cached(
    folder: Path, X: Array, y: Array, loss: str, rate: float, l2: float, epochs: int
) -> Callable[[], None]:
    """The same from its binary cache of the rows, which a first run has written into ``folder``: reading it is all that
    an epoch does beside learning."""
    from vowpalwabbit.pyvw import Workspace

    text, cache = folder / f"{loss}.txt", folder / f"{loss}.cache"
    rows = (" ".join(f"{j}:{value:.17g}" for j, value in enumerate(row)) for row in X)
    text.write_text("".join(f"{target:.17g} | {row}\n" for target, row in zip(y, rows, strict=True)))

    def run() -> None:
        Workspace(
            f"--data {text} --cache_file {cache} --passes {epochs} --sgd --power_t 0 --holdout_off --quiet "
            f"--loss_function {WABBIT_LOSSES[loss]} --learning_rate {wabbit_rate(loss, rate)} --l2 {l2}"
        ).finish()

    run()
    return run


# -- reading -----------------------------------------------------------------------------------------------------------


@numba.njit(fastmath=True, nogil=True)
def summed(X, first, last):  # type: ignore[no-untyped-def]
    """The sum over rows first to last."""
    found = 0.0
    for i in range(first, last):
        for j in range(X.shape[1]):
            found += X[i, j]
    return found


def reader(X: Array, threads: int, times: int) -> Callable[[], float]:
    """Reads X so many times, each time in as many equal parts as there are threads, and only sums it up."""
    edges = np.linspace(0, len(X), threads + 1).astype(np.int64)
    pool = ThreadPoolExecutor(threads)

    def run() -> float:
        total = 0.0
        for _ in range(times):
            total = sum(pool.map(lambda k: summed(X, edges[k], edges[k + 1]), range(threads)))
        return total

    return run
