"""Chebyshev step sizes: the minimax polynomial after a cycle, and an order that keeps rounding errors small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.methods.schedules import Chebyshev
from steepest.methods.schedules.schedule import check


def minimax(smallest: float, largest: float, steps: int) -> float:
    """1 / T_steps((largest + smallest) / (largest - smallest))."""
    return float(1 / np.cosh(steps * np.arccosh((largest + smallest) / (largest - smallest))))


@given(st.integers(1, 60), st.floats(1.5, 1e4), st.floats(1e-3, 1e3))
def test_the_error_after_a_cycle_is_the_minimax_polynomial(steps, condition, smallest):
    largest = smallest * condition
    rates = Chebyshev(smallest, largest, steps).values(np.arange(float(steps)))
    x = np.linspace(smallest, largest, 2001)
    error = np.ones_like(x)
    for rate in rates:
        error *= 1 - rate * x
    best = minimax(smallest, largest, steps)
    assert np.abs(error).max() == pytest.approx(best, rel=1e-6, abs=1e-13)
    assert error[0] == pytest.approx(best, rel=1e-6, abs=1e-13)


def test_the_first_step_is_the_smallest_and_the_cycle_repeats():
    schedule = Chebyshev(1.0, 9.0, 4)
    found = schedule.values(np.arange(12.0))
    assert found[0] == found.min() == pytest.approx(1 / (5 + 4 * np.cos(np.pi / 8)))
    assert np.array_equal(found[:4], found[4:8])
    assert np.array_equal(found[:4], found[8:])
    assert len(set(found[:4])) == 4
    assert schedule(1.7) == schedule(1.0)


def test_one_step_is_the_best_constant_rate():
    assert Chebyshev(1.0, 9.0, 1)(0.0) == pytest.approx(2 / (1 + 9))


def growth(rates: np.ndarray, smallest: float, largest: float) -> tuple[float, float]:
    """How far, in powers of 10, the error polynomial of a part of the cycle rises: of a beginning (what rows in between
    show), and of an end (what becomes of a rounding error made on the way)."""
    x = np.linspace(smallest, largest, 3001)
    factors = np.log10(np.maximum(np.abs(1 - rates[:, None] * x), 1e-300))
    return float(np.cumsum(factors, axis=0).max()), float(np.cumsum(factors[::-1], axis=0).max())


@pytest.mark.parametrize("steps", [7, 64, 65, 100, 129, 333, 512])
@pytest.mark.parametrize("condition", [10.0, 1e4])
def test_no_part_of_a_cycle_blows_rounding_errors_up(steps, condition):
    rates = Chebyshev(1.0, condition, steps).values(np.arange(float(steps)))
    assert max(growth(rates, 1.0, condition)) < np.log10(condition) + 0.5


def test_the_order_of_size_would_blow_them_up():
    rates = Chebyshev(1.0, 1e4, 64).values(np.arange(64.0))
    assert growth(np.sort(rates), 1.0, 1e4)[1] > 20
    assert growth(np.sort(rates)[::-1], 1.0, 1e4)[0] > 20


def test_gradient_descent_reaches_the_bound_on_a_quadratic():
    curvatures = np.geomspace(1.0, 1000.0, 50)
    start = np.ones(50)
    w = start.copy()
    for rate in Chebyshev(1.0, 1000.0, 128).values(np.arange(128.0)):
        w = w - rate * curvatures * w
    assert np.abs(w).max() <= minimax(1.0, 1000.0, 128) * (1 + 1e-6)
    assert np.abs(w).max() < 1e-3


def test_curvatures_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match=r"smallest of Chebyshev must be at most its largest, 1.0; got 9.0"):
        check(Chebyshev(9.0, 1.0, 4))
    with pytest.raises(TypeError, match=r"steps of Chebyshev must be a whole number; got 2.5"):
        check(Chebyshev(1.0, 9.0, 2.5))
    assert check(Chebyshev(2.0, 2.0, 3)).values(np.arange(3.0)).tolist() == [0.5, 0.5, 0.5]
