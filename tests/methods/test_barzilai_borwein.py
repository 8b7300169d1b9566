"""Barzilai and Borwein's rates against their formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import BarzilaiBorwein


def textbook(gradient, w, rate, updates, short):
    """The points, with the rate before where s . y is not positive."""
    points, g = [w], gradient(w)
    for _ in range(updates):
        after = w - rate * g
        s, y = after - w, gradient(after) - g
        if s @ y > 0:
            rate = (s @ y) / (y @ y) if short else (s @ s) / (s @ y)
        w, g = after, g + y
        points.append(w)
    return np.array(points)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 6), short=st.booleans(), rate=st.sampled_from([1e-3, 0.1, 1.0]))
def test_is_the_formula_on_quadratics(seed, n, short, rate):
    random = np.random.default_rng(seed)
    d, start = random.uniform(1.0, 10.0, n), random.normal(size=n)
    run = steepest.minimize(
        lambda w: 0.5 * float(w @ (d * w)), start, BarzilaiBorwein(rate, short), grad=lambda w: d * w, max_iter=8,
        grad_tol=None,
    )  # fmt: skip
    expected = textbook(lambda w: d * w, start, rate, 8, short)[: len(run.history.w)]
    np.testing.assert_allclose(run.history.w, expected, rtol=1e-6, atol=1e-7 * np.abs(expected).max())


@pytest.mark.parametrize(("short", "rate"), [(False, 5 / 9), (True, 9 / 17)])
def test_two_steps_by_hand(short, rate):
    """s = (-2, -1), y = (-4, -1): s . s = 5, s . y = 9, y . y = 17."""
    rule, w = BarzilaiBorwein(0.5, short), np.ones(2)
    step, slots = rule.step(w, 0.0, np.array([4.0, 2.0]), rule.init(w, xp), 1.0, xp)
    assert step.tolist() == [-2.0, -1.0]
    step, slots = rule.step(w + step, 0.0, np.array([0.0, 1.0]), slots, 2.0, xp)
    np.testing.assert_allclose(step, [0.0, -rate], rtol=1e-15)
    assert slots[2].tolist() == [rate, rate]


@pytest.mark.parametrize("short", [False, True])
def test_the_last_rate_is_kept_where_the_curvature_is_not_positive(short):
    rule, w = BarzilaiBorwein(0.5, short), np.zeros(1)
    slots, rates = rule.init(w, xp), []
    for t, g in enumerate([2.0, 1.0, 3.0, 3.0, 2.0], 1):  # curvatures 1, then -4 (of the step -1 / 1), ...
        step, slots = rule.step(w, 0.0, np.array([g]), slots, float(t), xp)
        w = w + step
        rates.append(-step[0] / g)
    np.testing.assert_allclose(rates, [0.5, 1.0, 1.0, 1.0, 3.0], rtol=1e-14)


@pytest.mark.parametrize("short", [False, True])
def test_the_jax_engine_makes_the_same_steps(short):
    """On a quadratic, until rounding takes over; both then stay at the minimum for what is left of 200 steps."""
    f = lambda w: 2.0 * w[0] ** 2 + 1.1 * w[1] ** 2 + 0.5 * w[0] * w[1] + w[2] ** 2  # noqa: E731
    runs = [
        steepest.minimize(f, [1.0, -2.0, 0.5], BarzilaiBorwein(0.1, short), max_iter=200, grad_tol=None, engine=engine)
        for engine in ("python", "jax")
    ]
    rows = min(len(run.history.w) for run in runs)
    np.testing.assert_allclose(runs[0].history.w[:rows], runs[1].history.w[:rows], rtol=0, atol=1e-10)
    assert runs[0].f < 1e-30


def test_a_caller_may_fill_one_array_anew():
    kept, d = np.zeros(3), np.array([1.0, 5.0, 30.0])

    def refilled(w):
        kept[:] = d * w
        return kept

    runs = [
        steepest.minimize(lambda w: 0.5 * float(w @ (d * w)), np.ones(3), BarzilaiBorwein(0.05), grad=grad, max_iter=20)
        for grad in (lambda w: d * w, refilled)
    ]
    assert np.array_equal(runs[0].history.w, runs[1].history.w)


def test_its_automatic_first_rate_is_that_of_gradient_descent():
    d = np.array([20.0, 10.0, 2.0, 1.0])
    run = steepest.minimize(lambda w: 0.5 * float(w @ (d * w)), np.ones(4), "barzilai_borwein", grad=lambda w: d * w)
    assert run.success
    np.testing.assert_allclose(run.history.w[1], 1 - d / 20, rtol=1e-5, atol=1e-6)


def test_a_line_search_does_not_serve_it_and_batches_do_not_either():
    model = steepest.LinearModel(np.random.default_rng(5).standard_normal((23, 3)), np.arange(23.0))
    with pytest.raises(ValueError, match="does not fit method 'barzilai_borwein'"):
        steepest.minimize(model, None, "barzilai_borwein", learning_rate=steepest.line_search.Armijo())
    with pytest.raises(ValueError, match="leave batch_size out"):
        steepest.minimize(model, None, "barzilai_borwein", batch_size=5)


@pytest.mark.parametrize("engine", ["python", "jax"])
@pytest.mark.parametrize("short", [False, True])
def test_the_history_has_the_rate_of_each_step(engine, short):
    given_rate, arguments = 0.01, {"short": short, "max_iter": 12, "grad_tol": None, "engine": engine}
    run = steepest.minimize("beale", [1.0, 0.5], "barzilai_borwein", learning_rate=given_rate, **arguments)
    w, beale = run.history.w, steepest.gallery.find("beale")()
    g = np.array([beale.gradient(row) for row in w])
    s, y = np.diff(w, axis=0), np.diff(g, axis=0)
    sy = (s * y).sum(axis=1)
    rates = [given_rate]
    for k in range(len(s) - 1):
        rate = sy[k] / (y[k] @ y[k]) if short else (s[k] @ s[k]) / sy[k]
        rates.append(rate if sy[k] > 0 else rates[-1])
    assert np.isnan(run.history.learning_rate[0])
    np.testing.assert_allclose(run.history.learning_rate[1:], rates, rtol=1e-7)
    assert len(set(rates)) > 6


def test_a_rate_that_the_path_does_not_show_is_none():
    thin = steepest.minimize("beale", [1.0, 0.5], "barzilai_borwein", learning_rate=0.01, max_iter=12, record=3)
    assert np.isnan(thin.history.learning_rate).all()
    box = steepest.Box(-4.5, 4.5)
    bound = steepest.minimize("beale", [1.0, 0.5], "barzilai_borwein", learning_rate=0.01, max_iter=12, bounds=box)
    assert bound.history.learning_rate[1] == 0.01
    assert np.isnan(bound.history.learning_rate[2:]).all()
