"""Who else makes the steps of each rule, one example of dense data at a time, squared error without an intercept:
kernels written by hand for one rule, optax's transformation in a jitted scan, torch.optim in its loop."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["HAND_WRITTEN", "hand_written", "optax_scan", "torch_loop"]

Array = NDArray[np.float64]
FAST = {"contract", "reassoc", "nsz", "arcp"}


@numba.njit(fastmath=FAST, error_model="numpy")
def adagrad(X: Array, y: Array, orders: NDArray[np.int64], w: Array, a: Array, b: Array, c: Array, rate: float) -> None:
    for e in range(orders.shape[0]):
        for i in orders[e]:
            x, o = X[i], 0.0
            for j in range(x.size):
                o += x[j] * w[j]
            d = o - y[i]
            for j in range(x.size):
                g = d * x[j]
                a[j] += g * g
                w[j] -= rate * g / (np.sqrt(a[j]) + 1e-10)


@numba.njit(fastmath=FAST, error_model="numpy")
def rmsprop(X: Array, y: Array, orders: NDArray[np.int64], w: Array, a: Array, b: Array, c: Array, rate: float) -> None:
    for e in range(orders.shape[0]):
        for i in orders[e]:
            x, o = X[i], 0.0
            for j in range(x.size):
                o += x[j] * w[j]
            d = o - y[i]
            for j in range(x.size):
                g = d * x[j]
                a[j] = 0.99 * a[j] + 0.01 * g * g
                w[j] -= rate * g / (np.sqrt(a[j]) + 1e-8)


@numba.njit(fastmath=FAST, error_model="numpy")
def amsgrad(X: Array, y: Array, orders: NDArray[np.int64], w: Array, a: Array, b: Array, c: Array, rate: float) -> None:
    t = 0
    for e in range(orders.shape[0]):
        for i in orders[e]:
            t += 1
            one, two = rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
            x, o = X[i], 0.0
            for j in range(x.size):
                o += x[j] * w[j]
            d = o - y[i]
            for j in range(x.size):
                g = d * x[j]
                a[j] = 0.9 * a[j] + 0.1 * g
                b[j] = 0.999 * b[j] + 0.001 * g * g
                c[j] = max(c[j], b[j])
                w[j] -= one * a[j] / (np.sqrt(c[j] * two) + 1e-8)


HAND_WRITTEN = {"adagrad": adagrad, "rmsprop": rmsprop, "amsgrad": amsgrad}


def hand_written(name: str, X: Array, y: Array, rate: float, epochs: int, shuffle: bool = True) -> Callable[[], Array]:
    kernel, count = HAND_WRITTEN[name], len(y)

    def run() -> Array:
        rng = np.random.default_rng(0)
        orders = np.stack([rng.permutation(count) if shuffle else np.arange(count) for _ in range(epochs)])
        w, a, b, c = np.zeros((4, X.shape[1]))
        kernel(X, y, orders, w, a, b, c, rate)
        return w

    run()
    return run


def optax_scan(transformation: Any, X: Array, y: Array, epochs: int, shuffle: bool = True) -> Callable[[], Array]:
    """The whole run as one jitted program in double precision, the rows of an epoch gathered at its start."""
    import jax
    import jax.numpy as jnp
    import optax

    count = len(y)
    with jax.enable_x64(True):
        rows, targets, zeros = jnp.asarray(X), jnp.asarray(y), jnp.zeros(X.shape[1])

        def step(carry: Any, row: Any) -> Any:
            w, state = carry
            x, target = row
            updates, state = transformation.update((x @ w - target) * x, state, w)
            return (optax.apply_updates(w, updates), state), None

        @jax.jit
        def program(w: Any, key: Any) -> Any:
            def epoch(carry: Any, key: Any) -> Any:
                order = jax.random.permutation(key, count) if shuffle else jnp.arange(count)
                return jax.lax.scan(step, carry, (rows[order], targets[order]))

            return jax.lax.scan(epoch, (w, transformation.init(w)), jax.random.split(key, epochs))[0][0]

        key = jax.random.PRNGKey(0)

    def run() -> Array:
        with jax.enable_x64(True):
            return np.asarray(program(zeros, key))

    run()
    return run


def torch_loop(optimizer: str, options: dict[str, Any], X: Array, y: Array, examples: int) -> Callable[[], Array]:
    """The loop of torch's own tutorials over the first ``examples``: zero_grad, loss, backward, step."""
    import torch

    torch.set_num_threads(1)
    rows, targets = torch.from_numpy(X), torch.from_numpy(y)

    def run() -> Array:
        w = torch.zeros(rows.shape[1], dtype=torch.float64, requires_grad=True)
        method = getattr(torch.optim, optimizer)([w], **options)
        for i in range(examples):
            method.zero_grad()
            loss = 0.5 * (rows[i] @ w - targets[i]) ** 2
            loss.backward()
            method.step()
        found: Array = w.detach().numpy()
        return found

    return run
