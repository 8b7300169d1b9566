"""Central differences: exact where they must be, second order elsewhere, 2 n evaluations, NaN where f has no number."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from steepest.problems.differences import STEP, central_differences, numerical

moderate = st.floats(-100, 100)


@given(arrays(float, 3, elements=moderate), arrays(float, 3, elements=moderate), moderate)
def test_exact_on_straight_lines_to_rounding(w, slope, offset):
    gradient = central_differences(lambda v: slope @ v + offset, w)
    np.testing.assert_allclose(gradient, slope, atol=1e-7 * (1 + np.abs(slope).max() * 300))


@given(arrays(float, 2, elements=st.floats(-3, 3)))
def test_second_order_on_curves(w):
    gradient = central_differences(lambda v: math.sin(v[0]) * math.exp(v[1]), w)
    exact = np.array([math.cos(w[0]), math.sin(w[0])]) * math.exp(w[1])
    np.testing.assert_allclose(gradient, exact, atol=1e-8 * (1 + math.exp(w[1])))


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e8])
def test_the_step_grows_with_large_weights_only(size):
    seen = []
    central_differences(lambda v: seen.append(v[0]) or 0.0, np.array([size]))
    assert max(seen) - min(seen) == pytest.approx(2 * STEP * max(1.0, size), rel=1e-8)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_costs_two_evaluations_a_variable_and_moves_one_at_a_time(n):
    w, seen = np.arange(1.0, n + 1), []
    central_differences(lambda v: seen.append(v.copy()) or 0.0, w)
    assert len(seen) == 2 * n
    assert all((v != w).sum() == 1 for v in seen)
    assert np.array_equal(w, np.arange(1.0, n + 1))


def test_a_raised_overflow_is_nan_in_its_component_only():
    gradient = central_differences(lambda v: math.exp(1e4 * v[0]) if v[0] > 1 else v[1], np.array([1.0, 2.0]))
    assert math.isnan(gradient[0])
    assert gradient[1] == pytest.approx(1.0)


def test_any_other_error_is_the_callers():
    with pytest.raises(KeyError):
        central_differences(lambda v: {}["x"], np.ones(2))
    with pytest.raises(ValueError, match="mine"):
        central_differences(lambda v: int("mine"), np.ones(2))


@pytest.mark.parametrize("f", [lambda: math.exp(1e4), lambda: 1 / 0, lambda: math.log(-1.0), lambda: math.sqrt(-1.0)])
def test_what_pythons_math_raises_for_want_of_a_number_is_numerical(f):
    with pytest.raises((ArithmeticError, ValueError)) as error:
        f()
    assert numerical(error.value)
    assert not numerical(ValueError("operands could not be broadcast"))
