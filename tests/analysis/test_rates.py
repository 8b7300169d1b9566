"""learning_rate="auto": every branch of the contract's formula."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.analysis.adaptive_rates import adaptive_bound
from steepest.analysis.rates import automatic_rate, falling
from steepest.base.fields import Rate
from steepest.methods import Adam, GradientDescent, Momentum
from steepest.problems.function import Function
from steepest.problems.negated import Negated

GALLERY = [name for name in steepest.gallery.names() if steepest.gallery.find(name).smooth]
SLOPED = ["gradient_descent", "momentum", "nesterov", "nesterov_lookahead"]


def exact_curvature(problem, w):
    """The Hessian from one-sided differences at another step than the package's."""
    h = 1e-6 * max(1.0, np.abs(w).max())
    H = np.stack([(problem.gradient(w + h * e) - problem.gradient(w - h * e)) / (2 * h) for e in np.eye(w.size)])
    return np.abs(np.linalg.eigvalsh(0.5 * (H + H.T))).max()


@pytest.mark.parametrize("name", GALLERY)
@pytest.mark.parametrize("method", SLOPED)
def test_full_batch_is_the_smaller_of_curvature_and_reach(name, method):
    problem = getattr(steepest.gallery, name)()
    w0 = problem.start
    found = automatic_rate(problem, steepest.methods.find(method)(), w0, None)
    wanted = min(1 / exact_curvature(problem, w0), max(1.0, np.linalg.norm(w0)) / np.linalg.norm(problem.gradient(w0)))
    assert found.value == pytest.approx(wanted, rel=1e-4)
    assert found.gradients <= 21
    assert found.reason.startswith("auto: ")


@given(L=st.floats(1e-3, 1e6), slope=st.floats(1e-3, 1e6), w=st.floats(-100, 100))
def test_the_formula_on_a_parabola(L, slope, w):
    problem = Function(lambda w: 0.0, lambda v: slope + L * (v - w), 1)
    found = automatic_rate(problem, GradientDescent(), np.array([w]), None)
    by_step = max(1.0, abs(w)) / slope
    assert found.value == pytest.approx(min(1 / L, by_step), rel=1e-5)
    assert ("curvature" in found.reason) == (by_step >= 1 / L) or pytest.approx(by_step, rel=1e-4) == 1 / L
    assert found.gradients == 3


def test_each_reason_holds_its_numbers():
    parabola = Function(lambda w: 0.0, lambda w: 4 * w, 1)
    assert automatic_rate(parabola, GradientDescent(), np.ones(1), None).reason == "auto: 1 / curvature 4 at the start"
    slope = Function(lambda w: 0.0, lambda w: np.array([3.0, 4.0]), 2)
    found = automatic_rate(slope, GradientDescent(), np.array([6.0, 8.0]), None)
    assert found == (pytest.approx(2.0), "auto: a first step of 10, the size of the start", 5)
    flat = Function(lambda w: 0.0, lambda w: 0 * w, 2)
    found = automatic_rate(flat, GradientDescent(), np.ones(2), None)
    assert found.value == 1.0
    assert found.reason.startswith("auto: 1, since ")


@pytest.mark.parametrize("fault", [math.nan, math.inf, None])
def test_a_start_without_a_finite_slope_gives_1_and_says_why(fault):
    def gradient(w):
        return np.full(2, math.exp(1e4) if fault is None else fault)

    found = automatic_rate(Function(lambda w: 0.0, gradient, 2), GradientDescent(), np.ones(2), None)
    assert found.value == 1.0
    assert "finite" in found.reason


@given(w0=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5), batch=st.sampled_from([None, 1, 7]))
def test_adaptive_rules_take_a_hundredth_of_the_start_or_less(w0, batch):
    """On functions always; on data where noise and the first step allow it."""
    problem, start = steepest.LinearModel(np.ones((9, len(w0))), np.ones(9), fit_intercept=False), np.array(w0)
    hundredth = 0.01 * max(1.0, np.abs(w0).max())
    bound = adaptive_bound(problem, Adam(), start, batch)
    found = automatic_rate(problem, Adam(), start, batch)
    assert found.value == pytest.approx(hundredth if bound is None else min(hundredth, bound.rate), rel=1e-15)
    assert found.gradients == (bound is not None)
    sphere = Function(lambda w: 0.5 * float(w @ w), lambda w: w, len(w0))
    alone = automatic_rate(sphere, Adam(), start, None)
    assert alone.value == pytest.approx(hundredth, rel=1e-15)
    assert alone.gradients == 0


class Bounded(NamedTuple):
    """A user's rule whose step does not grow with the gradient."""

    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * xp.sign(g), ()


def test_a_users_rule_is_judged_by_what_it_does():
    problem = steepest.gallery.sphere()
    assert automatic_rate(problem, Bounded(), np.array([4.0, -8.0]), None).value == 0.08
    for name in steepest.methods.names():
        adaptive = automatic_rate(problem, steepest.methods.find(name)(), np.array([4.0, -8.0]), None).value == 0.08
        assert adaptive == (name == "adam") or name not in [*SLOPED, "adam"]


@given(
    rows=st.integers(1, 8), columns=st.integers(1, 4), batch=st.integers(1, 12), momentum=st.floats(0, 0.99),
    intercept=st.booleans(), reduction=st.sampled_from(["mean", "sum"]), seed=st.integers(0, 99),
)  # fmt: skip
def test_stochastic_runs_take_the_steepest_row(rows, columns, batch, momentum, intercept, reduction, seed):
    X = np.random.default_rng(seed).standard_normal((rows, columns))
    model = steepest.LinearModel(X, np.zeros(rows), fit_intercept=intercept, reduction=reduction)
    row = (X**2).sum(axis=1).max() + intercept
    if reduction == "sum":
        row *= min(batch, rows)
    for rule, fraction in ((Momentum(None, momentum), momentum), (GradientDescent(), 0.0)):
        found = automatic_rate(model, rule, np.zeros(model.n), batch)
        assert found.value == pytest.approx((1 - fraction) / row, rel=1e-12)
        assert found.gradients == 0
        assert steepest.base.text.number(row) in found.reason


def test_a_batch_of_rows_without_curvature_takes_1():
    model = steepest.LinearModel(np.zeros((3, 2)), np.ones(3), fit_intercept=False)
    found = automatic_rate(model, Momentum(), np.zeros(2), 1)
    assert (found.value, found.gradients) == (1.0, 0)
    assert "no row has any curvature" in found.reason


@pytest.mark.parametrize("batch", [None, 2])
def test_climbing_takes_the_rate_of_descending(batch):
    model = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])
    one = automatic_rate(model, Momentum(), np.zeros(4), batch)
    assert automatic_rate(Negated(model), Momentum(), np.zeros(4), batch) == one


def test_the_run_holds_the_number_and_the_reason():
    run = steepest.minimize(steepest.gallery.rosenbrock(), [-1.2, 1.0], max_iter=5)
    assert run.recipe["method"]["learning_rate"] == pytest.approx(0.0006638, rel=1e-3)
    assert run.recipe["learning_rate_reason"] == "auto: 1 / curvature 1506 at the start"
    assert (run.history.learning_rate[1:] == run.recipe["method"]["learning_rate"]).all()


def test_a_diverging_automatic_rate_is_halved_and_says_so():
    """f is flat at the start and steep further on."""
    steep = Function(lambda w: float(w[0] ** 4 - 0.01 * w[0]), lambda w: 4 * w**3 - 0.01, 1)
    run = steepest.minimize(steep, [0.01], "gradient_descent", max_iter=200)
    rate = automatic_rate(steep, GradientDescent(), np.array([0.01]), None).value
    halvings = round(math.log2(rate / run.recipe["method"]["learning_rate"]))
    assert halvings >= 1
    assert run.recipe["method"]["learning_rate"] == rate / 2**halvings
    assert f"halved {halvings} time" in run.message
    assert not run.outcome.failed


@pytest.mark.parametrize("name", GALLERY)
@pytest.mark.parametrize("method", ["momentum", "adam"])
def test_no_gallery_run_with_defaults_blows_up(name, method):
    run = steepest.minimize(getattr(steepest.gallery, name)(), method=method, max_iter=500)
    assert not run.outcome.failed or name == "saddle"  # which has no minimum
    assert run.best.f <= run.history.f[0]


def test_kinks_and_batches_get_rates_that_fall_from_a_row_on():
    for kinks, power in ((True, 0.6), (False, 0.8)):
        rate = falling(2.0, kinks, 50.0)
        assert rate(0.0) == 2.0
        assert rate(50.0) == pytest.approx(2.0 / 2**power)
        assert rate(50e6) / rate(50e7) == pytest.approx(10**power, rel=1e-5)
