"""Curves of a sweep: medians and quartiles over seeds, failures, labels."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import steepest
from steepest.base.errors import ArgumentError
from steepest.plots.curves import GAP, curves_of, quantiles, spread

rosenbrock = steepest.gallery.rosenbrock()
X, y = load_digits(n_class=2, return_X_y=True)
digits = steepest.LinearModel(X[:60], y[:60].astype(float))


@pytest.fixture(scope="module")
def seeds():
    return steepest.sweep(
        digits, None, "momentum", learning_rate=[1e-5, 1e-4], seed=[0, 1, 2, 3], batch_size=8, max_iter=4,
        progress=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def rates():
    return steepest.sweep(
        rosenbrock, None, "momentum", learning_rate=np.geomspace(1e-4, 1e-1, 12).tolist(), momentum=[0.0, 0.9],
        max_iter=60, grad_tol=None, progress=False,
    )  # fmt: skip


def test_a_line_is_the_median_over_seeds_and_the_band_the_quartiles(seeds):
    data = curves_of(seeds).data
    assert [one["value"] for one in data["series"]] == [1e-5, 1e-4]
    for one in data["series"]:
        runs = [seeds.at(learning_rate=one["value"], seed=seed) for seed in range(4)]
        table = np.array([run.history.f for run in runs])
        assert one["median"] == pytest.approx(np.median(table, axis=0))
        assert one["low"] == pytest.approx(np.quantile(table, 0.25, axis=0))
        assert one["high"] == pytest.approx(np.quantile(table, 0.75, axis=0))
        assert np.array_equal(one["x"], [0, 1, 2, 3, 4])
    assert data["x_label"] == "epoch"


def test_other_hyper_parameters_are_the_best_ones_and_named(rates):
    data = curves_of(rates, most=3).data
    assert len(data["series"]) == 3
    assert len(data["left_out"]) == 9
    for one in data["series"]:
        pair = [rates.at(learning_rate=one["value"], momentum=m) for m in (0.0, 0.9)]
        if one["failed"]:
            continue
        best = min((run for run in pair if not run.failed), key=lambda run: run.best.f)
        assert np.array_equal(one["median"], best.history.f)
        assert f"(momentum {best.recipe['method']['momentum']:g})" in one["label"]
    assert rates.best.recipe["method"]["learning_rate"] in [one["value"] for one in data["series"]]
    assert "3 of 12 values of learning rate" in data["note"]


def test_a_run_that_ended_well_stays_where_it_is():
    starts = [[1.0, 1.0], [1e3, 0.0]]
    sweep = steepest.sweep(
        steepest.gallery.sphere(), starts, "gradient_descent", learning_rate=[0.3, 0.4], progress=False
    )
    one = curves_of(sweep).data["series"][0]
    short, long = (sweep.at(learning_rate=0.3, w0=start) for start in starts)
    assert short.nit < long.nit
    held = np.append(short.history.f, np.full(long.nit - short.nit, short.f))
    assert one["median"] == pytest.approx((held + long.history.f) / 2)


def test_failed_lines_end_and_say_so(rates):
    display = curves_of(rates, at={"momentum": 0.9}, most=4).plot()
    failed = [one for one in display.data["series"] if one["failed"]]
    assert failed
    assert all(one["label"].endswith(one["outcome"]) and one["outcome"] for one in failed)
    sound = [one["median"].max() for one in display.data["series"] if not one["failed"]]
    assert max(sound) <= display.ax_.get_ylim()[1] < 1e6


def test_names_do_not_overlap_and_stand_beside_the_axes(rates):
    display = curves_of(rates).plot()
    display.figure_.draw_without_rendering()
    labels = {one["label"] for one in display.data["series"]}
    boxes = [text.get_window_extent() for text in display.ax_.texts if text.get_text() in labels]
    assert len(boxes) == 8
    boxes.sort(key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 0.5 for low, high in pairwise(boxes))
    assert all(box.x0 > display.ax_.get_window_extent().x1 for box in boxes)
    assert all(box.x1 <= display.figure_.bbox.x1 for box in boxes)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_names_are_spread_in_their_order(heights):
    places = spread(heights, GAP)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(places[order]) >= GAP - 1e-12).all()
    assert places.max() <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(0, 1))
def test_quantiles_are_numpy_s(values, share):
    assert quantiles(np.array(values)[:, None], (share,))[0][0] == pytest.approx(np.quantile(values, share), abs=1e-6)


def test_failures_are_the_highest_quantiles():
    table = np.array([[1.0], [2.0], [np.inf], [np.inf]])
    assert [float(part[0]) for part in quantiles(table, (0.0, 1 / 3, 0.5, 1.0))] == [1, 2, np.inf, np.inf]


def test_grad_norm_against_gradient_evaluations(rates):
    data = curves_of(rates, column="grad_norm", x="n_grad", at={"momentum": 0.0}, most=2).plot().data
    run = rates.at(learning_rate=data["series"][0]["value"], momentum=0.0)
    assert np.array_equal(data["series"][0]["median"], run.history.grad_norm)
    assert data["x_label"] == "gradient evaluations"


def test_bad_arguments_are_one_sentence(rates):
    with pytest.raises(ArgumentError, match="by must be an axis of the sweep, learning_rate or momentum; got 'seed'"):
        curves_of(rates, by="seed")
    with pytest.raises(ArgumentError, match="column must be f, grad_norm, running_f or learning_rate; got 'w'"):
        curves_of(rates, column="w")
    with pytest.raises(ArgumentError, match=r"the curves need history.running_f, which record="):
        curves_of(rates, column="running_f")
    with pytest.raises(ArgumentError, match=r"most must be a whole number from 1 to 8, .*; got 9"):
        curves_of(rates, most=9)
    with pytest.raises(ArgumentError, match="scale must be 'auto', 'linear' or 'log'; got 'lin'"):
        curves_of(rates, scale="lin")
