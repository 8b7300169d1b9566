"""Runs built to stay restless at large rates: chaos, and the edge of stability."""

import numpy as np
import pytest

import steepest


def chaos(built):
    for rate in (0.62, 0.68, 0.72, 0.74):  # x^4/4 - x^2/2: odd cubic map x (1 + r) - r x^3
        yield (
            f"double well at rate {2.2 + rate:.2f}",
            "chaotic",
            lambda r=1.2 + 0.5 * rate: steepest.minimize(
                lambda w: float(0.25 * w[0] ** 4 - 0.5 * w[0] ** 2),
                [0.31],
                "gradient_descent",
                grad=lambda w: w**3 - w,
                learning_rate=r,
                max_iter=600,
            ),
        )
    for r in (3.7, 3.8, 3.9, 3.95):  # x - x^2 maps of the logistic family: 1 - rate + ...
        yield (
            f"logistic map {r}",
            "chaotic",
            lambda r=r: steepest.minimize(
                # x <- x - g(x) = r x (1 - x)
                lambda w: float(0.5 * w[0] ** 2 * (1 - r) + r * w[0] ** 3 / 3),
                [0.3],
                "gradient_descent",
                grad=lambda w: w - r * w * (1 - w),
                learning_rate=1.0,
                max_iter=500,
                grad_tol=None,
            ),
        )
    for rate in (4.2, 5.0, 5.5):  # 1 - cos x + x^2 / 20
        yield (
            f"cosine at rate {rate}",
            "chaotic",
            lambda r=rate: steepest.minimize(
                lambda w: float((1 - np.cos(2 * w) + 0.05 * w**2).sum()),
                [0.4, 1.1],
                "gradient_descent",
                grad=lambda w: 2 * np.sin(2 * w) + 0.1 * w,
                learning_rate=r,
                max_iter=600,
            ),
        )


def edges(built):
    for k in range(3):
        yield (f"a tanh network {k}", "at the edge of stability", lambda k=k: built.network(k, 1.0))


GENERATORS = [chaos, edges]


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.__name__)
def test_restless_runs_are_named(generator, built, judged):
    judged(generator(built))
