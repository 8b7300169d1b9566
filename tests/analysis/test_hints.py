"""Why a run blew up, and what to try: sentences whose numbers can be checked."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.analysis.hints import rounded, why_it_diverged
from steepest.analysis.rates import automatic_rate
from steepest.methods import Adam, GradientDescent, Momentum
from steepest.problems.function import Function


def test_the_contracts_example():
    rosenbrock = steepest.gallery.rosenbrock()
    hint = why_it_diverged(rosenbrock, Momentum(0.005), np.array([-1.2, 1.0]), None)
    assert hint.why == (
        "learning_rate 0.005 is above 0.00252, the local stability limit at the start: "
        "2 (1 + momentum) / curvature = 3.8 / 1506"
    )
    assert hint.advice == {"learning_rate": 0.00066}
    run = steepest.minimize(rosenbrock, [-1.2, 1.0], learning_rate=0.005)
    assert run.record.why == hint.why
    assert "try learning_rate=0.00066" in run.message
    assert steepest.minimize(rosenbrock, [-1.2, 1.0], **hint.advice).success


def test_a_rate_below_the_limit_at_the_start_is_not_blamed_on_it():
    quartic = Function(lambda w: float(w[0] ** 4), lambda w: 4 * w**3 - 50.0, 1)
    hint = why_it_diverged(quartic, GradientDescent(1.0), np.array([0.1]), None)
    assert "below" in hint.why
    assert "further along" in hint.why
    assert hint.advice == {"learning_rate": 0.5}


@pytest.mark.parametrize("gradient", [lambda w: 0 * w, lambda w: w * math.nan])
def test_without_a_curvature_half_the_rate_is_tried(gradient):
    hint = why_it_diverged(Function(lambda w: 0.0, gradient, 2), GradientDescent(0.3), np.ones(2), None)
    assert (hint.why, hint.advice) == ("", {"learning_rate": 0.15})


def test_a_rule_without_a_limit_spends_no_gradient_on_one():
    def gradient(w):
        raise AssertionError("asked for a gradient")

    hint = why_it_diverged(Function(lambda w: 0.0, gradient, 2), Adam(0.3), np.ones(2), None)
    assert hint == ("", {"learning_rate": 0.15}, 0)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_stochastic_run_is_compared_with_the_automatic_rate(reduction, batch):
    model = steepest.LinearModel(np.diag([1.0, 5.0, 2.0]), np.ones(3), reduction=reduction)
    auto = automatic_rate(model, Momentum(), np.zeros(4), batch)
    hint = why_it_diverged(model, Momentum(10.0), np.zeros(4), batch)
    assert hint.why.startswith("learning_rate 10 is above ")
    assert auto.reason.removeprefix("auto: ") in hint.why
    assert hint.advice == {"learning_rate": rounded(auto.value)}
    low = why_it_diverged(model, Momentum(auto.value / 4), np.zeros(4), batch)
    assert (low.why, low.advice) == ("", {"learning_rate": rounded(auto.value / 8)})


def test_the_gradients_spent_are_counted():
    calls = []

    def gradient(w):
        calls.append(1)
        return 3 * w

    for n in (1, 4, 30):
        calls.clear()
        hint = why_it_diverged(Function(lambda w: 0.0, gradient, n), Momentum(9.0), np.ones(n), None)
        assert hint.gradients == len(calls)


def test_a_rule_without_a_rate_gets_no_hint():
    class Fixed:
        pass

    assert why_it_diverged(steepest.gallery.sphere(), Fixed(), np.ones(2), None) == ("", {}, 0)


@given(rate=st.floats(1e-300, 1e300))
def test_rounding_gives_two_digits_and_never_goes_up(rate):
    found = rounded(rate)
    assert found <= rate * (1 + 1e-9)
    assert found >= rate * 0.9
    assert float(f"{found:.1e}") == found


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [
        (0.00066401, 0.00066),
        (0.5, 0.5),
        (1.0, 1.0),
        (0.0699999, 0.069),
        (123.0, 120.0),
        (0.1, 0.1),
        (0.3, 0.3),
        (0.7, 0.7),
        (1e-3, 1e-3),
    ],
)
def test_rounding_by_hand(rate, wanted):
    assert rounded(rate) == wanted


@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf, math.nan])
def test_what_is_no_rate_is_not_rounded(rate):
    assert rounded(rate) == rate or math.isnan(rate)


@pytest.mark.parametrize("batch", [None, 1])
def test_following_the_advice_ends_the_divergence(batch):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((40, 4)) * 3
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 0.5, 3.0] + 1.0)
    run = steepest.minimize(model, learning_rate=50.0, batch_size=batch, max_iter=3000)
    assert run.outcome is steepest.Outcome.DIVERGED
    again = steepest.minimize(model, batch_size=batch, max_iter=300, grad_tol=None, **run.record.advice)
    assert not again.outcome.failed
    assert again.f < again.history.f[0]
