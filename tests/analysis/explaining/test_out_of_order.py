"""Runs in which something was built wrong: the gradient, the rate, the sense, the domain."""

import numpy as np
import pytest

import steepest


def diverging(built):
    for k, part in enumerate((1.02, 1.05, 1.2, 1.5, 2.0, 5.0, 20.0, 1.1, 1.03)):
        method = ["gradient_descent", "momentum", "nesterov"][k % 3]
        yield (
            f"{method} at {part} of its limit",
            "diverging",
            lambda k=k, p=part, m=method: built.run(
                300 + k, np.geomspace(1, 30, 2 + k), m, p, max_iter=[60, 2000][k % 2]
            ),
        )
    for k, rate in enumerate((1.0, 3.0)):
        yield (
            f"x^4 {k}",
            "diverging",
            lambda r=rate: steepest.minimize(
                lambda w: float((w**4).sum()), [1.0, 2.0], "gradient_descent", grad=lambda w: 4 * w**3, learning_rate=r
            ),
        )
    yield ("rosenbrock", "diverging", lambda: steepest.minimize(steepest.gallery.rosenbrock(), learning_rate=0.01))
    rng = np.random.default_rng(1)
    X = 10 * rng.standard_normal((60, 3))
    y = rng.standard_normal(60)
    yield ("least squares", "diverging", lambda: steepest.minimize(steepest.LinearModel(X, y), learning_rate=0.5))
    yield (
        "single rows",
        "diverging",
        lambda: steepest.minimize(
            steepest.LinearModel(X, y), method="gradient_descent", learning_rate=0.5, batch_size=1
        ),
    )
    yield (
        "climbing",
        "diverging",
        lambda: steepest.minimize(
            lambda w: -float(w @ w),
            [3.0, 1.0],
            "gradient_descent",
            grad=lambda w: -2 * w,
            learning_rate=1.3,
            maximize=True,
        ),
    )
    yield (
        "cosh",
        "diverging",
        lambda: steepest.minimize(
            lambda w: float(np.cosh(w).sum()), [3.0], "gradient_descent", grad=np.sinh, learning_rate=2.0
        ),
    )


def wrong_gradients(built):
    for k in range(6):
        f, g, w0 = built.quadratic(np.random.default_rng(600 + k), np.linspace(1, 4, 2 + k))
        wrong = [
            ("sign", lambda w, g=g: -g(w)),
            ("twice", lambda w, g=g: 2 * g(w)),
            ("half", lambda w, g=g: 0.5 * g(w)),
            ("swapped", lambda w, g=g: np.r_[g(w)[1], g(w)[0], g(w)[2:]]),
            ("one sign", lambda w, g=g: np.r_[-g(w)[0], g(w)[1:]]),
            ("one left out", lambda w, g=g: np.r_[g(w)[:-1], 0.0]),
        ]
        for name, bad in wrong[k % 3 :: 3] if k < 4 else wrong[k % 2 :: 2]:
            yield (
                f"{name}, {2 + k} variables",
                "wrong gradient",
                lambda f=f, b=bad, w0=w0: steepest.minimize(
                    f, w0, "gradient_descent", grad=b, learning_rate=0.05, max_iter=200
                ),
            )
    rosenbrock = steepest.gallery.rosenbrock()

    def forgotten(w):
        return np.array([-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 100 * (w[1] - w[0] ** 2)])

    yield (
        "a forgotten 2",
        "wrong gradient",
        lambda: steepest.minimize(
            rosenbrock.value, [-1.2, 1.0], "gradient_descent", grad=forgotten, learning_rate=1e-3, max_iter=500
        ),
    )
    yield (
        "climbing by the wrong sign",
        "wrong gradient",
        lambda: steepest.minimize(
            lambda w: -float(w @ w),
            [1.0, 2.0],
            "gradient_descent",
            grad=lambda w: 2 * w,
            learning_rate=0.01,
            maximize=True,
            max_iter=100,
        ),
    )
    rng = np.random.default_rng(4)
    X = rng.standard_normal((50, 20))
    y = rng.standard_normal(50)
    yield (
        "20 variables, a residual's sign",
        "wrong gradient",
        lambda: steepest.minimize(
            lambda w: 0.5 * float(((X @ w - y) ** 2).mean()),
            np.ones(20),
            "gradient_descent",
            grad=lambda w: X.T @ (y - X @ w) / 50,
            learning_rate=0.01,
            max_iter=100,
        ),
    )


def unbounded(built):
    for rate in (0.01, 0.1, 0.5):
        yield (
            f"-x^2 at {rate}",
            "unbounded",
            lambda r=rate: steepest.minimize(
                lambda w: -float(w @ w), [1.0, 0.5], "gradient_descent", grad=lambda w: -2 * w, learning_rate=r
            ),
        )
    yield (
        "a plane",
        "unbounded",
        lambda: steepest.minimize(
            lambda w: float(w[0] + 2 * w[1]), [0.0, 0.0], grad=lambda w: np.array([1.0, 2.0]), learning_rate=1.0
        ),
    )
    yield (
        "a plane, few rows",
        "unbounded",
        lambda: steepest.minimize(
            lambda w: float(w[0] + 2 * w[1]),
            [0.0, 0.0],
            "gradient_descent",
            grad=lambda w: np.array([1.0, 2.0]),
            learning_rate=0.1,
            max_iter=200,
        ),
    )
    yield (
        "saddle off its axis",
        "unbounded",
        lambda: steepest.minimize(steepest.gallery.saddle(), [1.0, 0.1], "gradient_descent", learning_rate=0.1),
    )
    yield (
        "x^3",
        "unbounded",
        lambda: steepest.minimize(
            lambda w: float(w[0] ** 3), [-0.5], "gradient_descent", grad=lambda w: 3 * w * w, learning_rate=0.01
        ),
    )
    yield (
        "climbing a bowl",
        "unbounded",
        lambda: steepest.minimize(
            lambda w: float(w @ w),
            [1.0, 0.5],
            "gradient_descent",
            grad=lambda w: 2 * w,
            learning_rate=0.1,
            maximize=True,
        ),
    )
    for k in range(4):
        rng = np.random.default_rng(700 + k)
        c = np.r_[rng.uniform(0.5, 2, 2 + k), -rng.uniform(0.1, 1)]
        f, g, w0 = built.quadratic(rng, c)
        yield (
            f"one negative curvature {k}",
            "unbounded",
            lambda f=f, g=g, w0=w0: steepest.minimize(
                f, w0, ["gradient_descent", "momentum"][len(w0) % 2], grad=g, learning_rate=0.1
            ),
        )


def out_of_domain(built):
    def log_value(w):
        return float((w - np.log(w)).sum())

    for rate in (0.6, 2.0, 5.0):
        yield (
            f"x - log x at {rate}",
            "out of domain",
            lambda r=rate: steepest.minimize(
                log_value, [6.0, 0.9], "gradient_descent", grad=lambda w: 1 - 1 / w, learning_rate=r + 6
            ),
        )
    yield (
        "sqrt",
        "out of domain",
        lambda: steepest.minimize(
            lambda w: float(np.sqrt(w).sum()),
            [1.0],
            "gradient_descent",
            grad=lambda w: 0.5 / np.sqrt(w),
            learning_rate=0.3,
        ),
    )
    yield (
        "x log x - 3 x",
        "out of domain",
        lambda: steepest.minimize(
            lambda w: float((w * np.log(w) + 2 * w).sum()),
            [1.0],
            "gradient_descent",
            grad=lambda w: np.log(w) + 3,
            learning_rate=0.4,
        ),
    )
    yield (
        "arcsin",
        "out of domain",
        lambda: steepest.minimize(
            lambda w: float(np.arcsin(w).sum()),
            [0.5],
            "gradient_descent",
            grad=lambda w: 1 / np.sqrt(1 - w * w),
            learning_rate=0.2,
        ),
    )


GENERATORS = [diverging, wrong_gradients, unbounded, out_of_domain]


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.__name__)
def test_runs_out_of_order_are_named(generator, built, judged):
    judged(generator(built))
