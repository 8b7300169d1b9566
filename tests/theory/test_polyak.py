"""The Polyak step on convex functions, by its own theory: no step leads away from a minimizer; how fast f falls.

The functions are sums ``sum phi(a_i'(w - w*))`` with a convex phi that is least, 0, at 0: their minimum is known to be
0, at w*, whatever the a_i.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import Polyak

PHI = {
    "square": (lambda r: r**2 / 2, lambda r: r),
    "fourth power": (lambda r: r**4, lambda r: 4 * r**3),
    "huber": (lambda r: np.where(abs(r) < 1, r**2 / 2, abs(r) - 0.5), lambda r: np.clip(r, -1, 1)),
    "log cosh": (lambda r: np.log1p(2 * np.sinh(r / 2) ** 2), np.tanh),
    "absolute value": (abs, np.sign),
    "hinge": (lambda r: np.maximum(r, 0), lambda r: (r > 0) * 1.0),
}
"""Value and (sub)gradient of phi."""


def case(phi, seed, n, rows):
    """``(f, gradient, w*, w0)``; the a_i of sizes 0.1 to 10."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(rows, n)) * 10.0 ** rng.uniform(-1, 1, size=(rows, 1))
    least, start = rng.normal(size=n), 3 * rng.normal(size=n)
    value, slope = PHI[phi]
    return lambda w: float(value(A @ (w - least)).sum()), lambda w: A.T @ slope(A @ (w - least)), least, start


def walk(f, gradient, w, rule, steps):
    """(steps + 1, n) rows."""
    rows = [w]
    for t in range(1, steps + 1):
        step, _ = rule.step(w, f(w), gradient(w), (), float(t), xp)
        w = w + step
        rows.append(w)
    return np.array(rows)


@pytest.mark.parametrize("phi", PHI)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6), rows=st.integers(1, 10), most=st.sampled_from([1e38, 0.01]))
def test_no_step_leads_away_from_the_minimizer(phi, seed, n, rows, most):
    """Polyak 1987, section 5.3: |w - w*|^2 falls by at least rate (2 (f - f*) - rate |g|^2), which is (f - f*)^2 /
    |g|^2 where no bound is met. More rows than variables or fewer: with fewer the minimizers are a plane."""
    f, gradient, least, start = case(phi, seed, n, rows)
    path = walk(f, gradient, start, Polyak(0.0, most), 60)
    distances = ((path - least) ** 2).sum(axis=1)
    for before, after, w in zip(distances[:-1], distances[1:], path[:-1], strict=True):
        square = (gradient(w) ** 2).sum()
        rate = min(f(w) / square, most) if square > 0 else 0.0
        assert after <= before - rate * (2 * f(w) - rate * square) + 1e-13 * distances[0]


def test_on_the_problems_of_the_package_too():
    """Runs, whole: quadratics up to condition 1e6 and Huber's function, their minima as the gallery knows them."""
    for condition in (1.0, 10.0, 1e3, 1e6):
        problem = steepest.gallery.ill_conditioned_quadratic(n=5, condition=condition)
        run = steepest.minimize(problem, method=Polyak(0.0), max_iter=500, grad_tol=None)
        distances = np.linalg.norm(run.history.w - problem.minimum.w, axis=1)
        assert (np.diff(distances) <= 1e-15 * distances[0]).all()
        assert distances[-1] < distances[0]


@pytest.mark.parametrize("phi", ["absolute value", "hinge"])
def test_best_f_within_the_largest_slope_times_the_distance_over_root_t(phi):
    """E. Hazan, S. Kakade, "Revisiting the Polyak step size", 2019, theorem 1: Lipschitz convex functions."""
    for seed in range(20):
        f, gradient, least, start = case(phi, seed, 5, 8)
        path = walk(f, gradient, start, Polyak(0.0), 200)
        largest = max(np.linalg.norm(gradient(w)) for w in path)
        bound = largest * np.linalg.norm(start - least) / np.sqrt(np.arange(1, 201))
        assert (np.minimum.accumulate([f(w) for w in path[:-1]]) <= bound * (1 + 1e-12)).all()


@pytest.mark.parametrize("condition", [2.0, 10.0, 100.0])
def test_on_quadratics_the_distance_falls_linearly(condition):
    """f - f* >= m |w - w*|^2 / 2 and |g|^2 <= 2 L (f - f*): each square falls by the factor 1 - m / (4 L) at least,
    and f is at most 2 L |w0 - w*|^2 / t."""
    problem = steepest.gallery.ill_conditioned_quadratic(n=5, condition=condition)
    run = steepest.minimize(problem, method=Polyak(0.0), max_iter=100, grad_tol=None)
    squares = ((run.history.w - problem.minimum.w) ** 2).sum(axis=1)
    assert (squares[1:] <= (1 - 1 / (4 * condition)) * squares[:-1] * (1 + 1e-12)).all()
    t = np.arange(1, 102)
    assert (np.minimum.accumulate(run.history.f) <= 2 * condition * squares[0] / t).all()


@pytest.mark.parametrize(("phi", "reached"), [("square", 0.1), ("huber", 0.1), ("absolute value", 0.25)])
def test_with_a_least_value_too_low_the_best_f_ends_no_higher_than_by_as_much(phi, reached):
    """While f - f* > f* - f_least the step is less than twice the right one, which still leads nearer to w*. With
    corners the limit is reached as 1 / root t only."""
    for seed in range(10):
        f, gradient, least, start = case(phi, seed, 4, 8)
        path = walk(f, gradient, start, Polyak(-0.1), 2000)
        values = np.array([f(w) for w in path])
        distances = np.linalg.norm(path - least, axis=1)
        assert values.min() <= reached
        high = values[:-1] > 0.1
        assert high.any()
        assert (np.diff(distances)[high] <= 1e-14).all()


def test_at_the_least_value_or_below_it_w_stays():
    run = steepest.minimize(steepest.gallery.sphere(), [0.3, 0.4], Polyak(1.0), max_iter=5, grad_tol=None)
    assert (run.history.w == [0.3, 0.4]).all()
    f0 = run.history.f[0]
    assert f0 < 1.0
    w = steepest.minimize(steepest.gallery.sphere(), [3.0, 4.0], Polyak(1.0), max_iter=200, grad_tol=None).history.w
    assert np.linalg.norm(w[-1]) == pytest.approx(1.0, rel=1e-9), "where f is 1: no further"
