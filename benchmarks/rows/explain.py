"""What ``run.explain()`` takes beyond the curvature that it uses: a heavy ball on the digits, and a tanh network of
JAX, their curvature worked out before."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import steepest

from ..digits import MOMENTUM, RATE, load
from ..harness import EXCESS, Row, busy_seconds_of, installed, not_installed, paired

HIDDEN, ROWS, SHARP = 20, 200, 0.15
"""Of the network, and its learning rate, which takes it to the edge of stability."""


def rows(quick: bool) -> Iterator[Row]:
    data = load()
    run = steepest.minimize(
        data.model, data.w0, "momentum", learning_rate=RATE, momentum=MOMENTUM, max_iter=300, grad_tol=None
    )
    yield row("a heavy ball on digits 0/1", run, quick)
    if installed("jax"):
        yield row("a tanh network on digits, 1,530 weights", network(50 if quick else 1000), quick)
    else:
        yield not_installed("explain, a tanh network on digits", "curvature of it", "jax")


def row(what: str, run: Any, quick: bool) -> Row:
    def curvature() -> Any:
        return steepest.curvature(run, eigenvalues=False)

    verdict = run.explain().verdict
    seconds = paired(busy_seconds_of(run.explain), busy_seconds_of(curvature), 2 if quick else 5)
    return Row(f"explain, {what}", "curvature at its end", seconds, EXCESS, 1.0, note=f"verdict: {verdict}")


def network(iterations: int) -> Any:
    import jax.numpy as jnp
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X, wanted = X[:ROWS] / 16, np.eye(10)[y[:ROWS]]
    rng = np.random.default_rng(0)
    start = {
        "W": rng.standard_normal((64, HIDDEN)) / 8, "b": np.zeros(HIDDEN),
        "V": rng.standard_normal((HIDDEN, 10)) / HIDDEN**0.5, "c": np.zeros(10),
    }  # fmt: skip

    def loss(p: Any) -> Any:
        out = jnp.tanh(X @ p["W"] + p["b"]) @ p["V"] + p["c"]
        return 0.5 * ((out - wanted) ** 2).sum(axis=1).mean()

    return steepest.minimize(
        loss, start, "gradient_descent", learning_rate=SHARP, max_iter=iterations, grad_tol=None, progress=False
    )
