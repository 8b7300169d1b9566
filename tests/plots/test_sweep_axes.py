"""The axes of a sweep: values, scales, edges, and what stands for several runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.plots.sweep_axes import axis_of, chosen_values, edges_of, scale_of
from steepest.plots.sweep_values import median_of

positive = st.floats(1e-6, 1e6)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.05, 0.2, 0.5, 0.8], "linear"), ([0, 0.5, 0.9], "linear"), ([1e-4, 1e-3, 1e-2], "log"),
        ([1, 2, 4, 8, 16, 32, 64, 128, 288], "log"), ([1, 2, 5, 10, 20], "log"), ([0, 0.9, 0.99, 0.999], "steps"),
        ([0.1, 1.0], "log"), ([0.1, 0.2], "linear"), ([3.0], "linear"), ([-1, 1, 10], "steps"),
    ],
)  # fmt: skip
def test_the_scale_is_the_one_that_spaces_the_values_evenly(values, scale):
    assert scale_of(np.array(values, dtype=float)) == scale


@given(start=positive, ratio=st.floats(1.6, 9), many=st.integers(3, 40))
def test_geometric_values_are_log_with_edges_at_geometric_means(start, ratio, many):
    axis = axis_of("learning_rate", start * ratio ** np.arange(many))
    assert axis.scale == "log"
    edges = edges_of(axis)
    assert edges[1:-1] == pytest.approx(np.sqrt(axis.at[1:] * axis.at[:-1]))
    assert edges[0] * edges[1] == pytest.approx(axis.at[0] ** 2)
    assert edges[-1] * edges[-2] == pytest.approx(axis.at[-1] ** 2)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30, unique=True))
def test_every_value_lies_in_its_own_cell(values):
    axis = axis_of("momentum", np.array(values))
    edges = edges_of(axis)
    assert (np.diff(edges) >= 0).all()
    assert ((edges[:-1] <= axis.at) & (axis.at <= edges[1:])).all()
    assert [axis.values[code] for code in axis.codes] == values


def test_words_and_none_come_in_the_sweep_s_order():
    axis = axis_of("batch_size", np.array([16, None, 1, 16], dtype=object))
    assert axis.values == [16, None, 1]
    assert axis.texts == ["16", "full batch", "1"]
    assert axis.codes.tolist() == [0, 1, 2, 0]
    assert axis.scale == "steps"


@given(st.dictionaries(st.integers(0, 200), st.integers(0, 50), min_size=1), st.integers(1, 8))
def test_the_best_is_always_among_the_values_drawn(ranks, most):
    kept, left = chosen_values({k: float(v) for k, v in ranks.items()}, most)
    assert sorted(kept + left) == sorted(ranks)
    assert len(kept) <= most
    assert min(ranks, key=lambda k: (ranks[k], k)) in kept


@pytest.mark.parametrize(
    ("values", "median"),
    [([1, 2, 9], 2), ([1, 2], 1.5), ([1, np.inf], np.inf), ([1, 2, np.inf], 2), ([np.nan, 3], 3), ([np.inf], np.inf)],
)
def test_half_or_more_failures_make_a_failed_median(values, median):
    assert median_of(np.array(values, dtype=float)) == median


def test_the_median_of_nothing_is_no_number():
    assert np.isnan(median_of(np.array([np.nan])))
