"""Textbook rates, shown by runs: gradient descent, heavy ball, Nesterov, Chebyshev steps; the worst case of Huber's.

The quadratics are ``1/2 sum lambda_i w_i^2`` with curvatures from 1 to k. Where the theory has a closed form the whole
path is held to it, so that the rate cannot be met by accident.
"""

import math

import numpy as np
import pytest

import steepest
from steepest import gallery, schedules

pytest.importorskip("jax")

ENGINES = ["python", "jax"]
CONDITIONS = [10.0, 100.0]


def path(problem, method, engine, iterations, w0=None, **fields):
    """``history.w`` (rows, n) of a run that takes exactly so many iterations."""
    run = steepest.minimize(problem, w0, method, max_iter=iterations, grad_tol=None, engine=engine, **fields)
    assert (run.engine, run.nit) == (engine, iterations)
    return run.history.w


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("k", CONDITIONS)
def test_gradient_descent_contracts_by_k_minus_1_over_k_plus_1(engine, k):
    """Y. Nesterov, "Lectures on convex optimization", 2018, theorem 2.1.15: learning_rate 2 / (1 + k)."""
    rho = (k - 1) / (k + 1)
    ends = path(
        gallery.ill_conditioned_quadratic(condition=k), "gradient_descent", engine, 60, learning_rate=2 / (1 + k)
    )
    # both ends of the spectrum are as slow as each other, so every step contracts by exactly rho
    norms = np.linalg.norm(ends, axis=1)
    np.testing.assert_allclose(norms[1:] / norms[:-1], rho, rtol=1e-12)
    inside = path(
        gallery.ill_conditioned_quadratic(n=50, condition=k), "gradient_descent", engine, 60, learning_rate=2 / (1 + k)
    )
    norms = np.linalg.norm(inside, axis=1)
    assert (norms[1:] <= rho * norms[:-1] * (1 + 1e-12)).all()
    assert norms[-1] > 0.1 * rho**60 * norms[0]
    for other in (1.9 / (1 + k), 2.05 / (1 + k)):  # no other constant rate is as good on both ends
        slower = path(
            gallery.ill_conditioned_quadratic(condition=k), "gradient_descent", engine, 60, learning_rate=other
        )
        assert np.abs(slower[-1] / slower[0]).max() > 1.05 * rho**60


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("k", CONDITIONS)
def test_heavy_ball_contracts_by_root_k_minus_1_over_root_k_plus_1(engine, k):
    """B. T. Polyak, 1964: learning_rate 4 / (1 + sqrt k)^2, momentum rho^2. Both ends of the spectrum have a double
    root +-rho, so the path is ``w_0 (1 + (1 - r) t) r^t``, r = rho at curvature 1 and -rho at curvature k."""
    root = math.sqrt(k)
    rho = (root - 1) / (root + 1)
    best = {"learning_rate": 4 / (1 + root) ** 2, "momentum": rho**2}
    w = path(gallery.ill_conditioned_quadratic(condition=k), "momentum", engine, 200, **best)
    t, r = np.arange(201)[:, None], np.array([rho, -rho])
    wanted = w[0] * (1 + (1 - r) * t) * r**t
    assert (np.abs(w - wanted) <= 1e-9 * np.abs(w[0]) * (1 + t) * rho**t).all()
    norms = np.linalg.norm(w, axis=1)
    rate = (norms[200] / norms[100]) ** (1 / 100)
    assert rho < rate < rho * 2.0 ** (1 / 100) * (1 + 1e-6)  # the factor t doubles meanwhile
    inside = np.linalg.norm(
        path(gallery.ill_conditioned_quadratic(n=50, condition=k), "momentum", engine, 200, **best), axis=1
    )
    assert inside[200] <= (1 + (1 + rho) * 200) * rho**200 * inside[0]
    assert inside[200] < 1e-3 * ((k - 1) / (k + 1)) ** 200 * inside[0]  # gradient descent's best


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("k", CONDITIONS)
@pytest.mark.parametrize("name", ["nesterov", "nesterov_lookahead"])
def test_nesterov_contracts_by_1_minus_1_over_root_k(name, engine, k):
    """Nesterov 2018, scheme 2.2.22: learning_rate 1 / k, momentum (sqrt k - 1) / (sqrt k + 1). Curvature 1 has the
    double root r = 1 - 1 / sqrt k: the path is ``w_0 (1 + t / sqrt k) r^t``; torch's form shows it a look-ahead later.
    """
    root = math.sqrt(k)
    r = 1 - 1 / root
    best = {"learning_rate": 1 / k, "momentum": (root - 1) / (root + 1)}
    w = path(gallery.ill_conditioned_quadratic(condition=k), name, engine, 200, **best)
    t = np.arange(201.0)
    if name == "nesterov":
        wanted = (1 + (t + 1) / root) * r ** (t + 1) / (1 - 1 / k)
    else:
        wanted = (1 + t / root) * r**t
    np.testing.assert_allclose(w[:, 0], w[0, 0] * wanted, rtol=1e-9)
    assert np.abs(w[2:, 1]).max() < 1e-15  # curvature k is solved by the first step
    rate = abs(w[200, 0] / w[100, 0]) ** (1 / 100)
    assert r < rate < r * 2.0 ** (1 / 100)


@pytest.mark.parametrize("k", CONDITIONS)
def test_nesterov_keeps_its_promise_for_f(k):
    """Nesterov 2018, theorem 2.2.3: f_t - f* <= (1 - 1 / sqrt k)^t (f_0 - f* + |w_0 - w*|^2 / 2)."""
    root = math.sqrt(k)
    for n in (2, 5, 50):
        problem = gallery.ill_conditioned_quadratic(n=n, condition=k)
        run = steepest.minimize(
            problem, None, "nesterov_lookahead", learning_rate=1 / k, momentum=(root - 1) / (root + 1), max_iter=150,
            grad_tol=None,
        )  # fmt: skip
        bound = (1 - 1 / root) ** np.arange(151.0) * (run.f_start + run.w0 @ run.w0 / 2)
        assert (run.history.f <= bound).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("k", "steps"), [(10.0, 8), (100.0, 16), (1000.0, 64)])
def test_chebyshev_steps_reach_the_minimax_polynomial(engine, k, steps):
    """No list of so many steps does better on all curvatures in [1, k]: the worst is left 1 / T((k+1)/(k-1))."""
    best = 1 / math.cosh(steps * math.acosh((k + 1) / (k - 1)))
    problem = gallery.ill_conditioned_quadratic(n=60, condition=k)
    w = path(
        problem, "gradient_descent", engine, 2 * steps, np.ones(60), learning_rate=schedules.Chebyshev(1.0, k, steps)
    )
    assert np.abs(w[steps]).max() == pytest.approx(best, rel=1e-8)
    assert abs(w[steps, 0]) == pytest.approx(best, rel=1e-8)  # both ends are extremal points of the polynomial
    assert abs(w[steps, -1]) == pytest.approx(best, rel=1e-6)
    assert np.abs(w[2 * steps]).max() == pytest.approx(best**2, rel=1e-7)
    constant = ((k - 1) / (k + 1)) ** steps
    assert best < 0.5 * constant


def huber(radius):
    """Curvature 4 up to ``radius``, straight beyond, of the length of w."""

    def f(w):
        length = np.sqrt((w * w).sum())
        return np.where(length <= radius, 2.0 * length**2, 4.0 * (radius * length - radius**2 / 2))

    return f


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("iterations", [1, 2, 10, 200])
@pytest.mark.parametrize("start", [np.array([3.0]), np.array([2.0, -6.0, 9.0])])
def test_on_huber_s_function_the_worst_case_of_gradient_descent_is_met(engine, iterations, start):
    """Y. Drori, M. Teboulle, "Performance of first-order methods for smooth convex minimization: a novel approach",
    Mathematical Programming 2014, theorems 3.1 and 3.2: f_N - f* <= L R^2 / (4 N + 2) for N steps of 1 / L on any
    convex function of curvature L whose minimum is R away, with equality on Huber's of threshold R / (2 N + 1)."""
    L, R = 4.0, float(np.linalg.norm(start))
    run = steepest.minimize(
        huber(R / (2 * iterations + 1)), start, "gradient_descent", learning_rate=1 / L, max_iter=iterations,
        grad_tol=None, engine=engine,
    )  # fmt: skip
    assert run.engine == engine
    assert run.f == pytest.approx(L * R**2 / (4 * iterations + 2), rel=1e-13)
    for factor in (0.7, 1.5):  # any other threshold is easier
        other = steepest.minimize(
            huber(factor * R / (2 * iterations + 1)), start, "gradient_descent", learning_rate=1 / L,
            max_iter=iterations, grad_tol=None, engine=engine,
        )  # fmt: skip
        assert other.f < 0.97 * run.f


@pytest.mark.parametrize("n", [2, 7, 50])
def test_and_no_quadratic_is_worse(n):
    for k in (1.0, 3.0, 100.0, 1e4):
        problem = gallery.ill_conditioned_quadratic(n=n, condition=k)
        run = steepest.minimize(problem, None, "gradient_descent", learning_rate=1 / k, max_iter=100, grad_tol=None)
        bound = k * (run.w0 @ run.w0) / (4 * np.arange(101) + 2)
        assert (run.history.f <= bound).all()
