"""f over a run: scales, axes, names of several runs."""

import math

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.loss import MOST_POINTS, drawable, loss_of
from steepest.plots.rows import what_f_is
from steepest.records.history import History
from steepest.records.outcome import Outcome

bowl = steepest.gallery.booth()


@pytest.fixture(scope="module")
def runs():
    return [steepest.minimize(bowl, momentum=m, max_iter=80, grad_tol=None) for m in (0.0, 0.5, 0.9)]


@pytest.fixture(scope="module")
def stochastic():
    X = np.random.RandomState(0).standard_normal((20, 3))
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 0.5] + 1, fit_intercept=False)
    return steepest.minimize(model, batch_size=4, learning_rate=0.05, max_iter=12)


def test_the_series_hold_the_history(runs):
    data = loss_of(runs[0].record).data
    (series,) = data["series"]
    assert np.array_equal(series["x"], np.arange(81))
    assert np.array_equal(series["f"], runs[0].history.f)
    assert series["running_f"] is None
    assert (data["x_label"], data["y_label"], data["scale"]) == ("iteration", "f", "log")


@pytest.mark.parametrize(
    ("f", "scale"),
    [
        ([100.5, 1.0], "log"), ([99, 1.0], "linear"), ([1000, 1.0, -1.0], "linear"), ([1000, 1.0, 0.0], "log"),
        ([0.0, 0.0], "linear"), ([5.0], "linear"), ([1e9, math.inf, 1.0], "log"), ([math.nan, math.nan], "linear"),
        ([-1e5, -1.0], "linear"),
    ],
)  # fmt: skip
def test_the_scale_is_log_where_f_is_positive_and_spans_more_than_two_decades(recorded, f, scale):
    display = loss_of(recorded(np.ones((len(f), 2)), f))
    assert display.data["scale"] == scale
    assert display.plot().ax_.get_yscale() == scale


def test_zeros_on_a_log_scale_are_left_out_and_said(recorded):
    display = loss_of(recorded(np.ones((3, 2)), [1000, 1, 0]))
    assert "values of 0 and below have no place on a log scale" in display.data["note"]
    drawn = display.plot().ax_.lines[0].get_ydata()
    assert np.array_equal(drawn, [1000, 1, math.nan], equal_nan=True)


def test_a_stochastic_run_counts_epochs_and_has_a_light_second_line(stochastic):
    display = loss_of([stochastic.record], ylabel=what_f_is(stochastic.problem))
    data = display.data
    assert data["x_label"] == "epoch"
    assert data["y_label"] == "f, half the mean of squares"
    assert np.array_equal(data["series"][0]["running_f"], stochastic.history.running_f, equal_nan=True)
    faint, line = display.plot().ax_.lines
    assert faint.get_alpha() < 0.6
    assert np.array_equal(line.get_ydata(), stochastic.history.f)
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["f at the end of each epoch", "averaged while the weights moved"]
    two = loss_of([stochastic.record, stochastic.record], labels=["a", "b"])
    assert "light line: the loss averaged while the weights moved" in two.data["note"]


def test_a_single_row_has_one_tick_at_its_iteration():
    run = steepest.minimize(steepest.gallery.rosenbrock(), max_iter=0)
    ax = run.plot_loss().ax_
    assert list(ax.get_xticks()) == [0]
    assert ax.get_xlim() == (-0.5, 0.5)


def test_a_run_that_climbs_says_so():
    run = steepest.minimize(lambda w: -((w[0] - 1) ** 2), [3.0], learning_rate=0.1, max_iter=3, maximize=True)
    assert run.plot_loss().data["note"].startswith("maximize: f climbs; ")


@pytest.mark.parametrize(("option", "match"), [
    ({"title": 3}, "title must be a text or None; got 3"), ({"ylabel": 3}, "ylabel must be a text or None; got 3"),
    ({"foo": 1}, "plot_loss has no option 'foo'; it has labels, scale, x, optimum, title, ylabel"),
])  # fmt: skip
def test_bad_options_of_the_run_s_loss_are_one_sentence(option, match, stochastic):
    with pytest.raises(ArgumentTypeError, match=match):
        stochastic.plot_loss(**option)


def test_the_run_s_own_view_says_what_f_is(stochastic):
    assert stochastic.plot_loss().ax_.get_ylabel() == "f, half the mean of squares"
    assert stochastic.plot_loss(ylabel="loss").ax_.get_ylabel() == "loss"


@pytest.mark.parametrize(("x", "label"), [("n_grad", "gradient evaluations"), ("seconds", "time in seconds")])
def test_other_axes(runs, x, label):
    data = loss_of(runs, x=x).data
    assert data["x_label"] == label
    assert np.array_equal(data["series"][1]["x"], getattr(runs[1].history, x))


def test_axis_names_for_batches_and_for_both_kinds(runs, stochastic):
    assert loss_of([stochastic], x="n_grad").data["x_label"] == "passes over the data"
    assert loss_of([stochastic, runs[0]]).data["x_label"] == "iteration (full batch) or epoch"


def test_an_optimum_is_subtracted(recorded):
    data = loss_of(recorded(np.ones((3, 2)), [5.0, 3.5, 3.001]), optimum=3).data
    assert np.allclose(data["series"][0]["f"], [2, 0.5, 0.001])
    assert data["y_label"] == "f above 3"
    assert data["scale"] == "log"


def test_several_runs_are_named_by_what_tells_them_apart(runs, stochastic):
    names = [series["label"] for series in loss_of(runs).data["series"]]
    assert [name.split(", ")[-1] for name in names] == ["momentum 0", "momentum 0.5", "momentum 0.9"]
    methods = [steepest.minimize(bowl, method=m, max_iter=3) for m in ("adam", "momentum")]
    assert [series["label"] for series in loss_of(methods).data["series"]] == ["adam", "momentum"]
    twins = loss_of([runs[0], runs[0]]).data["series"]
    assert len({series["label"] for series in twins}) == 2
    given = loss_of(runs, labels=["a", "b", 3]).data["series"]
    assert [series["label"] for series in given] == ["a", "b", "3"]


def test_names_stand_at_the_ends_of_lines_that_keep_apart_else_in_a_legend(recorded):
    w = np.ones((5, 2))
    apart = [recorded(w, np.geomspace(1000, end, 5)) for end in (1, 10, 100)]
    ax = loss_of(apart, labels=["a", "b", "c"]).plot().ax_
    assert ax.get_legend() is None
    assert {text.get_text() for text in ax.texts} >= {"a", "b", "c"}
    together = [recorded(w, np.geomspace(1000, end, 5)) for end in (1, 1.01)]
    legend = loss_of(together, labels=["a", "b"]).plot().ax_.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_a_legend_covers_no_data(runs):
    display = loss_of(runs * 6).plot()
    box = display.ax_.get_legend().get_window_extent()
    assert box.x0 >= display.ax_.get_window_extent().x1
    assert box.x1 <= display.figure_.bbox.width


def test_lines_differ_in_more_than_colour(runs):
    lines = loss_of(runs * 5).plot().ax_.lines
    looks = {(line.get_color(), str(line._dash_pattern)) for line in lines}
    assert len(looks) == len(lines) == 15


def test_a_failed_run_ends_in_a_cross():
    run = steepest.minimize(steepest.gallery.rosenbrock(), learning_rate=0.005)
    assert run.outcome is Outcome.DIVERGED
    cross = loss_of(run.record).plot().ax_.lines[-1]
    assert cross.get_marker() == "X"
    assert cross.get_ydata()[0] == run.history.f[np.isfinite(run.history.f)][-1]


def test_a_long_line_keeps_every_peak():
    rng = np.random.RandomState(0)
    f = rng.standard_normal(100_000)
    x, kept = drawable(np.arange(f.size, dtype=float), f, "linear")
    assert len(x) <= MOST_POINTS + 2
    assert (x[0], x[-1]) == (0, f.size - 1)
    assert (kept.min(), kept.max()) == (f.min(), f.max())
    assert np.array_equal(f[x.astype(int)], kept)
    x, kept = drawable(np.arange(f.size, dtype=float), np.full(f.size, math.nan), "linear")
    assert np.isnan(kept).all()


@pytest.mark.parametrize("f", [[3.0], [math.nan], [1.0, math.inf], [-math.inf, 1.0]])
def test_short_and_broken_histories_are_drawn(recorded, f):
    assert loss_of(recorded(np.ones((len(f), 2)), f)).plot()._repr_png_() is not None


def test_what_f_is():
    X, y = np.eye(3), np.ones(3)
    assert what_f_is(None) == what_f_is(bowl) == "f"
    assert what_f_is(steepest.LinearModel(X, y)) == "f, half the mean of squares"
    assert what_f_is(steepest.LinearModel(X, y, reduction="sum")) == "f, half the sum of squares"


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"scale": "loglog"}, ArgumentError, "scale must be 'auto', 'linear' or 'log'; got 'loglog'"),
        ({"x": "epoch"}, ArgumentError, "x must be 'iteration', 'n_grad' or 'seconds'; got 'epoch'"),
        ({"optimum": math.nan}, ArgumentError, "optimum must be a finite number or None; got nan"),
        ({"optimum": "0"}, ArgumentError, "optimum must be a finite number or None; got '0'"),
        ({"labels": ["a"]}, ArgumentError, "labels must have one name for each of the 3 records; got 1"),
        ({"labels": "abc"}, ArgumentError, "labels must have one name for each of the 3 records; got 1"),
    ],
)  # fmt: skip
def test_bad_options_are_one_sentence(runs, options, error, match):
    with pytest.raises(error, match=match):
        loss_of(runs, **options)


def test_bad_records_are_one_sentence(runs, recorded):
    with pytest.raises(ArgumentError, match="records is empty; give at least one run's record"):
        loss_of([])
    with pytest.raises(ArgumentTypeError, match="records must be a run's record or a list of them; got int"):
        loss_of(3)
    with pytest.raises(ArgumentTypeError, match=r"records must be a run's record \(run\.record\); got int"):
        loss_of([runs[0].record, 3])
    with pytest.raises(ArgumentError, match="scale='log' needs values of f above 0, and these runs have none"):
        loss_of(recorded(np.ones((2, 2)), [-1.0, -2.0]), scale="log")
    bare = recorded(np.ones((2, 2)), history=History(iteration=np.arange(2), w=np.ones((2, 2))))
    with pytest.raises(ArgumentError, match=r"the loss needs history\.f, which record=.* did not keep"):
        loss_of(bare)
    with pytest.raises(ArgumentError, match=r"the loss needs history\.seconds"):
        loss_of(recorded(np.ones((2, 2))), x="seconds")
