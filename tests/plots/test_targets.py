"""Iterations to a target: the first row that meets it, over one axis and over two."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.plots.heatmap import MISSED
from steepest.plots.targets import targets_of

RATES, MOMENTA = [1e-4, 1e-3, 3e-3, 1e-1], [0.0, 0.9]


@pytest.fixture(scope="module")
def sweep():
    return steepest.sweep(
        steepest.gallery.rosenbrock(), None, "momentum", learning_rate=RATES, momentum=MOMENTA, max_iter=200,
        grad_tol=None, progress=False,
    )  # fmt: skip


def first_below(run, target):
    met = np.flatnonzero(run.history.f <= target)
    return run.history.iteration[met[0]] if met.size else np.inf


def test_each_run_s_first_row_at_the_target(sweep):
    data = targets_of(sweep, f_target=1.0).data
    assert data["iterations"].tolist() == [first_below(run, 1.0) for run in sweep]
    assert np.isfinite(data["iterations"]).any()
    assert np.isinf(data["iterations"]).any()


def test_a_gap_is_a_share_of_the_way_from_the_start_to_the_minimum(sweep):
    data = targets_of(sweep, gap=0.01).data
    assert data["target"] == pytest.approx(0.01 * sweep[0].history.f[0])
    assert data["iterations"].tolist() == [first_below(run, data["target"]) for run in sweep]


def test_without_a_known_minimum_the_way_ends_at_the_lowest_of_the_sweep():
    sweep = steepest.sweep("(x-1)^2 + 5", [3.0], "momentum", learning_rate=[0.01, 0.1], max_iter=9, progress=False)
    lowest = min(run.best.f for run in sweep)
    assert targets_of(sweep, gap=0.5).data["target"] == pytest.approx(lowest + 0.5 * (9 - lowest))


def test_two_axes_make_a_map_in_which_misses_and_failures_differ(sweep):
    data = targets_of(sweep, f_target=1.0).plot().data
    for k, run in enumerate(sweep):
        i, j = divmod(k, 2)
        count = first_below(run, 1.0)
        expected = "" if np.isfinite(count) else run.outcome.name if run.failed else MISSED
        assert data["failure"][j, i] == expected
        assert np.isinf(count) or data["values"][j, i] == count
    assert {MISSED, "DIVERGED"} <= set(data["counts"])


def test_one_axis_makes_a_line_of_medians_over_the_starts():
    starts = [[3.0, 4.0], [1.0, 1.0], [30.0, 1.0]]
    sweep = steepest.sweep(
        steepest.gallery.sphere(), starts, "gradient_descent", learning_rate=[0.05, 0.1, 0.4], max_iter=60,
        progress=False,
    )  # fmt: skip
    data = targets_of(sweep, f_target=1e-2).plot().data
    assert data["x_name"] == "learning_rate"
    for k, rate in enumerate(data["values"]):
        counts = [first_below(sweep.at(learning_rate=rate, w0=start), 1e-2) for start in starts]
        assert data["median"][k] == np.median(counts)
        assert (data["lower"][k], data["upper"][k]) == pytest.approx(tuple(np.quantile(counts, (0.25, 0.75))))


def test_a_line_on_request_takes_the_best_of_the_others_and_marks_what_did_not_get_there(sweep):
    display = targets_of(sweep, f_target=1.0, x="learning_rate").plot()
    data = display.data
    counts = np.array([first_below(run, 1.0) for run in sweep]).reshape(4, 2)
    assert data["median"].tolist() == counts.min(axis=1).tolist()
    assert data["failure"][-1] == "DIVERGED"
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "DIVERGED" in names
    assert MISSED in names


def test_bad_targets_are_one_sentence(sweep):
    for given in ({}, {"f_target": 1.0, "gap": 0.1}):
        with pytest.raises(ArgumentError, match="targets need either f_target, a value of f, or gap"):
            targets_of(sweep, **given)
    with pytest.raises(ArgumentError, match=r"gap must lie between 0 and 1, .*; got 1"):
        targets_of(sweep, gap=1)
    with pytest.raises(ArgumentError, match="f_target must be a finite number; got nan"):
        targets_of(sweep, f_target=float("nan"))
