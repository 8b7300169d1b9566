"""Nonlinear conjugate gradients against the textbook, and against linear ones where they are the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import ConjugateGradient
from steepest.methods.line_search import Exact, StrongWolfe

START = np.array([-1.2, 1.0, 0.5])


def f(w):
    return (1 - w[0]) ** 2 + 5 * (w[1] - w[0] ** 2) ** 2 + w[2] ** 2 + 0.1 * (w[2] - w[1]) ** 4


def slope(w):
    bend = 0.4 * (w[2] - w[1]) ** 3
    return np.array([
        -2 * (1 - w[0]) - 20 * w[0] * (w[1] - w[0] ** 2), 10 * (w[1] - w[0] ** 2) - bend, 2 * w[2] + bend,
    ])  # fmt: skip


def textbook(gradient, w, rate, updates, fletcher_reeves):
    """Nocedal and Wright, 2006, algorithm 5.4 with a constant step length; the points."""
    points, g, before, p = [w], gradient(w), w, w
    for k in range(updates):
        if k == 0 or (fletcher_reeves and k % (w.size + 1) == 0):
            p = -g
        else:
            change = g if fletcher_reeves else g - before
            beta = sum(g * change) / sum(before * before)
            p = -g + (beta if fletcher_reeves else max(beta, 0.0)) * p
        if sum(p * g) >= 0:
            p = -g
        w, before = w + rate * p, g
        g = gradient(w)
        points.append(w)
    return np.array(points)


@pytest.mark.parametrize("fletcher_reeves", [False, True])
@pytest.mark.parametrize("rate", [0.002, 0.01, 0.02])
def test_is_the_textbook_s(fletcher_reeves, rate):
    rule = ConjugateGradient(rate, fletcher_reeves)
    run = steepest.minimize(f, START, rule, grad=slope, max_iter=60, grad_tol=None, engine="python")
    np.testing.assert_allclose(run.history.w, textbook(slope, START, rate, 60, fletcher_reeves), rtol=1e-10, atol=1e-10)


def test_three_steps_by_hand():
    """Gradients (2, 0), (1, 1), (0, 2): beta of PR+ is 1 (1 - 2) + 1 (1 - 0) = 0 over 4, then (0 + 2) / 2."""
    w, rule, steps = np.zeros(2), ConjugateGradient(1.0), []
    slots = rule.init(w, xp)
    for t, g in enumerate([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]], 1):
        step, slots = rule.step(w, 0.0, np.array(g), slots, float(t), xp)
        steps.append(step.tolist())
    assert steps == [[-2.0, 0.0], [-1.0, -1.0], [-1.0, -3.0]]


def test_three_steps_of_fletcher_and_reeves_by_hand():
    """beta is 2 / 4, then 4 / 2."""
    w, rule, steps = np.zeros(2), ConjugateGradient(1.0, fletcher_reeves=True), []
    slots = rule.init(w, xp)
    for t, g in enumerate([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]], 1):
        step, slots = rule.step(w, 0.0, np.array(g), slots, float(t), xp)
        steps.append(step.tolist())
    assert steps == [[-2.0, 0.0], [-2.0, -1.0], [-4.0, -4.0]]
    step, _ = rule.step(w, 0.0, np.array([1.0, 0.0]), slots, 4.0, xp)  # the (n + 1) + 1st is steepest descent
    assert step.tolist() == [-1.0, 0.0]


def test_a_direction_uphill_becomes_steepest_descent():
    slots = np.array([1.0, 0.0]), np.array([10.0, 0.0])
    g = np.array([3.0, 0.0])
    for fletcher_reeves in (False, True):
        step, after = ConjugateGradient(1.0, fletcher_reeves).step(np.zeros(2), 0.0, g, slots, 2.0, xp)
        assert step.tolist() == [-3.0, 0.0]
        assert after[1].tolist() == [-3.0, 0.0]


def test_no_step_where_the_gradient_is_0():
    w = np.ones(2)
    rule = ConjugateGradient(1.0)
    step, slots = rule.step(w, 0.0, np.zeros(2), rule.init(w, xp), 1.0, xp)
    assert not step.any()
    step, _ = rule.step(w, 0.0, np.array([0.0, 2.0]), slots, 2.0, xp)  # nothing is divided by 0
    assert step.tolist() == [0.0, -2.0]


def linear(H, b, w, updates):
    """Linear conjugate gradients for ``H w = b``: Nocedal and Wright, 2006, algorithm 5.2."""
    points, r = [w], H @ w - b
    p = -r
    for _ in range(updates):
        a = (r @ r) / (p @ H @ p)
        w, after = w + a * p, r + a * (H @ p)
        p, r = -after + (after @ after) / (r @ r) * p, after
        points.append(w)
    return np.array(points)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 8), k=st.sampled_from([1.5, 10.0, 100.0]))
@pytest.mark.parametrize("fletcher_reeves", [False, True])
def test_with_the_exact_search_on_a_quadratic_it_is_linear_and_ends_after_n_steps(fletcher_reeves, seed, n, k):
    random = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(random.normal(size=(n, n)))
    H, b, start = (axes * np.geomspace(1.0, k, n)) @ axes.T, random.normal(size=n), random.normal(size=n)
    run = steepest.minimize(
        lambda w: float(0.5 * w @ H @ w - b @ w), start, ConjugateGradient(Exact(), fletcher_reeves),
        grad=lambda w: H @ w - b, max_iter=n, grad_tol=None,
    )  # fmt: skip
    rows = len(run.history.w)
    np.testing.assert_allclose(run.history.w, linear(H, b, start, n)[:rows], rtol=1e-5, atol=1e-5)
    assert np.abs(H @ run.w - b).max() < 1e-5 * k


@pytest.mark.parametrize("fletcher_reeves", [False, True])
def test_the_jax_engine_makes_the_same_steps(fletcher_reeves):
    runs = [
        steepest.minimize(f, START, ConjugateGradient(0.01, fletcher_reeves), max_iter=200, grad_tol=None, engine=e)
        for e in ("python", "jax")
    ]
    np.testing.assert_allclose(runs[0].history.w, runs[1].history.w, rtol=0, atol=1e-10 * np.abs(runs[0].w).max())


@pytest.mark.parametrize("fletcher_reeves", [False, True])
def test_a_caller_may_fill_one_array_anew(fletcher_reeves):
    kept = np.zeros(3)

    def refilled(w):
        kept[:] = slope(w)
        return kept

    runs = [
        steepest.minimize(f, START, ConjugateGradient(0.01, fletcher_reeves), grad=grad, max_iter=20, grad_tol=None)
        for grad in (slope, refilled)
    ]
    assert np.array_equal(runs[0].history.w, runs[1].history.w)


def test_it_searches_by_itself_and_gets_there():
    run = steepest.minimize(steepest.gallery.rosenbrock(), method="conjugate_gradient")
    assert run.success
    assert run.nit < 60
    assert ConjugateGradient().own_rate() == StrongWolfe(curvature=0.1, from_last=True)
    given = steepest.minimize(
        steepest.gallery.rosenbrock(), method=ConjugateGradient(StrongWolfe(curvature=0.1, from_last=True))
    )
    assert np.array_equal(given.history.w, run.history.w)


@pytest.mark.parametrize("more", [{}, {"learning_rate": StrongWolfe()}, {"learning_rate": 0.1}])
@pytest.mark.parametrize("method", ["conjugate_gradient", "lbfgs"])
def test_batches_are_refused_in_a_sentence(method, more):
    model = steepest.LinearModel(np.random.default_rng(5).standard_normal((23, 3)), np.arange(23.0))
    with pytest.raises(ValueError, match=r"leave batch_size out$") as error:
        steepest.minimize(model, None, method, batch_size=5, **more)
    assert "\n" not in str(error.value)
