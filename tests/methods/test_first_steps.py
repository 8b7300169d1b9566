"""The first steps of each element-wise rule, worked by hand."""

from math import sqrt

import numpy as np
import pytest

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import (
    ASGD,
    AdaBelief,
    Adadelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    GradientDescent,
    Lion,
    Momentum,
    Nadam,
    Nesterov,
    NesterovLookahead,
    RAdam,
    RMSProp,
    Rprop,
    SignSGD,
    Yogi,
)  # fmt: skip

# beta1 0.5 and beta2 0.75 give m = 1, s = 1, corrected 2 and 4; then m = -1, s = 3, corrected -4/3 and 48/7
BETAS = {"beta1": 0.5, "beta2": 0.75, "epsilon": 0.0}
GIVEN = [
    (GradientDescent(0.1), -0.2, 0.3),
    (Momentum(0.1, 0.5), -0.2, 0.5 * -0.2 + 0.3),
    (Momentum(0.1, 0.5, rate_outside=True), -0.2, -0.1 * (0.5 * 2 - 3)),
    (Nesterov(0.1, 0.5), -0.1 * (2 + 0.5 * 2), -0.1 * (-3 + 0.5 * (0.5 * 2 - 3))),
    (NesterovLookahead(0.1, 0.5), -0.2, 0.5 * -0.2 + 0.3),
    (Adam(0.1, **BETAS), -0.1, 0.1 * (4 / 3) / sqrt(48 / 7)),
    (Adam(0.1, **BETAS, epsilon_root=12.0), -0.1 * 2 / sqrt(4 + 12), 0.1 * (4 / 3) / sqrt(48 / 7 + 12)),
    # the first step takes w from 0 to -0.1
    (AdamW(0.1, **BETAS, weight_decay=0.5), -0.1, 0.1 * (0.5 * 0.1 + (4 / 3) / sqrt(48 / 7))),
    (AdamW(0.1, **BETAS, weight_decay=0.0, epsilon_root=12.0), -0.05, 0.1 * (4 / 3) / sqrt(48 / 7 + 12)),
    (AMSGrad(0.1, **BETAS), -0.1, 0.1 * (4 / 3) / sqrt(48 / 7)),
    (AMSGrad(0.1, **BETAS, bias_correction=False), -0.1 * 1 / 1, 0.1 * 1 / sqrt(3)),
    # u = 2, then max(0.75 * 2, 3)
    (AdaMax(0.1, **BETAS), -0.1, 0.1 * (4 / 3) / 3),
    # mu = 1/4 throughout; p = 1/4, 1/16, 1/64
    (
        Nadam(0.1, **BETAS, momentum_decay=0.0),
        -0.1 * (0.25 * 1 / (15 / 16) + 0.75 * 2 / 0.75) / 2,
        0.1 * (0.25 * 1 / (63 / 64) + 0.75 * 3 / (15 / 16)) / sqrt(48 / 7),
    ),
    # mu = beta1 throughout; p = 1/2, 1/4, 1/8
    (
        Nadam(0.1, **BETAS, momentum_decay=1e6),
        -0.1 * (0.5 * 1 / 0.75 + 0.5 * 2 / 0.5) / 2,
        0.1 * (0.5 * 1 / 0.875 + 0.5 * 3 / 0.75) / sqrt(48 / 7),
    ),
    # rho = 1 and 13/7 of 7: not scaled
    (RAdam(0.1, **BETAS), -0.1 * 2, 0.1 * 4 / 3),
    # g - m = 1, s = 1/4, corrected 1; then g - m = -2, s = 3/16 + 1, corrected 19/7
    (AdaBelief(0.1, **BETAS, epsilon_root=0.0), -0.1 * 2 / 1, 0.1 * (4 / 3) / sqrt(19 / 7)),
    # s = 1/4 + 3/4, corrected 4; then s = 3/4 + 1 + 3/4, corrected 40/7: the root's epsilon gathers
    (AdaBelief(0.1, **BETAS, epsilon_root=0.75), -0.1 * 2 / 2, 0.1 * (4 / 3) / sqrt(40 / 7)),
    # s = 0 + 1, corrected 4; then s = 1 + 9/4, corrected 52/7
    (Yogi(0.1, 0.5, 0.75, 1.0, 0.0), -0.1 * 2 / (2 + 1), 0.1 * (4 / 3) / (sqrt(52 / 7) + 1)),
    # s = 10 - 1 = 9, which is g^2 the second time, so that it stays
    (Yogi(0.1, 0.5, 0.75, 0.0, 10.0, bias_correction=False), -0.1 / 3, 0.1 / 3),
    # sign(1), m = 1/2; then sign(1/4 - 3/2)
    (Lion(0.1, 0.5, 0.75, weight_decay=0.5), -0.1, 0.1 * (1 + 0.5 * 0.1)),
    (SignSGD(0.1), -0.1, 0.1),
    (AdaGrad(0.1, epsilon=0.0), -0.1, 0.1 * 3 / sqrt(4 + 9)),
    (AdaGrad(0.1, rate_decay=1.0, epsilon=0.0), -0.1, 0.05 * 3 / sqrt(4 + 9)),
    (AdaGrad(0.1, initial_accumulator=5.0, epsilon=1.0), -0.1 * 2 / (3 + 1), 0.1 * 3 / (sqrt(18) + 1)),
    (AdaGrad(0.1, epsilon=5.0, epsilon_inside=True), -0.1 * 2 / 3, 0.1 * 3 / sqrt(18)),
    # s = 1, then 3
    (RMSProp(0.1, 0.75, epsilon=0.0), -0.1 * 2, 0.1 * 3 / sqrt(3)),
    (RMSProp(0.1, 0.75, momentum=0.5, epsilon=0.0), -0.1 * 2, -0.1 * (0.5 * 2 - 3 / sqrt(3))),
    (RMSProp(0.1, 0.75, epsilon=3.0, epsilon_inside=True), -0.1 * 2 / 2, 0.1 * 3 / sqrt(6)),
    (RMSProp(0.1, 0.75, epsilon=0.0, initial_accumulator=4.0), -0.1 * 2 / 2, 0.1 * 3 / sqrt(5.25)),
    # s = 2, m = 1; then s = 5.5, m = -1
    (RMSProp(0.1, 0.5, epsilon=0.0, centered=True), -0.1 * 2 / 1, 0.1 * 3 / sqrt(4.5)),
    # s = 1, d = sqrt(1 / 2) * 2, a = 1/2; then s = 3, d = sqrt(1.5 / 4) * -3
    (Adadelta(0.5, 0.75, 1.0), -0.5 * sqrt(2), 0.5 * 3 * sqrt(1.5 / 4)),
    # a step of 0.1; the sign turns, so that w waits
    (Rprop(0.1), -0.1, 0.0),
    # eta = 0.1, then 0.1 / (1 + 0.5 * 0.1); w = -0.2 in between
    (ASGD(0.1, shrinkage=0.5, power=1.0), -0.1 * 2, 0.1 / 1.05 * (3 + 0.5 * 0.2)),
]


def walk(rule, gradients):
    """The steps from 0 along the gradients given."""
    w = np.zeros(1)
    slots, taken = rule.init(w, xp), []
    for t, g in enumerate(gradients, start=1):
        step, slots = rule.update(w, np.array([g]), slots, float(t), xp)
        w = w + step
        taken.append(step.item())
    return taken


@pytest.mark.parametrize(("rule", "first", "second"), GIVEN, ids=lambda value: type(value).__name__)
def test_two_steps_from_the_gradients_2_and_minus_3(rule, first, second):
    assert walk(rule, [2.0, -3.0]) == pytest.approx([first, second], rel=1e-14)


ROWS = [
    (GradientDescent(0.1), 0.8, 0.64),
    (Momentum(0.1, 0.5), 0.8, 0.8 - 0.1 - 0.16),
    (Momentum(0.1, 0.5, rate_outside=True), 0.8, 0.8 - 0.1 * (0.5 * 2 + 1.6)),
    (Nesterov(0.1, 0.5), 0.7, 0.7 - 0.1 * (1.4 + 0.5 * (1 + 1.4))),
    (NesterovLookahead(0.1, 0.5), 0.8, 0.8 - 0.1 - 0.1 * 2 * (0.8 - 0.1)),
    (Adam(0.1, epsilon=0.0), 0.9, 0.9 - 0.1 * (0.9 * 0.1 * 2 + 0.1 * 1.8) / 0.19
     / sqrt((0.999 * 0.001 * 4 + 0.001 * 1.8**2) / (1 - 0.999**2))),
    (AdamW(0.1, beta1=0.0, beta2=0.0, epsilon=0.0, weight_decay=1.0), 0.8, 0.8 - 0.1 * (0.8 + 1)),
    (AdaGrad(0.1, epsilon=0.0), 0.9, 0.9 - 0.1 * 1.8 / sqrt(4 + 1.8**2)),
    (AdaMax(0.1, beta1=0.0, epsilon=0.0), 0.9, 0.9 - 0.1 * 1.8 / (0.999 * 2)),
    (Lion(0.1, weight_decay=1.0), 0.8, 0.8 - 0.1 * (0.8 + 1)),
    (Rprop(0.1), 0.9, 0.9 - 0.12),
    (SignSGD(0.1), 0.9, 0.8),
    (ASGD(0.1, shrinkage=0.0), 0.8, 0.64),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "first", "second"), ROWS, ids=lambda value: type(value).__name__)
def test_two_rows_of_w_squared_from_1(rule, first, second):
    run = steepest.minimize(lambda w: float(w[0] ** 2), [1.0], rule, grad=lambda w: 2 * w, max_iter=2)
    np.testing.assert_allclose(run.history.w[:, 0], [1.0, first, second], rtol=1e-14)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [(Adam(1.0, epsilon=3e-8), 1 / 4), (AdamW(1.0, epsilon=3e-8), 1 / 4), (AMSGrad(1.0, epsilon=3e-8), 1 / 4),
     (AdaMax(1.0, epsilon=3e-8), 1 / 4), (AdaGrad(1.0, epsilon=3e-8), 1 / 4), (Yogi(1.0, 0.9, 0.999, 3e-8, 0.0), 1 / 4),
     (RMSProp(1.0, 0.75, epsilon=3e-8), 1 / (0.5 + 3)), (Adam(1.0, epsilon=0.0, epsilon_root=3e-16), 1 / 2),
     (AdaGrad(1.0, epsilon=3e-16, epsilon_inside=True), 1 / 2), (Adadelta(1.0, 0.0, 3e-16), sqrt(3) / 2 * 1e-8)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_where_epsilon_stands(rule, expected):
    """The first step from the gradient 1e-8: beside the root epsilon counts 3 to 1, inside it 3 to 1 of the squares."""
    assert walk(rule, [1e-8]) == pytest.approx([-expected], rel=1e-9)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("cls", [Adam, AdamW, AMSGrad, AdaMax, AdaGrad])
def test_the_first_step_is_the_learning_rate_whatever_the_gradient(cls, size):
    w, g = np.zeros(2), np.array([size, -3 * size])
    step, _ = cls(0.25, epsilon=0.0).update(w, g, cls().init(w, xp), 1.0, xp)
    np.testing.assert_allclose(step, [-0.25, 0.25], rtol=1e-12)


def test_amsgrad_keeps_the_largest_mean_square():
    """Gradients 4 and 0: m = 2, s = 4; then m = 1, corrected 4/3, and s falls to 3, corrected 48/7, but 4 is kept."""
    assert walk(AMSGrad(0.1, **BETAS), [4.0, 0.0])[1] == pytest.approx(-0.1 * (4 / 3) / sqrt(4 / (7 / 16)))
    corrected = AMSGrad(0.1, **BETAS, corrected_maximum=True)  # keeps 16, the first corrected one
    assert walk(corrected, [4.0, 0.0])[1] == pytest.approx(-0.1 * (4 / 3) / sqrt(16))
    paper = AMSGrad(0.1, **BETAS, bias_correction=False)
    assert walk(paper, [4.0, 0.0]) == pytest.approx([-0.1 * 2 / 2, -0.1 * 1 / 2])
    assert walk(Adam(0.1, **BETAS), [4.0, 0.0])[1] == pytest.approx(-0.1 * (4 / 3) / sqrt(48 / 7))


def test_radam_scales_from_the_sixth_step_on():
    """Under a steady gradient of 2 the corrected mean is 2 and the root 2, so that the factor stands bare."""
    taken = walk(RAdam(0.1, beta2=0.9, epsilon=0.0), [2.0] * 6)
    rho = 19 - 12 * 0.531441 / (1 - 0.531441)
    assert 5 < rho < 5.4
    factor = sqrt((rho - 4) * (rho - 2) * 19 / (15 * 17 * rho))
    assert taken == pytest.approx([-0.2] * 5 + [-0.1 * factor])


def test_radams_epsilon_stands_before_or_after_the_correction():
    """s = 4 (1 - 0.9^6) by step 6: root and epsilon are divided together, or the corrected root of 2 meets epsilon."""
    bare = walk(RAdam(0.1, beta2=0.9, epsilon=0.0), [2.0] * 6)[-1]
    before = walk(RAdam(0.1, beta2=0.9, epsilon=1.0), [2.0] * 6)[-1]
    seen = sqrt(1 - 0.531441)
    assert before / bare == pytest.approx(2 * seen / (2 * seen + 1))
    after = walk(RAdam(0.1, beta2=0.9, epsilon=1.0, corrected_epsilon=True), [2.0] * 6)[-1]
    assert after / bare == pytest.approx(2 / 3)


@pytest.mark.parametrize("beta2", [0.0, 0.3, 0.5, 0.6, 2 / 3, 0.75])
def test_radam_with_a_short_memory_never_scales(beta2):
    """rho cannot exceed 2 / (1 - beta2) - 1; some of these would divide by 0."""
    assert walk(RAdam(0.1, beta2=beta2), [2.0] * 4)[:2] == pytest.approx([-0.2] * 2)


def test_nadams_momentum_warms_up():
    """mu_1 = 0.5 (1 - 0.48) and mu_2 = 0.5 (1 - 0.4608) with momentum_decay 1."""
    mu, after = 0.26, 0.2696
    ahead = after * 1 / (1 - mu * after) + (1 - mu) * 2 / (1 - mu)
    assert walk(Nadam(0.1, **BETAS, momentum_decay=1.0), [2.0]) == pytest.approx([-0.1 * ahead / 2])


def test_rprop_grows_waits_and_goes_back_with_half_the_size():
    assert walk(Rprop(0.1), [2.0, 3.0, -1.0, -1.0, -1.0]) == pytest.approx([-0.1, -0.12, 0.0, 0.06, 0.072])
    assert walk(Rprop(0.1, most=0.11), [1.0] * 3) == pytest.approx([-0.1, -0.11, -0.11])
    assert walk(Rprop(0.1, least=0.08), [1.0, -1.0, -1.0]) == pytest.approx([-0.1, 0.0, 0.08])
    assert walk(Rprop(0.1, shrink=0.25, grow=2.0), [1.0, 1.0, 0.0, 1.0]) == pytest.approx([-0.1, -0.2, 0.0, -0.2])


def test_rprop_is_not_stopped_by_gradients_too_small_to_be_multiplied():
    assert walk(Rprop(0.1), [1e-200, 1e-200, -1e-200]) == pytest.approx([-0.1, -0.12, 0.0])


def test_rprops_first_size_is_the_rate_at_the_start():
    rule = Rprop(lambda t: 0.1 if t == 0 else 5.0)
    run = steepest.minimize(lambda w: float(w[0] ** 2), [1.0], rule, grad=lambda w: 2 * w, max_iter=2)
    np.testing.assert_allclose(run.history.w[:, 0], [1.0, 0.9, 0.78])


def test_asgd_reports_the_mean_of_its_late_points():
    """w = 0.8^t; from update 3 on the mean takes in a half of the newest, then a third."""
    rule = ASGD(0.1, shrinkage=0.0, average_from=0.0)
    run = steepest.minimize(lambda w: float(w[0] ** 2), [1.0], rule, grad=lambda w: 2 * w, max_iter=4)
    wanted = [1.0, 0.8, 0.64, (0.64 + 0.512) / 2, (0.64 + 0.512 + 0.4096) / 3]
    np.testing.assert_allclose(run.history.w[:, 0], wanted, rtol=1e-14)
    np.testing.assert_allclose(run.history.f, np.square(wanted), rtol=1e-14)


def test_a_centred_rmsprop_survives_a_steady_gradient():
    """s - m^2 is 0 up to rounding, which may be negative; torch's root of it is NaN."""
    taken = walk(RMSProp(0.1, decay=0.5, centered=True, epsilon=1.0), [0.1] * 80)
    assert np.isfinite(taken).all()
    assert taken[-1] == pytest.approx(-0.1 * 0.1, rel=1e-6)
