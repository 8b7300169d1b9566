"""Simultaneous perturbation: two evaluations, right on average, the same directions again for the same weights."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from steepest.problems.spsa import DRAWS, STEP, direction, spsa, spsa_of

weights = arrays(float, st.integers(1, 20), elements=st.floats(-1e6, 1e6))
A = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, -0.5], [0.0, -0.5, 1.0]])


def quadratic(w):
    return 0.5 * w @ A @ w


@given(weights, st.integers(-(2**70), 2**70))
def test_the_direction_is_signs_drawn_from_seed_and_weights_alone(w, seed):
    signs = direction(w, seed)
    assert signs.shape == w.shape
    assert set(signs) <= {-1.0, 1.0}
    assert np.array_equal(signs, direction(w.copy(), seed))


def test_seeds_and_weights_draw_different_directions():
    w = np.ones(64)
    drawn = [direction(w, 0), direction(w, 1), direction(np.nextafter(w, 2), 0)]
    assert all(20 <= np.count_nonzero(a != b) <= 44 for a, b in zip(drawn, drawn[1:] + drawn[:1], strict=True))


def test_signs_are_fair_and_independent():
    drawn = np.array([direction(np.array([k, 0.5, -1.0, 7.0]), 3) for k in range(4000)])
    np.testing.assert_allclose(drawn.T @ drawn / 4000, np.eye(4), atol=5 / math.sqrt(4000))
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=5 / math.sqrt(4000))


@given(weights)
def test_takes_exactly_two_evaluations_on_either_side_and_leaves_w_alone(w):
    seen, kept = [], w.copy()
    spsa(lambda v: seen.append(v.copy()) or float(len(seen)), w, 1)
    assert len(seen) == 2
    assert np.array_equal(w, kept)
    np.testing.assert_allclose(np.abs(seen[0] - w), STEP * np.maximum(1, np.abs(w)), rtol=1e-9)
    np.testing.assert_allclose(seen[0] + seen[1], 2 * w, atol=1e-9 * max(1.0, np.abs(w).max()))


def test_a_difference_of_nothing_is_drawn_again_a_few_times():
    seen = []
    assert not spsa(lambda v: seen.append(v.copy()) or 0.0, np.ones(3), 1).any()
    assert len(seen) == 2 * DRAWS
    assert len({tuple(v) for v in seen[::2]}) > 2
    cancelling = next(w for k in range(100) if direction(w := np.array([1.0, 1.0 + k]), 0).sum() == 0)
    calls = []
    slope = spsa(lambda v: calls.append(v) or (v - cancelling).sum(), cancelling, 0)
    assert slope.any() or len(calls) > 2


def test_one_variable_gives_the_central_difference():
    assert spsa(lambda w: 3 * w[0] ** 2, np.array([5.0]), 0) == pytest.approx([30.0], rel=1e-9)


def test_every_component_is_the_slope_along_the_direction_by_hand():
    w = np.array([1.0, 1.0])
    d = direction(w, 0)
    np.testing.assert_allclose(spsa(lambda v: 2 * v[0] + 5 * v[1], w, 0), (2 * d[0] + 5 * d[1]) * d, rtol=1e-9)


def test_is_right_on_average_over_directions():
    w = np.array([1.0, -2.0, 30.0])
    estimates = np.array([spsa(quadratic, w, seed) for seed in range(4000)])
    spread = estimates.std(axis=0) / math.sqrt(4000)
    assert np.all(np.abs(estimates.mean(axis=0) - A @ w) < 4 * spread)
    assert np.all(spread < 0.1 * np.abs(estimates).max())


def test_a_missing_number_is_nan_and_any_other_error_is_the_callers():
    w = np.array([0.0, 1.0])
    assert np.isnan(spsa(lambda v: math.log(v[0]), w, 0)).all()
    with pytest.raises(KeyError):
        spsa(lambda v: {}["x"], w, 0)


def test_the_callable_is_the_same_estimate_and_repeats_itself():
    w = np.array([1.0, -2.0, 0.5])
    gradient = spsa_of(quadratic, 7)
    first = gradient(w)
    gradient(w + 1)  # what came between leaves no trace
    assert gradient(w).tobytes() == first.tobytes() == spsa(quadratic, w, 7).tobytes()


def test_descends_a_noisy_bowl():
    rng = np.random.default_rng(0)
    w = np.full(10, 3.0)
    gradient = spsa_of(lambda v: float(v @ v) + 1e-4 * rng.normal(), 0)
    for t in range(1000):
        w = w - 0.04 / (1 + t / 100) * gradient(w)
    assert w @ w < 1e-3 * 90
