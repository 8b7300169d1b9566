"""The values of each schedule: formulas worked by hand, the conditions they are chosen for, parity with optax."""

import math

import jax
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.methods.schedules import (
    Constant,
    Cosine,
    Exponential,
    InverseTime,
    OneCycle,
    Polynomial,
    RobbinsMonro,
    Step,
    WarmRestarts,
    WarmUp,
)  # fmt: skip
from steepest.methods.schedules.schedule import check

T = np.arange(400.0)
PEERS = {
    "constant": (lambda: optax.constant_schedule(0.3), Constant(0.3)),
    "cosine": (lambda: optax.cosine_decay_schedule(0.3, 250, alpha=0.1), Cosine(0.3, 0.03, 250.0)),
    "exponential": (lambda: optax.exponential_decay(0.3, 40, 0.5), Exponential(0.3, 0.5 ** (1 / 40))),
    "growing": (lambda: optax.exponential_decay(1e-6, 1, 1.03), Exponential(1e-6, 1.03)),
    "step": (lambda: optax.exponential_decay(0.3, 30, 0.2, staircase=True), Step(0.3, 30.0, 0.2)),
    "line": (lambda: optax.linear_schedule(0.3, 0.01, 250), Polynomial(0.3, 0.01, 250.0)),
    "polynomial": (lambda: optax.polynomial_schedule(0.3, 0.01, 1.7, 250), Polynomial(0.3, 0.01, 250.0, 1.7)),
    "warm-up": (
        lambda: optax.warmup_cosine_decay_schedule(0.02, 0.3, 40, 250, 0.01),
        WarmUp(Cosine(0.3, 0.01, 210.0), 40.0, 0.02),
    ),
    "warm-up to a number": (lambda: optax.warmup_constant_schedule(0.02, 0.3, 40), WarmUp(0.3, 40.0, 0.02)),
    "warm-up to a decay": (
        lambda: optax.warmup_exponential_decay_schedule(0.02, 0.3, 40, 20, 0.5),
        WarmUp(Exponential(0.3, 0.5 ** (1 / 20)), 40.0, 0.02),
    ),
    "warm restarts": (
        lambda: optax.sgdr_schedule(
            [
                {"init_value": 0.3, "peak_value": 0.3, "warmup_steps": 0, "decay_steps": 30 * 2**k, "end_value": 0.01}
                for k in range(5)
            ]
        ),
        WarmRestarts(0.3, 30.0, 0.01, 2.0),
    ),
    "one cycle": (lambda: optax.cosine_onecycle_schedule(250, 0.3), OneCycle(0.3, 250.0)),
    "another cycle": (
        lambda: optax.cosine_onecycle_schedule(250, 0.3, 0.5, 10.0, 100.0),
        OneCycle(0.3, 250.0, 0.5, 0.1, 0.01),
    ),
}


@pytest.mark.parametrize(("make", "ours"), PEERS.values(), ids=PEERS)
def test_values_are_those_of_optax(make, ours):
    with jax.enable_x64(True):
        peer = jax.vmap(make())(jax.numpy.asarray(T))
        expected = np.broadcast_to(np.asarray(peer), T.shape)
    assert expected.dtype == np.float64
    np.testing.assert_allclose(ours.values(T), expected, rtol=1e-9, atol=1e-15)


def test_the_first_value_is_the_start_and_the_end_is_kept():
    assert Cosine(0.3, 0.1, 10.0).values(np.array([0.0, 5.0, 10.0, 11.0, 1e9])).tolist() == [0.3, 0.2, 0.1, 0.1, 0.1]
    assert Polynomial(0.3, 0.1, 10.0).values(np.array([0.0, 10.0, 11.0])).tolist() == [0.3, 0.1, 0.1]
    assert Exponential(0.3, 0.5).values(np.array([0.0, 1.0, 2.0])).tolist() == [0.3, 0.15, 0.075]
    assert InverseTime(0.3, 0.5).values(np.array([0.0, 2.0])).tolist() == [0.3, 0.15]
    assert Step(0.5, 2.0, 0.5).values(np.arange(5.0)).tolist() == [0.5, 0.5, 0.25, 0.25, 0.125]


def test_every_update_of_a_whole_run_has_a_rate_above_the_end():
    for schedule in (Cosine(0.3), Polynomial(0.3), OneCycle(0.3)):
        assert (schedule.resolved(50).values(np.arange(50.0)) > 0).all()


def test_growth_that_leaves_the_numbers_is_inf():
    assert Exponential(0.3, 2.0)(5000.0) == math.inf


def test_one_cycle_is_torch_s_but_for_one_update():
    """torch's formula, from the source of OneCycleLR(max_lr=1.0, total_steps=11, pct_start=0.4): the phases end at
    0.4 * 11 - 1 and 11 - 1, the levels are 1 / 25, 1 and 1 / 25 / 1e4."""
    top = 0.4 * 11 - 1
    levels = (1 / 25, 1.0, 1 / 25 / 1e4)
    for t, found in enumerate(OneCycle(1.0, 10.0, top / 10).values(np.arange(11.0)).tolist()):
        rising = t <= top
        (start, end), share = (levels[:2], t / top) if rising else (levels[1:], (t - top) / (10 - top))
        assert found == pytest.approx(end + (start - end) / 2 * (math.cos(math.pi * share) + 1), rel=1e-12)


# -- Robbins and Monro ---------------------------------------------------------------------------------------------


@given(st.floats(0.51, 1.0), st.floats(0.1, 100.0))
def test_robbins_monro_has_a_divergent_sum_and_convergent_squares(power, offset):
    """Cauchy's condensation: blocks of doubled length sum to at least as much each time (to the same, for power 1), so
    the sum has no limit; their squares to a fixed share, 2^(1 - 2 power) < 1, so these have one."""
    schedule = RobbinsMonro(1.0, power, offset)
    n = 20_000
    values = schedule.values(np.arange(4.0 * n))
    assert values[2 * n :].sum() > values[n : 2 * n].sum() * 0.995
    squares = np.square(values)
    share = squares[2 * n :].sum() / squares[n : 2 * n].sum()
    assert share == pytest.approx(2 ** (1 - 2 * power), rel=0.01)
    assert share < 1
    assert values[0] == 1.0
    assert (np.diff(values) < 0).all()


@pytest.mark.parametrize("power", [0.5, 1.01, 0.0])
def test_robbins_monro_refuses_powers_that_break_the_conditions(power):
    with pytest.raises(ValueError, match=r"power of RobbinsMonro must be a number in \(0.5, 1\]"):
        check(RobbinsMonro(0.1, power))


def test_inverse_time_is_robbins_monro_of_power_1():
    np.testing.assert_allclose(InverseTime(0.3, 0.02).values(T), RobbinsMonro(0.3, 1.0, 50.0).values(T), rtol=1e-13)


# -- restarts ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 4))
def test_warm_restarts_restart_where_the_cycles_end(period, growth):
    """Against the walk through the cycles, one update at a time."""
    found = WarmRestarts(1.0, float(period), 0.25, float(growth)).values(np.arange(300.0))
    length, at = period, 0
    for value in found.tolist():
        expected = 0.25 + 0.75 * (1 + math.cos(math.pi * at / length)) / 2
        assert value == pytest.approx(expected, rel=1e-12)
        at += 1
        if at == length:
            length, at = length * growth, 0


@given(st.floats(0.5, 40.0), st.floats(1.0, 3.0))
def test_warm_restarts_stay_between_their_levels(period, growth):
    found = WarmRestarts(1.0, period, 0.25, growth).values(np.arange(300.0))
    assert ((found >= 0.25) & (found <= 1.0)).all()
    assert found[0] == 1.0


# -- warm-up -------------------------------------------------------------------------------------------------------


def test_warm_up_is_a_line_and_then_the_schedule_from_its_own_0():
    schedule = WarmUp(Exponential(0.4, 0.5), 4.0)
    assert schedule.values(np.arange(7.0)).tolist() == [0.0, 0.1, 0.2, pytest.approx(0.3), 0.4, 0.2, 0.1]


def test_warm_up_of_a_warm_up():
    schedule = WarmUp(WarmUp(1.0, 2.0, 0.5), 2.0)
    assert schedule.values(np.arange(6.0)).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_warm_up_gives_the_rest_of_the_run_to_what_follows():
    schedule = WarmUp(Cosine(0.3), 20.0)
    assert schedule.resolved(100) == WarmUp(Cosine(0.3, 0.0, 80.0), 20.0)
    short = schedule.resolved(10)  # the run ends before the warm-up does
    assert short.values(np.arange(10.0)).tolist() == pytest.approx([0.3 * k / 20 for k in range(10)])
    with pytest.raises(ValueError, match="give steps="):
        schedule.values(np.arange(3.0))


def test_warm_up_of_a_callable_never_calls_it_before_its_0():
    seen = []

    def then(t):
        seen.append(np.min(t))
        return 0.5 * np.ones_like(t)

    assert WarmUp(then, 3.0).values(np.arange(12.0)).tolist() == pytest.approx([0.0, 0.5 / 3, 1.0 / 3] + [0.5] * 9)
    assert min(seen) == 0.0
