"""Centred and scaled columns: the change of variables and its inverse, and the model seen through it."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from steepest import LinearModel
from steepest.base.errors import ArgumentError
from steepest.problems.columns import Columns
from steepest.problems.differences import central_differences

SCALES = np.array([1e-3, 1.0, 50.0, 1e4])


@st.composite
def cases(draw):
    """(X, weights, rng): columns of different scales and means; some rows may weigh nothing."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    rows = draw(st.integers(3, 30))
    X = (rng.standard_normal((rows, 4)) + rng.uniform(-3, 3, 4)) * SCALES
    weights = None
    if draw(st.booleans()):
        weights = rng.random(rows) * (rng.random(rows) < 0.8) + (np.arange(rows) < 2)
    return X, weights, rng


def both(X, weights):
    return [Columns.of(X, weights, True), Columns.of(X, weights, False), Columns.of(sp.csr_array(X), weights, False)]


@given(case=cases())
def test_columns_get_mean_zero_and_deviation_one(case):
    X, weights, _ = case
    for kind, tolerance in (("f8", 1e-9), ("f4", 1e-5)):
        centre, factor = Columns.of(X.astype(kind), weights, True)
        scaled = (X - centre) * factor
        np.testing.assert_allclose(np.average(scaled, axis=0, weights=weights), 0, atol=tolerance)
        np.testing.assert_allclose(np.average(scaled**2, axis=0, weights=weights), 1, rtol=tolerance)


@given(case=cases())
def test_without_centring_they_get_mean_square_one(case):
    X, weights, _ = case
    for given_X in (X, np.asfortranarray(X), sp.csr_array(X)):
        centre, factor = Columns.of(given_X, weights, False)
        assert not centre.any()
        np.testing.assert_allclose(np.average((X * factor) ** 2, axis=0, weights=weights), 1, rtol=1e-9)


@given(case=cases(), size=st.sampled_from([1e-300, 1e-160, 1e160, 1e300]))
def test_sizes_whose_squares_leave_the_range_of_numbers_are_scaled_all_the_same(case, size):
    X, weights, _ = case
    X[:, 3] /= SCALES[3]
    wanted = both(X, weights)
    for found, plain in zip(both(X * size, weights), wanted, strict=True):
        np.testing.assert_allclose(found.factor * size, plain.factor, rtol=1e-12)
        np.testing.assert_allclose(found.centre / size, plain.centre, rtol=1e-12)


def test_a_column_wider_than_the_largest_number_is_refused():
    X = np.array([[1.0, 1.7e308], [2.0, -1.7e308], [4.0, -1.7e308]])
    with pytest.raises(ArgumentError, match="column 1 of X spans more than the largest number"):
        Columns.of(X, None, True)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e8 / 3, 1e18, 1e-200, np.float32(0.1)])
@pytest.mark.parametrize("weighed", [True, False])
@pytest.mark.parametrize("rows", [3, 100_000])
def test_constant_columns_keep_their_scale_in_any_number_of_rows(value, weighed, rows):
    """The mean of 100,000 times 0.1, added up, is not 0.1; what is left must not be blown up to deviation 1."""
    X = np.column_stack((np.full(rows, value), np.arange(rows, dtype=float)))
    weights = np.random.default_rng(0).random(rows) if weighed else None
    centre, factor = Columns.of(X, weights, True)
    assert factor[0] == 1 / max(1.0, abs(value))
    assert centre[0] == value
    assert factor[1] < 2.0


def test_a_column_that_is_constant_where_rows_count_is_constant():
    X = np.array([[9.0, 1.0], [0.1, 2.0], [0.1, 4.0], [0.1, 3.0]])
    centre, factor = Columns.of(X, np.array([0.0, 1.0, 1.0, 2.0]), True)
    assert (centre[0], factor[0]) == (0.1, 1.0)


def test_empty_columns_keep_their_scale():
    for given_X in (np.zeros((4, 2)), sp.csr_array((4, 2))):
        assert np.array_equal(Columns.of(given_X, None, False).factor, [1.0, 1.0])


@given(case=cases(), base=st.sampled_from([0, 1]), outputs=st.sampled_from([(), (3,)]))
def test_inward_is_the_inverse_of_outward(case, base, outputs):
    X, weights, rng = case
    for columns in both(X, weights) if base else both(X, weights)[1:]:
        w = rng.standard_normal((4 + base, *outputs))
        kept = w.copy()
        there = columns.outward(w, base)
        np.testing.assert_allclose(columns.inward(there, base), w, rtol=1e-9, atol=1e-9 * np.abs(there).max())
        assert np.array_equal(w, kept)


@given(case=cases(), base=st.sampled_from([0, 1]), outputs=st.sampled_from([(), (3,)]))
def test_outputs_are_those_of_the_scaled_columns(case, base, outputs):
    X, weights, rng = case
    for columns in both(X, weights) if base else both(X, weights)[1:]:
        w = rng.standard_normal((4 + base, *outputs))
        c = columns.outward(w, base)
        scaled = (X - columns.centre) * columns.factor
        wanted = scaled @ w[base:] + (w[0] if base else 0.0)
        np.testing.assert_allclose(X @ c[base:] + (c[0] if base else 0.0), wanted, rtol=1e-8, atol=1e-8)


@given(case=cases(), base=st.sampled_from([0, 1]), outputs=st.sampled_from([(), (3,)]))
def test_gradients_go_by_the_transposed_map(case, base, outputs):
    """<g, outward(w)> = <gradient(g), w> for every w, as outward is linear."""
    X, weights, rng = case
    for columns in both(X, weights) if base else both(X, weights)[1:]:
        g, w = rng.standard_normal((4 + base, *outputs)), rng.standard_normal((4 + base, *outputs))
        there, back = columns.outward(w, base), columns.gradient(g, base)
        size = (np.abs(g) * np.abs(there)).sum() + (np.abs(back) * np.abs(w)).sum()
        assert (g * there).sum() == pytest.approx((back * w).sum(), abs=1e-12 * size)


MODELS = [
    {"penalty": "l2", "alpha": 0.3}, {"penalty": "l1", "alpha": 0.2}, {"penalty": "elasticnet", "alpha": 0.5},
    {"reduction": "sum", "penalty": "elasticnet", "alpha": 2.0}, {"fit_intercept": False, "penalty": "l2", "alpha": 1},
    {"loss": "huber"},
]  # fmt: skip


@pytest.mark.parametrize("options", MODELS, ids=range(len(MODELS)))
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("several", [True, False])
@given(case=cases())
def test_a_rescaled_model_has_the_same_objective(options, sparse, several, case):
    X, weights, rng = case
    y = rng.standard_normal((len(X), 2) if several else len(X))
    model = LinearModel(sp.csr_array(X) if sparse else X, y, sample_weight=weights, **options)
    inner = model.rescaled()
    assert inner.X is model.X
    assert (inner.n, inner.loss, inner.y is model.y) == (model.n, model.loss, True)
    w = rng.standard_normal(model.n)
    outer = inner.columns.outward(inner.shaped(w), inner.base).ravel()
    assert inner.value(w) == pytest.approx(model.value(outer), rel=1e-9)
    assert inner.penalty(w) == pytest.approx(model.penalty(outer), rel=1e-9)
    np.testing.assert_allclose(inner.outputs(w), model.outputs(outer), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(inner.predict(w, X), model.predict(outer, X), rtol=1e-7, atol=1e-7)
    for found, wanted in zip(inner.split(w), model.split(outer), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)
    g = inner.gradient(w)
    differences = central_differences(inner.value, w)
    np.testing.assert_allclose(g, differences, rtol=1e-4, atol=1e-5 * (1 + np.abs(g).max() + abs(inner.value(w))))


def test_a_rescaled_model_is_told_apart_in_its_recipe():
    X = np.random.default_rng(0).standard_normal((9, 2)) * [1, 100]
    model = LinearModel(X, X[:, 0])
    assert "columns" not in model.recipe()
    assert model.rescaled().recipe() == {**model.recipe(), "columns": model.rescaled().recipe()["columns"]}
    assert model.rescaled().rescaled().recipe() == model.rescaled().recipe()
