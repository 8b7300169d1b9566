"""The picture of several runs over one function."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.plots.plane import evaluated
from steepest.plots.stage import MOST_NAMED, RUNS, stage_of
from steepest.problems import gallery
from steepest.problems.formula import as_formula

METHODS = ("gradient_descent", "momentum", "adam")


@pytest.fixture(scope="module")
def runs():
    return [steepest.minimize("himmelblau", method=method, max_iter=60) for method in METHODS]


def test_every_path_is_there_in_its_colour(runs):
    display = stage_of([run.record for run in runs], runs[0].problem, box=[(-6, 6), (-5, 5)], saddles=[(3.385, 0.074)])
    for path, run in zip(display.data["paths"], runs, strict=True):
        np.testing.assert_array_equal(path["path"], run.history.w)
    np.testing.assert_array_equal(display.data["window"], [[-6, 6], [-5, 5]])
    ax = display.plot().ax_
    colours = {line.get_color() for line in ax.lines}
    assert set(RUNS[:3]) <= colours
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [text.partition(",")[0] for text in texts] == [
        "gradient descent",
        "momentum",
        "adam",
        "known minima",
        "saddle",
        "start",
    ]


def test_of_many_runs_the_first_are_named_and_the_picture_keeps_its_room(runs, tmp_path):
    display = stage_of([run.record for run in runs] * 20, runs[0].problem)
    display.save(tmp_path / "stage.png")  # Matplotlib warns where the legend leaves no room
    ax = display.ax_
    assert ax.get_window_extent().height > 0.5 * ax.figure.bbox.height
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    named = [path["text"] for path in display.data["paths"][:MOST_NAMED]]
    assert texts[: MOST_NAMED + 1] == [*named, "and 48 runs more"]


def test_without_a_box_the_window_holds_all_paths(runs):
    window = stage_of([run.record for run in runs], runs[0].problem).data["window"]
    for run in runs:
        assert ((run.history.w >= window[:, 0]) & (run.history.w <= window[:, 1])).all()


def test_one_variable_is_a_curve_with_the_runs_on_it():
    found = [steepest.minimize("x^4 - 3*x^2 + x", [1.8], method, max_iter=20) for method in METHODS[:2]]
    display = stage_of([run.record for run in found], found[0].problem)
    path = display.data["paths"][0]["path"]
    np.testing.assert_allclose(path[:, 1], found[0].history.f, rtol=1e-12)
    assert (path[:, 1] <= display.data["window"][1, 1]).all()
    assert display.plot().ax_.get_xlabel() == "$x$"


def test_what_a_stage_cannot_show_is_said():
    run = steepest.minimize(steepest.gallery.rosenbrock(3), max_iter=3)
    with pytest.raises(ArgumentError, match="3 variables"):
        stage_of([run.record], run.problem)
    with pytest.raises(ArgumentError, match="records is empty"):
        stage_of([], run.problem)


@pytest.mark.parametrize(
    "problem",
    [
        as_formula("x^2 + sin(3*x*y) - exp(y/3)"), as_formula("max(x, y) + abs(x)^1.5"), as_formula("0*x + 3"),
        gallery.find("rosenbrock")(), gallery.find("ackley")(n=2), gallery.find("branin")(),
    ],
    ids=lambda problem: problem.name,
)  # fmt: skip
def test_many_points_at_once_are_the_points_one_by_one(problem):
    w = np.random.default_rng(0).normal(size=(200, max(problem.n, 1)))
    np.testing.assert_allclose(evaluated(problem, w), [problem.value(row) for row in w], rtol=1e-14)


def test_where_f_has_no_value_there_is_nan():
    found = evaluated(as_formula("log(x) + y"), np.array([[1.0, 2.0], [-1.0, 2.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(found, [2.0, np.nan, np.nan])
