"""Runs that were built to come to rest: at a minimum, a saddle, on a plateau, in the wrong basin."""

import numpy as np
import pytest

import steepest


def converged(built):
    for k in range(10):
        method = ["gradient_descent", "momentum", "nesterov"][k % 3]
        c = np.geomspace(1, [5, 20, 80][k % 3], 2 + k)
        yield (
            f"quadratic {k} {method}",
            "converged",
            lambda k=k, c=c, m=method: built.run(k, c, m, 0.4, grad_tol=1e-6 if k % 2 else None, max_iter=3000),
        )
    for name in ("sphere", "booth", "matyas", "rosenbrock", "trid", "zakharov", "beale"):
        yield (name, "converged", lambda name=name: steepest.minimize(steepest.gallery.find(name)()))
    for method in ("adam", "lbfgs", "barzilai_borwein", "conjugate_gradient", "rmsprop"):
        rate = {"learning_rate": 0.05} if method == "adam" else {"learning_rate": 1e-3} if method == "rmsprop" else {}
        if method == "rmsprop":
            continue
        f, g, w0 = built.quadratic(np.random.default_rng(40), [1, 3, 9])
        yield (method, "converged", lambda f=f, g=g, w0=w0, m=method, r=rate: steepest.minimize(f, w0, m, grad=g, **r))
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((80, 4)), rng.standard_normal(80)
    yield ("least squares", "converged", lambda: steepest.minimize(steepest.LinearModel(X, y)))
    yield (
        "interpolation by single rows",
        "converged",
        lambda: steepest.minimize(
            steepest.LinearModel(X[:, :3], X[:, :3] @ [1.0, -2.0, 0.5]), batch_size=1, max_iter=200
        ),
    )
    labels = (X @ [1, 1, 0, 0] + rng.standard_normal(80) > 0).astype(int)
    model = steepest.LinearModel(X, labels, loss="log_loss", penalty="l2", alpha=0.1)
    yield ("logistic", "converged", lambda: steepest.minimize(model))
    yield ("lasso", "converged", lambda: steepest.minimize(steepest.LinearModel(X, y, penalty="l1", alpha=0.2)))
    yield (
        "maximize",
        "converged",
        lambda: steepest.minimize(lambda w: -float(w @ w), [1.0, 2.0], grad=lambda w: -2 * w, maximize=True),
    )
    yield (
        "at its bounds",
        "converged",
        lambda: steepest.minimize(steepest.gallery.sphere(), [2.0, 3.0], bounds=steepest.Box(1, 4)),
    )
    yield ("one variable", "converged", lambda: steepest.minimize("x^4 + x^2 - x", [2.0]))
    yield ("no iteration", "converged", lambda: steepest.minimize(steepest.gallery.sphere(), [0.0, 0.0]))


def saddles(built):
    yield (
        "saddle",
        "at a saddle",
        lambda: steepest.minimize(steepest.gallery.saddle(), [1.0, 0.0], "gradient_descent", learning_rate=0.1),
    )
    yield (
        "monkey saddle",
        "at a saddle",
        lambda: steepest.minimize(steepest.gallery.monkey_saddle(), [1.0, 0.0], "gradient_descent", learning_rate=0.05),
    )
    for k in range(6):
        rng = np.random.default_rng(500 + k)
        n = 2 + k
        up = rng.uniform(0.5, 3.0, n)
        sign = np.where(np.arange(n) < 1 + k % 2, -1.0, 1.0)
        if n <= 1 + k % 2:
            continue

        # sum of (s c w^2 / 2 + w^4 / 4): minima off the axes, a saddle at 0 that is reached with w = 0 where s < 0
        def f(w, c=up * sign):
            return float((0.5 * c * w**2 + 0.25 * w**4).sum())

        def g(w, c=up * sign):
            return c * w + w**3

        start = np.where(sign > 0, rng.uniform(0.5, 1.5, n), 0.0)
        method = ["gradient_descent", "momentum", "nesterov"][k % 3]
        yield (
            f"double wells in {n} variables, {method}",
            "at a saddle",
            lambda f=f, g=g, s=start, m=method: steepest.minimize(f, s, m, grad=g, learning_rate=0.1),
        )
    for k, w0 in enumerate(([0.0, 0.0], [1.0, -1.0], [0.5, -0.5])):  # (1 - x y)^2: a saddle at 0 for x = -y
        yield (
            f"product {k}",
            "at a saddle",
            lambda w0=w0: steepest.minimize(
                lambda w: 0.5 * (1 - w[0] * w[1]) ** 2,
                w0,
                "gradient_descent",
                grad=lambda w: -(1 - w[0] * w[1]) * np.array([w[1], w[0]]),
                learning_rate=0.1,
            ),
        )
    yield (
        "a maximum",
        "at a saddle",
        lambda: steepest.minimize(lambda w: float(np.cos(w).sum()), [0.0, 0.0], grad=lambda w: -np.sin(w)),
    )
    yield (
        "cos x + y^2",
        "at a saddle",
        lambda: steepest.minimize(
            lambda w: float(np.cos(w[0]) + w[1] ** 2),
            [0.0, 1.0],
            grad=lambda w: np.array([-np.sin(w[0]), 2 * w[1]]),
            learning_rate=0.05,
        ),
    )
    yield (
        "climbing to a saddle",
        "at a saddle",
        lambda: steepest.minimize(
            lambda w: float(w[0] ** 2 - w[1] ** 2 - w[0] ** 4),
            [0.0, 1.0],
            grad=lambda w: np.array([2 * w[0] - 4 * w[0] ** 3, -2 * w[1]]),
            learning_rate=0.1,
            maximize=True,
        ),
    )


def plateaus(built):
    for k, w0 in enumerate(([8.0, 8.0], [-5.0, 0.0], [10.0, 3.0])):
        yield (
            f"easom {k}",
            "on a plateau",
            lambda w0=w0: steepest.minimize(steepest.gallery.easom(), w0, learning_rate=0.1),
        )
    for k, x in enumerate((9.0, 12.0, -15.0)):
        yield (
            f"tanh^2 {k}",
            "on a plateau",
            lambda x=x: steepest.minimize(
                lambda w: float(np.tanh(w[0]) ** 2),
                [x],
                grad=lambda w: 2 * np.tanh(w) / np.cosh(w) ** 2,
                learning_rate=0.5,
                max_iter=300,
            ),
        )
    for width in (0.5, 1.0, 2.0):
        yield (
            f"a well of width {width}",
            "on a plateau",
            lambda s=width: steepest.minimize(
                lambda w: -float(np.exp(-0.5 * (w @ w) / s**2)),
                [6.5 * s, 1.0 * s],
                grad=lambda w: w / s**2 * np.exp(-0.5 * (w @ w) / s**2),
                learning_rate=0.1 * s**2,
                max_iter=500,
            ),
        )
    rng = np.random.default_rng(6)
    X = rng.normal([3.0, 2.0], 1.0, (40, 2))

    def neuron(w):
        return float(0.5 * ((1 / (1 + np.exp(-X @ w))) ** 2).mean())

    def slope(w):
        s = 1 / (1 + np.exp(-X @ w))
        return np.asarray(X.T @ (s * s * (1 - s)) / len(X))

    for k, size in enumerate((25.0, 40.0)):
        yield (
            f"a saturated neuron {k}",
            "on a plateau",
            lambda s=size: steepest.minimize(neuron, [s, s], grad=slope, learning_rate=0.5, max_iter=200),
        )


def local_minima(built):
    for k, tilt in enumerate((0.1, 0.2, 0.3)):

        def f(w, t=tilt):
            return float((w[0] ** 2 - 1) ** 2 + t * w[0] + (w[1:] ** 2).sum())

        def g(w, t=tilt):
            out = 2 * w
            out[0] = 4 * w[0] * (w[0] ** 2 - 1) + t
            return out

        def run(x, f=f, g=g, n=1 + k):
            return steepest.minimize(f, np.r_[x, np.ones(n - 1)], grad=g, learning_rate=0.02)

        yield (
            f"a tilted double well {k}",
            "in a local minimum",
            lambda run=run: run(1.5),
            lambda run=run: [run(-1.5), run(0.8)],
        )
    for name, w0 in (
        ("rastrigin", [2.1, 1.1]),
        ("styblinski_tang", [2.5, 2.5]),
        ("ackley", [5.2, 4.1]),
        ("camel_six_hump", [1.7, 0.8]),
        ("camel_three_hump", [1.8, -0.9]),
        ("levy", [-5.0, 4.0]),
        ("schwefel", [200.0, 200.0]),
        ("griewank", [12.0, 9.0]),
    ):
        rate = {"schwefel": 0.5, "griewank": 0.5, "ackley": 0.01}.get(name)
        more = {} if rate is None else {"learning_rate": rate}
        yield (
            name,
            "in a local minimum",
            lambda name=name, w0=w0, more=more: steepest.minimize(
                steepest.gallery.find(name)(), w0, "gradient_descent", **more
            ),
        )


GENERATORS = [converged, saddles, plateaus, local_minima]


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.__name__)
def test_runs_at_rest_are_named(generator, built, judged):
    judged(generator(built))
