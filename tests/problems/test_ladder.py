"""The ladder of differences: slopes that are right within the bound that comes with them, and the noise of values."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steepest.problems.ladder import noise_of, slope_along


def slope_of(f, x, noise=0.0):
    w = np.array([x])
    return slope_along(lambda v: f(v.item()), w, f(x), noise, np.ones(1), max(1.0, abs(x)))


SMOOTH = {  # f, its derivative, and how well a slope should be known
    "line": (lambda x: 3 * x - 7, lambda x: 3.0, 1e-10),
    "sine": (math.sin, math.cos, 1e-7),
    "exp": (math.exp, math.exp, 1e-6),
    "quartic": (lambda x: x**4 - 5 * x, lambda x: 4 * x**3 - 5, 1e-5),
    "ripple": (lambda x: x + 1e-3 * math.sin(1e4 * x), lambda x: 1 + 10 * math.cos(1e4 * x), 1e-4),
    "wave whose period is a decimal": (
        lambda x: math.cos(2000 * math.pi * x),
        lambda x: -2000 * math.pi * math.sin(2000 * math.pi * x),
        0.1,
    ),
    "far up": (lambda x: 1e8 + x, lambda x: 1.0, 1e-4),
}


@pytest.mark.parametrize("name", SMOOTH)
@given(x=st.floats(-3, 3))
@example(x=2.9403298106669755)
def test_a_smooth_slope_is_within_its_uncertainty_which_is_small(name, x):
    f, derivative, known = SMOOTH[name]
    eps = np.finfo(float).eps  # below: 10 for the terms of which f is the sum, x f' for products with x inside of it
    slope = slope_of(f, x, eps * max(10.0, abs(f(x)), abs(x * derivative(x))))
    rounding = 10 * eps * slope.bend  # of x, in the formula of the derivative
    assert abs(slope.best.value - derivative(x)) <= slope.best.uncertainty + rounding < known
    assert slope.central
    assert not slope.kink


@pytest.mark.parametrize("distance", [0.03, 1e-3, 1e-5, 1e-7, 1e-9])
def test_the_slope_this_side_of_a_kink_is_taken_however_near_the_kink(distance):
    slope = slope_of(abs, distance)
    assert abs(slope.best.value - 1) <= slope.best.uncertainty


@pytest.mark.parametrize(("left", "right"), [(-1, 1), (0, 1), (2, 2.001)])
def test_a_kink_is_seen_with_both_its_slopes(left, right):
    slope = slope_of(lambda x: (left if x < 0 else right) * x + x**2, 0.0)
    assert slope.kink
    assert slope.left.value == pytest.approx(left, abs=1e-6)
    assert slope.right.value == pytest.approx(right, abs=1e-6)


def test_values_on_one_side_only_give_the_one_sided_slope():
    slope = slope_of(lambda x: 2 * x if x >= 0 else math.nan, 0.0)
    assert not slope.central
    assert slope.best.value == pytest.approx(2)


@pytest.mark.parametrize("sd", [1e-1, 1e-4, 1e-8])
def test_noise_is_measured_to_a_factor(sd):
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found.append(noise_of(lambda v, rng=rng: float(np.sin(v).sum()) + sd * rng.normal(), np.ones(3), 2.5, rng))
    assert sd / 5 < min(found) < np.median(found) * 2 < 4 * sd


def test_smooth_values_have_the_noise_of_rounding_only():
    noise = noise_of(lambda v: float(np.exp(v).sum()), np.ones(3), 8.0, np.random.default_rng(0))
    assert 8 * 2**-52 <= noise < 8e-15


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_values_of_few_digits_are_as_noisy_as_their_last_digit(digits):
    noise = noise_of(lambda v: round(float(v.sum()), digits), np.array([1.0, 2.0]), 3.0, np.random.default_rng(0))
    assert 0.1 * 10**-digits < noise < 2 * 10**-digits


def test_the_noise_of_a_constant_is_its_rounding():
    assert noise_of(lambda v: 4.0, np.ones(2), 4.0, np.random.default_rng(0)) == 4 * 2**-52


@pytest.mark.parametrize("x", [0.5, -20.0])
def test_the_bend_is_curvature_times_the_size_of_w(x):
    assert slope_of(lambda x: 3 * x**2, x).bend == pytest.approx(6 * max(1, abs(x)), rel=1e-2)
