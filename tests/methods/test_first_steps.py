"""The first two steps of each rule, worked by hand."""

import math

import numpy as np
import pytest

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import Adam, GradientDescent, Momentum, Nesterov, NesterovLookahead

GIVEN = [
    (GradientDescent(0.1), -0.2, 0.3),
    (Momentum(0.1, 0.5), -0.2, 0.5 * -0.2 + 0.3),
    (Momentum(0.1, 0.5, rate_outside=True), -0.2, -0.1 * (0.5 * 2 - 3)),
    (Nesterov(0.1, 0.5), -0.1 * (2 + 0.5 * 2), -0.1 * (-3 + 0.5 * (0.5 * 2 - 3))),
    (NesterovLookahead(0.1, 0.5), -0.2, 0.5 * -0.2 + 0.3),
    # m = 1, s = 1, corrected 2 and 4; then m = -1, s = 3, corrected -4/3 and 48/7
    (Adam(0.1, beta1=0.5, beta2=0.75, epsilon=0.0), -0.1, 0.1 * (4 / 3) / math.sqrt(48 / 7)),
]


@pytest.mark.parametrize(("rule", "first", "second"), GIVEN, ids=lambda value: type(value).__name__)
def test_two_steps_from_the_gradients_2_and_minus_3(rule, first, second):
    w = np.zeros(1)
    step, slots = rule.update(w, np.array([2.0]), rule.init(w, xp), 1.0, xp)
    assert step[0] == pytest.approx(first, rel=1e-15)
    step, _ = rule.update(w + step, np.array([-3.0]), slots, 2.0, xp)
    assert step[0] == pytest.approx(second, rel=1e-15)


ROWS = [
    (GradientDescent(0.1), 0.8, 0.64),
    (Momentum(0.1, 0.5), 0.8, 0.8 - 0.1 - 0.16),
    (Momentum(0.1, 0.5, rate_outside=True), 0.8, 0.8 - 0.1 * (0.5 * 2 + 1.6)),
    (Nesterov(0.1, 0.5), 0.7, 0.7 - 0.1 * (1.4 + 0.5 * (1 + 1.4))),
    (NesterovLookahead(0.1, 0.5), 0.8, 0.8 - 0.1 - 0.1 * 2 * (0.8 - 0.1)),
    (Adam(0.1, epsilon=0.0), 0.9, 0.9 - 0.1 * (0.9 * 0.1 * 2 + 0.1 * 1.8) / 0.19
     / math.sqrt((0.999 * 0.001 * 4 + 0.001 * 1.8**2) / (1 - 0.999**2))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "first", "second"), ROWS, ids=lambda value: type(value).__name__)
def test_two_rows_of_w_squared_from_1(rule, first, second):
    run = steepest.minimize(lambda w: float(w[0] ** 2), [1.0], rule, grad=lambda w: 2 * w, max_iter=2)
    np.testing.assert_allclose(run.history.w[:, 0], [1.0, first, second], rtol=1e-14)


def test_adams_epsilon_stands_outside_the_root():
    w, g = np.zeros(1), np.array([1e-8])
    step, _ = Adam(1.0, epsilon=3e-8).update(w, g, Adam().init(w, xp), 1.0, xp)
    assert step[0] == pytest.approx(-1e-8 / (1e-8 + 3e-8), rel=1e-9)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(size):
    w, g = np.zeros(2), np.array([size, -3 * size])
    step, _ = Adam(0.25, epsilon=0.0).update(w, g, Adam().init(w, xp), 1.0, xp)
    np.testing.assert_allclose(step, [-0.25, 0.25], rtol=1e-12)
