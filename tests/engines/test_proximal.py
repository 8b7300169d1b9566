"""Steps under an l1 penalty: soft thresholding, heavy ball's own form, and what every rule has in common."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest import LinearModel
from steepest.base.xp import numpy_functions as xp
from steepest.base.xp import scalar_functions
from steepest.engines.proximal import implicit_step
from steepest.methods import find, names
from steepest.problems.linear_model import least_subgradient

RULES = [name for name in names() if hasattr(find(name), "update")]
entries = st.floats(-10, 10).map(lambda v: 0.0 if abs(v) < 1e-6 else v)


def rule_of(name):
    """The rule without a decay of its own, which moves w where the objective does not."""
    rule = find(name)(learning_rate=0.1)
    return rule._replace(**{field: 0.0 for field in ("weight_decay", "shrinkage") if field in rule._fields})


def soft(w, size):
    return np.sign(w) * np.maximum(np.abs(w) - size, 0.0)


def vectors(draw, size):
    return np.array(draw(st.lists(entries, min_size=size, max_size=size)))


@given(data=st.data(), l1=st.floats(0, 5))
def test_gradient_descent_is_soft_thresholding(data, l1):
    w, g = vectors(data.draw, 4), vectors(data.draw, 4)
    moved, _ = implicit_step(rule_of("gradient_descent"), w, g, (), 1.0, np.full(4, l1), xp)
    np.testing.assert_allclose(moved, soft(w - 0.1 * g, 0.1 * l1), rtol=1e-12, atol=1e-14)
    assert np.all(moved[np.abs(w - 0.1 * g) < 0.1 * l1 - 1e-12] == 0.0)


def test_heavy_ball_is_the_threshold_of_its_plain_step():
    """P. Ochs et al. 2014, eq. 6: soft(w - rate g + momentum (w - w_before), rate l1)."""
    rule, rng = rule_of("momentum"), np.random.default_rng(0)
    A, b, l1 = rng.standard_normal((5, 5)), rng.standard_normal(5), np.array([0.0, 0.3, 0.3, 2.0, 5.0])
    A = A @ A.T / 5
    w, before, slots = rng.standard_normal(5), None, rule.init(np.zeros(5), xp)
    hits = 0
    for t in range(1, 60):
        g = A @ w - b
        wanted = soft(w - 0.1 * g + rule.momentum * (0.0 if before is None else w - before), 0.1 * l1)
        before = w
        w, slots = implicit_step(rule, w, g, slots, float(t), l1, xp)
        np.testing.assert_allclose(w, wanted, rtol=1e-9, atol=1e-12)
        hits += int((w == 0).sum())
    assert hits > 20


@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_without_a_penalty_it_is_the_rules_own_step(name, data):
    rule = rule_of(name)
    w, g = vectors(data.draw, 3), vectors(data.draw, 3)
    slots = rule.init(w, xp)
    for t in (1.0, 2.0):
        step, wanted = rule.update(w, g, slots, t, xp)
        moved, slots = implicit_step(rule, w, g, slots, t, np.zeros(3), xp)
        assert np.array_equal(moved, w + step)
        for slot, other in zip(slots, wanted, strict=True):
            assert np.array_equal(slot, other)


@pytest.mark.parametrize("name", RULES)
@given(data=st.data(), l1=st.floats(0.01, 5))
def test_a_first_step_stays_exactly_at_minima(name, data, l1):
    """Where 0 is a subgradient w stays; elsewhere every component that is at no minimum moves."""
    rule, w = rule_of(name), vectors(data.draw, 4)
    inside = np.array(data.draw(st.lists(st.floats(-0.9, 0.9), min_size=4, max_size=4)))
    g = np.where(w == 0, inside * l1, -l1 * np.sign(w))
    stayed, _ = implicit_step(rule, w, g, rule.init(w, xp), 1.0, np.full(4, l1), xp)
    assert np.array_equal(stayed, w)
    pushed = g + np.where(w == 0, 3.0 * l1, 0.5 * l1)
    moved, _ = implicit_step(rule, w, pushed, rule.init(w, xp), 1.0, np.full(4, l1), xp)
    assert np.all(least_subgradient(pushed, w, np.full(4, l1)) > 0)
    assert np.all(moved < w)


@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_single_numbers_give_what_arrays_give(name, data):
    rule = rule_of(name)
    w, g = vectors(data.draw, 3), vectors(data.draw, 3)
    l1 = np.array([0.0, 0.5, 4.0])
    moved, slots = implicit_step(rule, w, g, rule.init(w, xp), 1.0, l1, xp)
    for k in range(3):
        own = tuple(float(slot[k]) for slot in rule.init(w, xp))
        one, kept = implicit_step(rule, float(w[k]), float(g[k]), own, 1.0, float(l1[k]), scalar_functions)
        assert one == moved[k]
        assert tuple(kept) == tuple(slot[k] for slot in slots)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_went_wrong_are_not_taken_for_zeros(name, bad):
    rule, w, g = rule_of(name), np.array([1.0, 0.0]), np.array([bad, bad])
    with np.errstate(all="ignore"):
        own = w + rule.update(w, g, rule.init(w, xp), 1.0, xp)[0]
        moved, _ = implicit_step(rule, w, g, rule.init(w, xp), 1.0, np.ones(2), xp)
    assert np.isfinite(own).any() <= np.isinf(bad)  # the sign of inf is a number
    assert np.array_equal(np.isfinite(moved), np.isfinite(own))


@pytest.mark.parametrize("name", RULES)
def test_a_step_does_not_cross_zero_for_a_weak_gradient(name):
    """From beside 0 a small gradient within the penalty's slope leads to 0, not beyond."""
    rule = rule_of(name)
    length = np.abs(rule.update(np.ones(1), np.ones(1), rule.init(np.ones(1), xp), 1.0, xp)[0][0])
    w = np.array([0.01, -0.01]) * length  # far less than a step of the penalty alone
    moved, _ = implicit_step(rule, w, np.array([0.1, 0.1]), rule.init(w, xp), 1.0, np.full(2, 1.0), xp)
    assert np.array_equal(moved, [0.0, 0.0])
    assert not np.signbit(moved).any()  # a 0 that is shown as 0


@given(data=st.data(), n=st.integers(1, 6))
def test_the_least_subgradient_is_the_shortest_and_zero_just_at_minima(data, n):
    draw = st.lists(st.floats(-3, 3), min_size=n, max_size=n)
    g, w, l1 = (np.array(data.draw(draw)) for _ in range(3))
    l1, w = np.abs(l1), np.where(np.abs(w) < 1, 0.0, w)
    found = least_subgradient(g, w, l1)
    free = np.linspace(-1, 1, 201)[:, None]
    slopes = np.where(w == 0, free, np.sign(w))
    assert np.all(np.abs(found) <= np.abs(g + l1 * slopes) + 1e-12)  # no other subgradient is shorter
    inside = np.where(w == 0, np.abs(g) <= l1, g + l1 * np.sign(w) == 0)
    assert np.array_equal(found == 0, inside)
    reached = np.where(w == 0, np.abs(found - g) <= l1 + 1e-12, found == g + l1 * np.sign(w))
    assert reached.all()


@given(alpha=st.floats(0.01, 2), y=st.lists(st.floats(-10, 10), min_size=4, max_size=4))
def test_the_gradient_is_zero_exactly_at_the_lassos_optimum(alpha, y):
    """For orthonormal columns that is the soft threshold of X'y."""
    A, y = np.eye(4), np.array(y)
    model = LinearModel(A, y, penalty="l1", alpha=alpha, fit_intercept=False, reduction="sum")
    best = np.sign(y) * np.maximum(np.abs(y) - alpha, 0.0)
    np.testing.assert_allclose(model.gradient(best), 0, atol=1e-14)
    assert np.all(model.gradient(best)[best == 0] == 0)
    assert np.abs(model.gradient(best + 0.01)).min() > 0
    assert model.value(best) <= min(model.value(best + d) for d in np.vstack((np.eye(4), -np.eye(4))) * 1e-3)
