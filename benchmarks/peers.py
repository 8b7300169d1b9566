"""The functions of the rows on user-written functions, and who else runs heavy ball on them, path kept: an expert's
``lax.scan``, a loop over a jitted step of optax, the article's loop. All in double precision; JAX is imported late."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import article

__all__ = ["NAMES", "Problem", "article_loop", "flat", "optax_loop", "problem", "scan"]

Array = NDArray[np.float64]
Path = tuple[Array, Array]
"""The rows of a run: w (steps + 1, n), f (steps + 1,)."""

MOMENTUM = 0.9
EXAMPLES, FEATURES, PENALTY = 500, 1_000, 1e-3
HIDDEN, CLASSES = 16, 10


class Problem(NamedTuple):
    """A function as its user writes it, and as the peers need it."""

    what: str
    f: Callable[[Any], Any]
    """Ours: the user's own, of a start of the shape of ``w0``."""
    w0: Any
    rate: float
    steps: int
    traced: Callable[[Any, Any], Any]
    """The expert's: of JAX, of w in the shape of ``w0`` and of ``data``."""
    data: tuple[Array, ...]
    value: Callable[..., Any]
    gradient: Callable[..., Any]
    """The article's: of a vector (n,) and of ``data``, in NumPy, differentiated by hand."""


# -- the functions -----------------------------------------------------------------------------------------------------


def rosenbrock() -> Problem:
    def f(w):
        return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2

    def gradient(w, _):
        bend = w[1] - w[0] * w[0]
        return np.array([-2 * (1 - w[0]) - 400 * w[0] * bend, 200 * bend])

    start = np.array([-1.2, 1.0])
    return Problem("Rosenbrock", f, start, 1e-3, 10_000, lambda w, _: f(w), (), lambda w, _: f(w), gradient)


def logistic() -> Problem:
    """Logistic regression with a ridge, written in NumPy over the data around it."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((EXAMPLES, FEATURES))
    signs = np.sign(X @ rng.standard_normal(FEATURES) / np.sqrt(FEATURES) + rng.standard_normal(EXAMPLES))

    def f(w):
        return np.mean(np.logaddexp(0.0, -signs * (X @ w))) + PENALTY / 2 * (w @ w)

    def traced(w, data):
        import jax.numpy as jnp

        X, signs = data
        return jnp.mean(jnp.logaddexp(0.0, -signs * (X @ w))) + PENALTY / 2 * (w @ w)

    def gradient(w, data):
        X, signs = data
        margins = signs * (X @ w)
        return (-signs / (1 + np.exp(margins)) / EXAMPLES) @ X + PENALTY * w

    what = f"logistic regression {EXAMPLES} x {FEATURES:,}"
    return Problem(what, f, np.zeros(FEATURES), 0.1, 500, traced, (X, signs), lambda w, _: f(w), gradient)


def network() -> Problem:
    """A hidden layer of tanh on the article's digits of all ten classes, written in jax.numpy over a dict of arrays."""
    import jax.numpy as jnp
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    X, hot = pixels[:300] / 16, np.eye(CLASSES)[labels[:300]]
    rng = np.random.default_rng(0)
    shapes = {"V": (HIDDEN, CLASSES), "W": (X.shape[1], HIDDEN), "b": (HIDDEN,), "c": (CLASSES,)}
    start = {name: rng.standard_normal(shape) / np.sqrt(shape[0]) for name, shape in shapes.items()}
    ends = np.cumsum([part.size for part in start.values()])[:-1]

    def loss(w, X, hot):
        scores = jnp.tanh(X @ w["W"] + w["b"]) @ w["V"] + w["c"]
        scores = scores - scores.max(axis=1, keepdims=True)
        return jnp.mean(jnp.log(jnp.exp(scores).sum(axis=1)) - (hot * scores).sum(axis=1))

    def f(w):
        return loss(w, X, hot)

    def forward(w, X):
        V, W, b, c = (part.reshape(shapes[name]) for part, name in zip(np.split(w, ends), shapes, strict=True))
        h = np.tanh(X @ W + b)
        scores = h @ V + c
        return V, h, scores - scores.max(axis=1, keepdims=True)

    def value(w, data):
        X, hot = data
        scores = forward(w, X)[2]
        return np.mean(np.log(np.exp(scores).sum(axis=1)) - (hot * scores).sum(axis=1))

    def gradient(w, data):
        X, hot = data
        V, h, scores = forward(w, X)
        shares = np.exp(scores)
        out = (shares / shares.sum(axis=1, keepdims=True) - hot) / len(X)
        back = (out @ V.T) * (1 - h * h)
        return np.concatenate([(h.T @ out).ravel(), (X.T @ back).ravel(), back.sum(axis=0), out.sum(axis=0)])

    what = f"network {X.shape[1]}-{HIDDEN}-{CLASSES} on {len(X)} digits"
    return Problem(what, f, start, 0.1, 500, lambda w, data: loss(w, *data), (X, hot), value, gradient)


PROBLEMS = {"rosenbrock": rosenbrock, "logistic": logistic, "network": network}
NAMES = tuple(PROBLEMS)


def problem(name: str) -> Problem:
    return PROBLEMS[name]()


def flat(w: Any) -> Array:
    """``w`` as a vector, in the order of the names, which is JAX's too."""
    return np.concatenate([w[name].ravel() for name in sorted(w)]) if isinstance(w, dict) else w


# -- the peers ---------------------------------------------------------------------------------------------------------


def scan(given: Problem) -> Callable[[], Path]:
    """A run as one compiled program: value and gradient together, the rows as outputs, the data moved once."""
    import jax
    from jax.flatten_util import ravel_pytree

    with jax.enable_x64(True):
        w0, unravel = ravel_pytree(given.w0)
        data = jax.tree_util.tree_map(jax.numpy.asarray, given.data)

        @jax.jit
        def program(w0, data, rate, momentum):
            value_and_grad = jax.value_and_grad(lambda w: given.traced(unravel(w), data))

            def row(carry, _):
                w, v = carry
                f, g = value_and_grad(w)
                v = momentum * v - rate * g
                return (w + v, v), (w, f)

            return jax.lax.scan(row, (w0, jax.numpy.zeros_like(w0)), None, length=given.steps + 1)[1]

    def run():
        with jax.enable_x64(True):
            w, f = program(w0, data, given.rate, MOMENTUM)
            return np.asarray(w), np.asarray(f)

    return run


def optax_loop(given: Problem) -> Callable[[], Path]:
    """A Python loop over a jitted step, which gives its state away to be written over; the rows are kept where they
    are and come to NumPy in the end."""
    import jax
    import optax
    from jax.flatten_util import ravel_pytree

    rule = optax.sgd(given.rate, momentum=MOMENTUM)
    with jax.enable_x64(True):
        w0, unravel = ravel_pytree(given.w0)
        data = jax.tree_util.tree_map(jax.numpy.asarray, given.data)

        def step(w, state, data):
            f, g = jax.value_and_grad(lambda w: given.traced(unravel(w), data))(w)
            updates, state = rule.update(g, state, w)
            return optax.apply_updates(w, updates), state, f

        compiled = jax.jit(step, donate_argnums=1)

    def run():
        with jax.enable_x64(True):
            w, state, path, values = w0, rule.init(w0), [], []
            for _ in range(given.steps + 1):
                path.append(w)
                w, state, f = compiled(w, state, data)
                values.append(f)
            return np.array([np.asarray(w) for w in path]), np.array([np.asarray(f) for f in values])

    return run


def article_loop(given: Problem) -> Callable[[], Path]:
    """The article's loop over the function and the gradient in NumPy."""
    w0 = flat(given.w0)

    def run():
        w, f = article.full_batch(given.steps, w0, given.value, given.gradient, given.data, given.rate, MOMENTUM)
        return w, f.ravel()

    return run
