"""Stability limits: closed forms against spectral radii, and both against runs."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import steepest
from steepest.analysis.stability import Limit, limit_factor, local_limit, spectral_factor
from steepest.base.fields import Fraction, Rate
from steepest.methods import GradientDescent, Momentum
from steepest.methods.rule import iteration_matrix
from steepest.problems.function import Function

CLASSES = {name: steepest.methods.find(name) for name in steepest.methods.names()}
RULES = {
    name: cls(learning_rate=0.1)
    for name, cls in CLASSES.items()
    if "learning_rate" in cls._fields and not hasattr(cls, "renews_each")
}
LINEAR = [name for name, rule in RULES.items() if iteration_matrix(rule, 1.0) is not None]


def rule_of(name, rate, momentum):
    cls = steepest.methods.find(name)
    return cls(learning_rate=rate, **({"momentum": momentum} if "momentum" in cls._fields else {}))


def test_the_linear_rules_are_those_one_would_name():
    assert {"gradient_descent", "momentum", "nesterov", "nesterov_lookahead"} <= {*LINEAR}
    assert "adam" not in LINEAR


@pytest.mark.parametrize("name", LINEAR)
@given(momentum=st.floats(0, 0.99))
def test_closed_forms_are_where_the_spectral_radius_passes_one(name, momentum):
    rule = rule_of(name, None, momentum)
    factor = spectral_factor(type(rule), tuple(rule._replace(learning_rate=1.0)))
    assert limit_factor(rule).factor == pytest.approx(factor, rel=1e-6)


@pytest.mark.parametrize("name", LINEAR)
@given(momentum=st.floats(0, 0.99))
def test_the_formula_is_the_factor(name, momentum):
    factor, formula = limit_factor(rule_of(name, None, momentum))
    spelled = formula.replace("2 (", "2 * (").replace("2 momentum", "2 * momentum")
    assert eval(spelled, {"momentum": momentum}) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("name", LINEAR)
@settings(max_examples=12)
@given(
    momentum=st.sampled_from([0.0, 0.3, 0.5, 0.9]),
    top=st.floats(1e-3, 1e3),
    low=st.floats(0.2, 1.0),
    seed=st.integers(0, 99),
)
def test_just_below_the_limit_runs_settle_and_just_above_they_blow_up(name, momentum, top, low, seed):
    curvatures = top * np.array([1.0, low, 0.5 * (1 + low)])
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    A = (q * curvatures) @ q.T
    assume(abs(q[:, 0].sum()) > 1e-3)  # the start has a part along the steepest direction
    problem = Function(lambda w: 0.5 * float(w @ A @ w), lambda w: A @ w, 3)
    limit = limit_factor(rule_of(name, None, momentum)).factor / top
    below, above = (
        steepest.minimize(problem, np.ones(3), rule_of(name, share * limit, momentum), max_iter=4000, grad_tol=None)
        for share in (0.99, 1.01)
    )
    assert np.abs(below.history.w[-1]).max() < 1e-6
    assert above.outcome is steepest.Outcome.DIVERGED or above.history.f[-1] > 1e3 * above.history.f[0]


class Sharp(NamedTuple):
    """Gradient descent with three times the step, and no closed form."""

    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -3.0 * self.learning_rate * g, ()


class Leaky(NamedTuple):
    """A user's own heavy ball with a leak in w."""

    learning_rate: Rate = None
    momentum: Fraction = 0.5

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def update(self, w, g, slots, t, xp):
        v = self.momentum * slots[0] - self.learning_rate * (g + 0.1 * w)
        return v, (v,)


def test_a_rule_without_a_closed_form_is_bisected():
    assert limit_factor(Sharp()) == Limit(pytest.approx(2 / 3, rel=1e-9), "")
    assert limit_factor(Leaky()).factor == pytest.approx(2 * 1.5 / 1.1, rel=1e-9)


class Timed(NamedTuple):
    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate / t * g, ()


class Still(NamedTuple):
    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return 0.0 * g, ()


class Uphill(NamedTuple):
    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return self.learning_rate * g, ()


class Fixed(NamedTuple):
    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -0.1 * g, ()


@pytest.mark.parametrize("rule", [steepest.methods.Adam(0.1), Timed(), Still(), Uphill(), Fixed()])
def test_no_limit_is_claimed_where_there_is_none_of_this_kind(rule):
    assert limit_factor(rule) is None
    assert local_limit(rule, 1.0) is None


def test_the_limit_does_not_depend_on_the_rate_in_use():
    for rate in (None, 1e-9, 1e9):
        assert limit_factor(Momentum(rate, 0.5)).factor == 3.0
        assert limit_factor(Leaky(rate, 0.5)).factor == limit_factor(Leaky(None, 0.5)).factor


def test_rules_with_equal_fields_are_not_mixed_up():
    assert tuple(Sharp(1.0)) == tuple(Still(1.0))
    assert limit_factor(Sharp()) is not None
    assert limit_factor(Still()) is None
    assert limit_factor(Sharp()) is not None


def test_a_local_limit_is_the_factor_over_the_curvature():
    assert local_limit(GradientDescent(0.1), 8.0) == 0.25
    assert local_limit(Momentum(0.1, 0.9), 1506.0) == pytest.approx(3.8 / 1506)
    assert local_limit(GradientDescent(0.1), 0.0) == np.inf
    assert local_limit(GradientDescent(0.1), np.nan) is None
    assert local_limit(GradientDescent(0.1), np.inf) is None


def test_a_rule_that_pulls_on_w_has_no_factor_of_the_curvature():
    """Its limit is not of rate x curvature alone: 2 / (L + 3) at curvature L, which the factor at L = 1 would miss."""

    class Pulled(NamedTuple):
        learning_rate: float = 0.1

        def init(self, w, xp):
            return ()

        def update(self, w, g, slots, t, xp):
            return -self.learning_rate * (g + 3 * w), slots

    assert limit_factor(Pulled()) is None
    limit = steepest.stability_limit(lambda w: 0.5 * 7 * w[0] ** 2, Pulled, [1.0])
    assert float(limit) == pytest.approx(2 / 10, rel=1e-6)
