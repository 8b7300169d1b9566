"""Settings at which modes vanish together, against what is known for two of them."""

import numpy as np
import pytest

import steepest
from steepest.analysis.mode_polish import errors_at, polished
from steepest.analysis.mode_runs import starting, steps_of
from steepest.methods.momentum import Momentum

C = np.array([1.0, 4.0])
RATE, MOMENTUM = 1 / np.sqrt(C.prod()), C.sum() / np.sqrt(C.prod()) - 2
"""After two steps the error of curvature c is (1 - rate c)(1 + momentum - rate c) - momentum times what it was, a
parabola in c: its zeros are at C for this rate and momentum."""


def test_errors_are_those_of_single_steps():
    errors = np.array([1.0, -2.0])
    M = np.stack([steps_of(Momentum(rate, beta), C) for rate, beta in ((0.1, 0.9), (0.4, 0.3), (0.3, 0.0))])
    times = np.array([1, 6, 13])
    found = errors_at(M, starting(Momentum(0.1), errors), times)
    for k, count in enumerate(times):
        z = np.stack([errors, np.zeros(2)], axis=1)
        for _ in range(count):
            z = (M[k] @ z[..., None])[..., 0]
        assert found[k] == pytest.approx(z[:, 0], abs=1e-15)


def test_least_squares_lead_from_a_near_miss_to_the_common_zero():
    def residuals(points, times):
        M = np.stack([steps_of(Momentum(*point), C) for point in points])
        return errors_at(M, starting(Momentum(0.1), np.ones(2)), times)

    near = np.array([[RATE, MOMENTUM]]) * np.array([[1.1, 0.9], [0.95, 1.2]])
    points, sums = polished(residuals, near, np.array([2, 2]), 12)
    assert points == pytest.approx(np.tile([RATE, MOMENTUM], (2, 1)), rel=1e-4)
    assert (sums < 1e-8).all()


def test_numbers_that_overflow_are_left_where_they_are():
    def residuals(points, times):
        with np.errstate(all="ignore"):
            return np.exp(1e4 * points) * times[:, None]

    points, sums = polished(residuals, np.array([[1.0, 1.0]]), np.array([1]), 3)
    assert np.array_equal(points, [[1.0, 1.0]])
    assert np.isinf(sums).all()


def test_suggest_finds_two_iterations_for_two_modes():
    found = steepest.suggest(lambda w: 0.5 * float(w @ (C * w)), [1.0, 1.0], grad=lambda w: C * w)
    assert found.iterations == 2
    assert found.learning_rate == pytest.approx(RATE, rel=1e-3)
    assert found.momentum == pytest.approx(MOMENTUM, rel=2e-2)
