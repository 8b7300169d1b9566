"""The matrices of linear rules against the rule's own steps, and which rules have none."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.analysis.linear_rules import matrices, moving, parts, radii, steady
from steepest.base.fields import Rate
from steepest.base.xp import numpy_functions as xp
from steepest.methods import Adam, GradientDescent, Momentum, Nesterov, NesterovLookahead
from steepest.methods.rule import as_rule, iteration_matrix

LINEAR = ["gradient_descent", "momentum", "nesterov", "nesterov_lookahead"]
CURVATURES = st.lists(st.floats(0, 1e6), min_size=1, max_size=6)


def test_the_linear_rules_are_these():
    found = []
    for name in steepest.methods.names():
        cls = steepest.methods.find(name)
        if "learning_rate" in cls._fields and matrices(cls(learning_rate=0.1), [0.0, 2.0]) is not None:
            found.append(name)
    assert found == LINEAR


@given(curvatures=CURVATURES, rate=st.floats(1e-6, 10), momentum=st.floats(0, 0.99))
@pytest.mark.parametrize("cls", [Momentum, Nesterov, NesterovLookahead])
def test_one_matrix_a_curvature_as_the_scalar_rule_has_it(cls, curvatures, rate, momentum):
    rule = cls(rate, momentum)
    found = matrices(rule, curvatures)
    for matrix, c in zip(found, curvatures, strict=True):
        np.testing.assert_allclose(matrix, iteration_matrix(rule, c), rtol=1e-12, atol=1e-12)


@given(curvatures=CURVATURES, rate=st.floats(1e-6, 10), momentum=st.floats(0, 0.99))
def test_the_radius_of_heavy_ball_is_that_of_its_polynomial(curvatures, rate, momentum):
    """z^2 - (1 + b - a c) z + b = 0."""
    for radius, c in zip(radii(Momentum(rate, momentum), curvatures), curvatures, strict=True):
        roots = np.roots([1.0, -(1 + momentum - rate * c), momentum])
        assert radius == pytest.approx(np.abs(roots).max(), rel=1e-6)


def test_where_a_step_lands_on_the_minimum_the_rule_is_linear_still():
    c = np.array([3.0, 7.0, 2817.9285])
    for one in c:
        assert matrices(GradientDescent(1 / one), c) is not None


@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("name", LINEAR)
def test_weight_decay_is_in_the_matrix(name, decoupled):
    rule = as_rule(name, {"learning_rate": 0.1, "weight_decay": 0.3, "decoupled": decoupled}, {})
    state = np.array([0.7, -0.4])[: matrices(rule, [2.0]).shape[-1]]
    w, slots = state[:1], tuple(state[k : k + 1] for k in range(1, len(state)))
    at = rule.look(w, slots, 1.0, xp) if hasattr(rule, "look") else w
    step, new = rule.update(w, 2.0 * at, slots, 1.0, xp)
    np.testing.assert_allclose(matrices(rule, [2.0])[0] @ state, np.concatenate([w + step, *new]))


class Clipping(NamedTuple):
    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * xp.minimum(xp.maximum(g, -1e6), 1e6), ()


@pytest.mark.parametrize(
    "rule",
    [
        Adam(0.1),
        Clipping(0.1),
        steepest.methods.Polyak(f_least=0.0),
        GradientDescent(),
        GradientDescent(lambda t: 0.1),
        steepest.methods.SAGA(0.1),
        steepest.methods.SignSGD(0.1),
        steepest.methods.ScheduleFreeSGD(0.1),
        as_rule("momentum", {"learning_rate": 0.1, "clip_value": 50.0}, {}),
        as_rule("momentum", {"learning_rate": 0.1, "clip_norm": 50.0}, {}),
        as_rule("momentum", {"learning_rate": 0.1, "average_after": 3.0}, {}),
        as_rule("momentum", {"learning_rate": 0.1, "average_decay": 0.9}, {}),
    ],
)
def test_no_matrix_is_made_of_what_is_not_one_linear_step(rule):
    for curvatures in ([0.0], [1.0], [0.0, 1e-9, 3.0, 1e9]):
        assert matrices(rule, curvatures) is None
        assert radii(rule, curvatures) is None
    assert parts(rule) is None


def test_averages_are_taken_off_and_the_rest_stays():
    rule = as_rule("momentum", {"learning_rate": 0.1, "average_decay": 0.9, "weight_decay": 0.2, "clip_norm": 1.0}, {})
    assert moving(rule)._asdict() == {
        "learning_rate": 0.1, "momentum": 0.9, "rate_outside": False, "weight_decay": 0.2, "decoupled": False,
        "clip_norm": 1.0,
    }  # fmt: skip
    assert "clip_norm" not in moving(rule, ("clip_norm",))._fields
    assert moving(Momentum(0.1)) == Momentum(0.1)


def test_steady_is_known_and_constant():
    assert steady(Momentum(0.1, 0.9))
    assert not steady(Momentum())
    assert not steady(Momentum(0.1, steepest.schedules.Constant(0.9)))


@given(rate=st.floats(1e-6, 10), momentum=st.floats(0, 0.99), c=st.floats(0, 1e3))
@pytest.mark.parametrize("cls", [Momentum, Nesterov, NesterovLookahead])
def test_the_parts_make_the_matrix(cls, rate, momentum, c):
    free, pushed, seen = parts(cls(rate, momentum))
    wanted = matrices(cls(rate, momentum), [c])[0]
    np.testing.assert_allclose(free + c * np.outer(pushed, seen), wanted, rtol=1e-9, atol=1e-9)
