"""Who else makes a thousand runs at once: an expert's vmapped scans in JAX, scikit-learn's SGD in joblib's processes,
the plain loop over least squares. Double precision; the peers are imported late."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["least_squares_loop", "least_squares_vmapped", "rosenbrock_paths", "sgd_processes", "sgd_vmapped"]

Array = NDArray[np.float64]


def sgd_vmapped(X: Array, y: Array, epochs: int, shuffle: bool = True) -> Callable[[Array, Array], tuple[Array, Array]]:
    """``run(rates, momenta)`` (runs,): heavy ball one example at a time, half the sum of squared errors, from zeros.
    Gives w (runs, columns) and f of every epoch (runs, epochs). One jitted program: the rows of an epoch are gathered
    at its start, once for all runs, and its end is one product with X."""
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        X, y = jnp.asarray(X), jnp.asarray(y)  # type: ignore[assignment]
        keys = jax.random.split(jax.random.PRNGKey(0), epochs)

        def one(rate: Any, momentum: Any, orders: Any) -> Any:
            def step(carry: Any, row: Any) -> Any:
                w, v = carry
                x, target = row
                v = momentum * v - rate * (x @ w - target) * x
                return (w + v, v), None

            def epoch(carry: Any, order: Any) -> Any:
                carry, _ = jax.lax.scan(step, carry, (X[order], y[order]))
                return carry, 0.5 * ((X @ carry[0] - y) ** 2).sum()

            zeros = jnp.zeros(X.shape[1])
            (w, _), f = jax.lax.scan(epoch, (zeros, zeros), orders)
            return w, f

        @jax.jit
        def program(rates: Any, momenta: Any) -> Any:
            count = X.shape[0]
            draw = lambda key: jax.random.permutation(key, count) if shuffle else jnp.arange(count)  # noqa: E731
            return jax.vmap(one, in_axes=(0, 0, None))(rates, momenta, jax.vmap(draw)(keys))

    def run(rates: Array, momenta: Array) -> tuple[Array, Array]:
        with jax.enable_x64(True):
            w, f = program(rates, momenta)
            return np.asarray(w), np.asarray(f)

    return run


def sgd_processes(X: Array, y: Array, epochs: int, processes: int) -> Callable[[Sequence[float]], list[Array]]:
    """``run(rates)``: a fit of SGDRegressor for each rate, without momentum, which it has not."""
    from joblib import Parallel, delayed
    from sklearn.linear_model import SGDRegressor

    def fit(rate: float) -> Array:
        model = SGDRegressor(
            loss="squared_error", penalty=None, learning_rate="constant", eta0=rate, max_iter=epochs, tol=None,
            fit_intercept=False,
        )  # fmt: skip
        return np.asarray(model.fit(X, y).coef_)

    def run(rates: Sequence[float]) -> list[Array]:
        return list(Parallel(n_jobs=processes)(delayed(fit)(float(rate)) for rate in rates))

    return run


def rosenbrock_paths(steps: int) -> Callable[[Array, Array, Array], tuple[Array, Array]]:
    """``run(w0, rates, momenta)``: heavy ball, all paths in one jitted vmap of a scan; w (runs, steps + 1, 2), f."""
    import jax
    import jax.numpy as jnp

    def f(w: Any) -> Any:
        return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2

    def path(w0: Any, rate: Any, momentum: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            w, v = carry
            value, g = jax.value_and_grad(f)(w)
            v = momentum * v - rate * g
            return (w + v, v), (w, value)

        return jax.lax.scan(step, (w0, jnp.zeros(2)), None, length=steps + 1)[1]

    program = jax.jit(jax.vmap(path, in_axes=(None, 0, 0)))

    def run(w0: Array, rates: Array, momenta: Array) -> tuple[Array, Array]:
        with jax.enable_x64(True):
            w, value = program(w0, rates, momenta)
            return np.asarray(w), np.asarray(value)

    return run


def least_squares_loop(X: Array, y: Array, rate: float, momentum: float, steps: int) -> Array:
    """Heavy ball on the mean of half the squared errors as anybody writes it: two products with X a step."""
    w, v = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for _ in range(steps):
        v = momentum * v - rate * (X.T @ (X @ w - y)) / len(y)
        w = w + v
    return w


def least_squares_vmapped(X: Array, y: Array, steps: int) -> Callable[[Array, Array], Array]:
    """``run(rates, momenta)`` (runs,): the same from zeros, all runs in one jitted program; w (runs, columns)."""
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        X, y = jnp.asarray(X), jnp.asarray(y)  # type: ignore[assignment]

    def path(rate: Any, momentum: Any, X: Any, y: Any) -> Any:
        def step(_: Any, carry: Any) -> Any:
            w, v = carry
            v = momentum * v - rate * (X.T @ (X @ w - y)) / len(y)
            return w + v, v

        zeros = jnp.zeros(X.shape[1])
        return jax.lax.fori_loop(0, steps, step, (zeros, zeros))[0]

    program = jax.jit(jax.vmap(path, in_axes=(0, 0, None, None)))

    def run(rates: Array, momenta: Array) -> Array:
        with jax.enable_x64(True):
            return np.asarray(program(rates, momenta, X, y))

    return run
