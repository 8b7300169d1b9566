"""Boxes: made from numbers, arrays, SciPy's bounds and pairs; drawn from, asked, compared."""

import json

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from steepest.base.box import Box
from steepest.base.errors import ArgumentError

finite = st.floats(-1e6, 1e6)


def test_numbers_and_arrays_are_broadcast():
    box = Box(0, [1, 2, 3])
    assert np.array_equal(box.lower, [0, 0, 0])
    assert np.array_equal(box.upper, [1, 2, 3])
    assert box.lower.dtype == box.upper.dtype == np.float64
    assert Box(-1, 1).lower.shape == ()


def test_box_keeps_its_own_copy():
    lower = np.zeros(2)
    box = Box(lower, 1.0)
    lower[:] = 9
    assert np.array_equal(box.lower, [0, 0])


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (1, 0, "lower <= upper"), ([0, 2], [1, 1], "lower <= upper"), (np.nan, 1, "lower <= upper"),
        (0, np.nan, "lower <= upper"), ([0, 0], [1, 1, 1], "matching shapes"), ("a", 1, "matching shapes"),
        (0, {}, "matching shapes"), (np.zeros((2, 2)), 1, r"one pair .*; got an array of shape \(2, 2\)$"),
    ],
)  # fmt: skip
def test_bounds_that_bound_nothing_are_refused(lower, upper, words):
    with pytest.raises(ArgumentError, match=rf"^Box needs .*{words}") as error:
        Box(lower, upper)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "bounds",
    [
        Box([0, -np.inf], [np.inf, 5]), scipy.optimize.Bounds([0, -np.inf], [np.inf, 5]), [(0, None), (None, 5)],
        ((0, None), [None, 5]), [(0, np.inf), (-np.inf, 5)],
    ],
)  # fmt: skip
def test_of_takes_boxes_and_scipys_bounds(bounds):
    assert Box.of(bounds) == Box([0, -np.inf], [np.inf, 5])


def test_of_gives_a_box_back_itself():
    box = Box(0, 1)
    assert Box.of(box) is box


@pytest.mark.parametrize("bounds", [3, None, "ab", [1, 2], [(0, 1, 2)], [(0,)]], ids=repr)
def test_of_says_what_bounds_may_be(bounds):
    with pytest.raises(ArgumentError, match=r"^bounds must be steepest\.Box.*, .* or \(low, high\) pairs"):
        Box.of(bounds)


def test_fitted_spreads_one_pair_and_counts_many():
    assert Box(0, 1).fitted(3) == Box([0, 0, 0], [1, 1, 1])
    assert Box([0, 1], 2).fitted(2) == Box([0, 1], [2, 2])
    with pytest.raises(ArgumentError, match=r"^bounds has 2 pairs, but there are 3 variables$"):
        Box([0, 1], 2).fitted(3)
    with pytest.raises(ArgumentError, match=r"^box has 2 pairs"):
        Box([0, 1], 2).fitted(1, "box")


@given(arrays(float, 3, elements=finite), arrays(float, 3, elements=st.floats(0, 1e6)), st.integers(0, 2**32 - 1))
def test_draws_lie_in_the_box_and_repeat_with_the_seed(lower, width, seed):
    box = Box(lower, lower + width)
    drawn = box.draw(np.random.default_rng(seed), 5)
    assert drawn.shape == (5, 3)
    assert all(box.holds(w) for w in drawn)
    assert np.array_equal(drawn, box.draw(np.random.default_rng(seed), 5))


@pytest.mark.parametrize("box", [Box(-np.inf, 0), Box([0, 0], [1, np.inf])])
def test_draws_need_finite_bounds(box):
    with pytest.raises(ArgumentError, match="finite"):
        box.draw(np.random.default_rng(0), 1)


def test_holds_its_edges_and_no_nan():
    box = Box([0, -np.inf], [1, 2])
    assert box.holds(np.array([0.0, 2.0]))
    assert box.holds(np.array([1.0, -1e300]))
    assert not box.holds(np.array([1.1, 0.0]))
    assert not box.holds(np.array([0.5, np.nan]))


def test_equality_is_of_bounds():
    assert Box(0, [1, 2]) == Box([0, 0], [1, 2])
    assert Box(0, 1) != Box(0, 2)
    assert Box(0, 1) != Box(-1, 1)
    assert Box(0, 1) != (0, 1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(Box(0, 1))


@pytest.mark.parametrize("box", [Box([-1, -np.inf], [np.inf, 2]), Box([0.0], [1.5]), Box(np.zeros(3), np.ones(3))])
def test_its_pairs_are_json_and_give_it_back(box):
    assert Box.of(json.loads(json.dumps(box.pairs()))) == box


def test_pairs_have_none_for_no_bound():
    assert Box([-1, -np.inf], [np.inf, 2]).pairs() == [[-1.0, None], [None, 2.0]]
    assert Box(0, 1).pairs() == [[0.0, 1.0]]


def test_projection_is_the_nearest_point_and_the_projected_gradient_forgets_what_points_out():
    box = Box([0.0, -np.inf, 0.0], [1.0, 1.0, np.inf])
    assert np.array_equal(box.project(np.array([2.0, 0.5, -1.0])), [1.0, 0.5, 0.0])
    corner = np.array([1.0, 1.0, 0.0])
    assert np.array_equal(box.projected_gradient(corner, np.array([-3.0, -1.0, 2.0])), [0, 0, 0])
    assert np.array_equal(box.projected_gradient(corner, np.array([0.25, 4.0, -2.0])), [0.25, 4.0, -2.0])
