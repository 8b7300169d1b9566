"""Runs that were built not to come to rest, though nothing is wrong with them but their learning rate."""

import numpy as np
import pytest

import steepest


def crawling(built):
    for k, part in enumerate(np.geomspace(2e-2, 1e-5, 9)):
        method = ["gradient_descent", "momentum", "nesterov"][k % 3]
        yield (
            f"rate {part:.1g} of the limit, {method}",
            "crawling",
            lambda k=k, p=part, m=method: built.run(
                k, np.geomspace(1, 8, 3 + k), m, p * (0.05 if m != "gradient_descent" else 1), max_iter=150
            ),
        )
    for k, condition in enumerate((1e4, 1e5, 1e6, 1e7, 3e4, 1e5)):
        method, part = [("gradient_descent", 0.5), ("momentum", 0.3), ("nesterov", 0.5)][k % 3]
        yield (
            f"condition {condition:.0e}, {method}",
            "crawling",
            lambda k=k, c=condition, m=method, p=part: built.run(90 + k, np.geomspace(1, c, 4), m, p, max_iter=400),
        )
    for k in range(3):
        f, g, w0 = built.quadratic(np.random.default_rng(70 + k), [1, 2, 5])
        yield (
            f"adam {k}",
            "crawling",
            lambda f=f, g=g, w0=w0, k=k: steepest.minimize(
                f, w0, "adam", grad=g, learning_rate=10.0 ** -(4 + k), max_iter=300
            ),
        )
    yield (
        "rosenbrock",
        "crawling",
        lambda: steepest.minimize(
            steepest.gallery.rosenbrock(), method="gradient_descent", learning_rate=1e-5, max_iter=3000
        ),
    )
    rng = np.random.default_rng(8)
    X = rng.standard_normal((100, 3))
    y = X @ [1.0, 2.0, 3.0] + 0.1 * rng.standard_normal(100)
    for batch in (1, 10):
        yield (
            f"stochastic, batches of {batch}",
            "crawling",
            lambda b=batch: steepest.minimize(
                steepest.LinearModel(X, y), method="gradient_descent", learning_rate=1e-6, batch_size=b, max_iter=30
            ),
        )
    yield (
        "x^4 from afar",
        "crawling",
        lambda: steepest.minimize(
            lambda w: float((w**4).sum()),
            [1.0, 1.0],
            "gradient_descent",
            grad=lambda w: 4 * w**3,
            learning_rate=1e-3,
            max_iter=500,
        ),
    )
    yield (
        "climbing",
        "crawling",
        lambda: steepest.minimize(
            lambda w: -float(w @ w),
            [3.0, 1.0],
            "gradient_descent",
            grad=lambda w: -2 * w,
            learning_rate=1e-4,
            maximize=True,
            max_iter=200,
        ),
    )


def ringing(built):
    for k, part in enumerate((0.97, 0.985, 0.99, 0.995, 0.999, 0.9995)):
        yield (
            f"descent at {part} of the limit",
            "ringing",
            lambda k=k, p=part: built.run(200 + k, np.geomspace(1, 10, 2 + k), "gradient_descent", p, max_iter=120),
        )
    for k, momentum in enumerate((0.98, 0.99, 0.995, 0.999, 0.99, 0.995)):
        yield (
            f"momentum {momentum}",
            "ringing",
            lambda k=k, b=momentum: built.run(
                210 + k, np.geomspace(1, 6, 2 + k), "momentum", [0.1, 0.5, 0.8][k % 3], b, max_iter=200
            ),
        )
    for k, part in enumerate((0.98, 0.99, 0.995)):
        yield (
            f"nesterov at {part} of the limit",
            "ringing",
            lambda k=k, p=part: built.run(220 + k, [1, 2, 4], "nesterov", p, 0.8, max_iter=100),
        )
    for rate in (2.5, 4.0, 8.0):  # steps of sqrt(1 + x^2) grow no longer than the rate: a cycle of two
        yield (
            f"a cycle at rate {rate}",
            "ringing",
            lambda r=rate: steepest.minimize(
                lambda w: float(np.sqrt(1 + w[0] ** 2)),
                [0.3],
                "gradient_descent",
                grad=lambda w: w / np.sqrt(1 + w * w),
                learning_rate=r,
                max_iter=300,
            ),
        )
    for n in (1, 3):
        yield (
            f"|x|, {n} variables",
            "ringing",
            lambda n=n: steepest.minimize(
                lambda w: float(np.abs(w).sum()),
                np.full(n, 1.03),
                "gradient_descent",
                grad=np.sign,
                learning_rate=0.1,
                max_iter=200,
            ),
        )
    f, g, w0 = built.quadratic(np.random.default_rng(5), [1, 3])
    yield ("signsgd", "ringing", lambda: steepest.minimize(f, w0, "signsgd", grad=g, learning_rate=0.07, max_iter=200))


def noise(built):
    for k in range(12):
        rng = np.random.default_rng(400 + k)
        X = rng.standard_normal((60 + 10 * k, 2 + k % 4)) * ([1.0, 3.0][k % 2])
        y = X @ rng.standard_normal(X.shape[1]) + rng.standard_normal(len(X))
        sampling = ["shuffle", "replacement", "shuffle", "sequential"][k % 4]
        rate = [0.1, 0.3][k % 2 == 0] / (X**2).sum(axis=1).max()
        method = ["gradient_descent", "momentum"][k // 6]
        yield (
            f"least squares {k}, {sampling}, {method}",
            "in a noise ball",
            lambda X=X, y=y, s=sampling, r=rate, m=method, k=k: steepest.minimize(
                steepest.LinearModel(X, y),
                method=m,
                learning_rate=r,
                batch_size=[1, 4][k % 3 == 0],
                sampling=s,
                max_iter=150,
                seed=k,
            ),
        )
    X, y = built.digits()
    for rate in (3e-5, 1e-4, 2e-4):
        yield (
            f"digits at {rate}",
            "in a noise ball",
            lambda r=rate: steepest.minimize(
                steepest.LinearModel(X, y),
                method="gradient_descent",
                learning_rate=r,
                batch_size=1,
                sampling="replacement",
                max_iter=300,
            ),
        )
    f, g, w0 = built.quadratic(np.random.default_rng(9), [1, 4])
    for size in (0.1, 1.0):
        yield (
            f"noise {size} added",
            "in a noise ball",
            lambda s=size: steepest.minimize(
                f, w0, "gradient_descent", grad=g, learning_rate=0.1, gradient_noise=s, max_iter=400, grad_tol=None
            ),
        )
    rng = np.random.default_rng(77)
    Z = rng.standard_normal((90, 3))
    t = (Z @ [1, -1, 0.5] + rng.standard_normal(90) > 0).astype(int)
    for rate in (0.3, 1.0):
        yield (
            f"logistic at {rate}",
            "in a noise ball",
            lambda r=rate: steepest.minimize(
                steepest.LinearModel(Z, t, loss="log_loss"),
                method="gradient_descent",
                learning_rate=r,
                batch_size=2,
                max_iter=150,
            ),
        )


def still_falling(built):
    for k, condition in enumerate((5, 10, 20, 40)):
        method = ["gradient_descent", "momentum", "nesterov", "gradient_descent"][k]
        part = {"gradient_descent": 0.75, "momentum": 0.02, "nesterov": 0.25}[method]
        momentum = {"momentum": 0.5, "nesterov": 0.3}.get(method, 0.0)
        if method == "momentum":
            part = 0.4
        yield (
            f"{method}, condition {condition}",
            "still falling",
            lambda k=k, c=condition, m=method, p=part, b=momentum: built.run(
                800 + k, np.geomspace(1, c, 3), m, p, b, max_iter=2 * c
            ),
        )
    yield (
        "beale",
        "still falling",
        lambda: steepest.minimize(steepest.gallery.beale(), method="gradient_descent", max_iter=300),
    )
    rng = np.random.default_rng(31)
    X, y = rng.standard_normal((80, 3)), rng.standard_normal(80)
    yield (
        "least squares",
        "still falling",
        lambda: steepest.minimize(steepest.LinearModel(X, y), method="gradient_descent", max_iter=6),
    )


GENERATORS = [crawling, ringing, noise, still_falling]


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.__name__)
def test_runs_on_the_way_are_named(generator, built, judged):
    judged(generator(built))
