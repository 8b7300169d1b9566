"""The path of a run: where it looks, what it evaluates, what it says about what is not shown."""

import math
import re

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.path import path_of
from steepest.records.history import History
from steepest.records.outcome import Outcome


@pytest.fixture(scope="module")
def valley():
    return steepest.minimize(steepest.gallery.rosenbrock())


@pytest.fixture(scope="module")
def diverged():
    return steepest.minimize(steepest.gallery.rosenbrock(), learning_rate=0.005)


def inside(points, window):
    return ((points >= window[:, 0]) & (points <= window[:, 1])).all(axis=1)


def test_two_variables_are_drawn_in_their_own_coordinates(valley):
    data = path_of(valley.record, valley.problem).data
    assert np.array_equal(data["path"], valley.history.w)
    assert data["labels"] == ("$w_1$", "$w_2$")
    assert np.array_equal(data["window"], [[-2, 2], [-1, 3]])
    assert np.array_equal(data["minima"], [[1, 1]])
    assert np.array_equal(data["start"], valley.w0)
    assert np.array_equal(data["end"], valley.w)
    assert data["end_label"] == f"end, iteration {valley.nit:,}"
    assert data["outside"] == 0


def test_the_grid_holds_the_problem_s_values(valley):
    data = path_of(valley.record, valley.problem).data
    assert data["values"].shape == (data["y"].size, data["x"].size)
    for i, j in ((0, 0), (3, 7), (-1, 2)):
        assert data["values"][i, j] == valley.problem.value(np.array([data["x"][j], data["y"][i]]))


def test_contours_of_a_valley_are_in_equal_ratios_above_its_minimum(valley):
    data = path_of(valley.record, valley.problem).data
    assert data["log"]
    assert data["floor"] == 0
    ratios = data["levels"][1:] / data["levels"][:-1]
    assert ratios.min() >= 2
    assert ratios.max() <= 2.5


def test_a_run_and_its_record_give_the_same(valley):
    assert np.array_equal(
        path_of(valley, valley.problem).data["path"], path_of(valley.record, valley.problem).data["path"]
    )


def test_one_variable_is_the_curve_with_the_rows_on_it():
    run = steepest.minimize(lambda w: (w[0] - 1) ** 2 + 3, [4.0], "gradient_descent", learning_rate=0.3, max_iter=5)
    display = path_of(run.record, run.problem)
    data = display.data
    assert np.array_equal(data["path"], np.column_stack((run.history.w[:, 0], run.history.f)))
    assert np.allclose(data["values"], (data["x"] - 1) ** 2 + 3)
    assert data["window"].shape == (2, 2)
    assert inside(data["path"], data["window"]).all()
    curve = display.plot().ax_.lines[0]
    assert np.array_equal(curve.get_ydata(), data["values"])


def test_one_variable_without_a_recorded_f_asks_the_problem(recorded):
    record = recorded([[2.0], [1.0]], history=History(iteration=np.arange(2), w=np.array([[2.0], [1.0]])))
    problem = steepest.gallery.sphere(n=1)
    assert np.array_equal(path_of(record, problem).data["path"], [[2, 4], [1, 1]])
    with pytest.raises(ArgumentError, match=r"needs f: history\.f was not recorded and problem is None"):
        path_of(record, None)


def test_more_variables_are_drawn_in_the_plane_through_the_last_row():
    problem = steepest.gallery.ill_conditioned_quadratic(n=5)
    run = steepest.minimize(problem, max_iter=40, grad_tol=None)
    data = path_of(run.record, problem).data
    w, D = run.history.w, data["directions"]
    assert np.array_equal(data["origin"], w[-1])
    assert np.allclose(D @ D.T, np.eye(2), atol=1e-12)
    assert np.allclose(data["path"], (w - w[-1]) @ D.T)
    assert np.array_equal(data["path"][-1], [0, 0])
    sizes = np.linalg.svd(w - w[-1], compute_uv=False) ** 2
    assert np.allclose(data["shares"], sizes[:2] / sizes.sum(), rtol=1e-10)
    i, j = 4, 9
    at = w[-1] + data["x"][j] * D[0] + data["y"][i] * D[1]
    assert data["values"][i, j] == pytest.approx(problem.value(at), rel=1e-12)
    assert "5 variables seen in the plane through the last row along the two main directions" in data["note"]
    assert f"{100 * data['shares'].sum():.3g} % of the movement" in data["note"]
    assert data["labels"][0] == f"along main direction 1 ({100 * data['shares'][0]:.3g} %)"


def test_a_straight_path_still_spans_a_plane(recorded):
    direction = np.array([1.0, 2.0, 2.0]) / 3
    data = path_of(recorded(np.outer(np.linspace(3, 0, 7), direction)), steepest.gallery.sphere(n=3)).data
    assert np.allclose(data["shares"], [1, 0], atol=1e-15)
    assert np.allclose(data["directions"][0], direction)
    assert np.allclose(data["directions"] @ data["directions"].T, np.eye(2), atol=1e-15)
    assert "100 % of the movement" in data["note"]


def test_a_minimum_is_marked_in_a_plane_only_where_it_lies_in_it(recorded):
    problem = steepest.gallery.sphere(n=3)
    through = recorded([[3, 0, 0], [1, 1, 0], [0, 0, 0]])
    beside = recorded([[3, 0, 1], [1, 1, 1], [0, 0, 1]])
    assert np.allclose(path_of(through, problem).data["minima"], [[0, 0]])
    assert len(path_of(beside, problem).data["minima"]) == 0
    assert len(path_of(through, problem, mark_minimum=False).data["minima"]) == 0


def test_a_run_that_climbs_marks_no_minimum_and_measures_from_the_top():
    run = steepest.minimize(lambda w: 7 - w @ w, [1.0, 0.5], learning_rate=0.1, max_iter=30, maximize=True)
    data = path_of(run.record, run.problem).data
    assert data["sign"] == -1
    assert data["floor"] == pytest.approx(7, abs=1e-3)
    assert (np.diff(data["levels"]) < 0).all()
    assert (data["levels"] < data["floor"]).all()


def test_a_diverged_run_is_shown_where_it_can_be_read(diverged):
    display = path_of(diverged.record, diverged.problem)
    data, window = display.data, display.data["window"]
    assert (window[:, 1] - window[:, 0] < 10).all()
    assert data["outside"] == (~inside(data["path"], window)).sum() == 5
    assert "5 of 10 rows lie outside the picture" in data["note"]
    assert inside(data["start"][None], window)[0]
    ax = display.plot().ax_
    assert ax.get_xlim() == tuple(window[0])
    assert "end" not in " ".join(t.get_text() for t in ax.get_legend().get_texts())


def test_a_run_that_blows_up_unnoticed_is_cut_too():
    run = steepest.minimize(lambda w: w[0] ** 2 + 5 * w[1] ** 2, [1.0, 1.0], learning_rate=0.5, max_iter=60)
    assert abs(run.history.w).max() > 1e20
    data = path_of(run.record, run.problem).data
    assert abs(data["window"]).max() < 1e3
    assert data["outside"] > 50


def test_an_unbounded_run_is_shown_in_its_box():
    run = steepest.minimize(steepest.gallery.saddle())
    assert run.outcome is Outcome.UNBOUNDED
    data = path_of(run.record, run.problem).data
    assert abs(data["window"]).max() < 5
    assert data["outside"] > 0


def test_a_diverged_run_in_many_variables_goes_through_the_best_row():
    problem = steepest.gallery.ill_conditioned_quadratic(n=6)
    run = steepest.minimize(problem, learning_rate=0.1, momentum=0.0)
    assert run.outcome.failed
    data = path_of(run.record, problem).plot().data
    assert "through the best row" in data["note"]
    assert "rows lie outside the picture" in data["note"]
    assert np.isfinite(data["window"]).all()


def test_a_failed_row_that_is_not_finite_is_counted(recorded):
    w = [[1, 1], [2, -1], [math.inf, 3], [math.nan, math.nan]]
    data = path_of(recorded(w, outcome=Outcome.NOT_FINITE), steepest.gallery.sphere()).plot().data
    assert "2 of 4 rows lie outside the picture (2 not finite)" in data["note"]
    assert np.array_equal(data["end"], [2, -1])


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "rows", [[1.0], [1.0, 1.0, 1.0], [1.0, math.nan], [math.nan], [math.inf, 1.0], [1.0, 1e300], [1e-300, 0.0]],
)  # fmt: skip
def test_short_still_and_broken_histories_are_drawn(recorded, n, known, rows):
    record = recorded([[value] * n for value in rows], outcome=Outcome.NOT_FINITE)
    display = path_of(record, steepest.gallery.sphere(n=n) if known else None).plot()
    assert np.isfinite(display.data["window"]).all()
    assert (display.data["window"][:, 0] < display.data["window"][:, 1]).all()


def test_without_the_problem_the_path_is_drawn_alone(valley):
    display = path_of(valley.record, None)
    assert display.data["values"] is None
    assert "the function is not at hand: the path alone" in display.data["note"]
    assert display.plot().ax_.collections[:] == []


def test_a_box_is_the_window(valley):
    for box in (steepest.Box([0, 0.5], [1, 2]), [(0, 1), (0.5, 2)]):
        data = path_of(valley.record, valley.problem, box=box).data
        assert np.array_equal(data["window"], [[0, 1], [0.5, 2]])
        assert data["outside"] == (~inside(valley.history.w, data["window"])).sum() > 0
        assert (data["x"][0], data["x"][-1]) == (0, 1)


def test_levels_may_be_given(valley):
    data = path_of(valley.record, valley.problem, levels=[100, 1, 10]).data
    assert np.allclose(data["levels"], [1, 10, 100])
    few = path_of(valley.record, valley.problem, levels=5).data
    assert 2 <= len(few["levels"]) <= 5


def test_arrows_are_drawn_where_few_rows_can_be_told_apart(recorded):
    bowl = steepest.gallery.sphere()
    w = [[-4, 3], [-2, 2], [-2, 2.01], [1, 1]]

    def arrows(**options):
        ax = path_of(recorded(w), bowl, **options).plot().ax_
        return sum(t.arrow_patch is not None for t in ax.texts if hasattr(t, "arrow_patch"))

    assert arrows() == 2  # the middle step is too short for an arrowhead
    assert arrows(arrows=False) == 0
    many = recorded(np.column_stack((np.linspace(-4, 4, 31), np.zeros(31))))
    assert path_of(many, bowl).data["arrows"] is False
    assert path_of(many, bowl, arrows=True).data["arrows"] is True


def test_start_end_and_minimum_have_shapes_of_their_own(recorded):
    ax = path_of(recorded([[-4, 3], [-2, 2]]), steepest.gallery.sphere()).plot().ax_
    handles = ax.get_legend().legend_handles
    assert [handle.get_marker() for handle in handles] == ["o", "s", "x"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["start", "end, iteration 1", "known minimum"]


def test_a_function_with_no_value_in_places_is_drawn(recorded):
    def f(w):
        return math.log(w[0]) ** 2 + w[1] ** 2  # raises for w[0] <= 0

    run = steepest.minimize(f, [0.5, 1.0], learning_rate=0.02, max_iter=20)
    data = path_of(run.record, run.problem, box=[(-1, 2), (-1, 2)]).plot().data
    assert np.isnan(data["values"][:, data["x"] <= 0]).all()
    assert np.isfinite(data["values"][:, data["x"] > 0]).all()


def test_a_constant_function_has_no_contours(recorded):
    run = steepest.minimize(lambda w: 3.0, [1.0, 2.0], learning_rate=0.1, max_iter=3)
    assert path_of(run.record, run.problem).plot().data["levels"].size == 0


def test_what_f_is_stands_on_the_colour_bar():
    X = np.arange(12.0).reshape(6, 2) % 5
    model = steepest.LinearModel(X, np.ones(6), reduction="sum", fit_intercept=False)
    run = steepest.minimize(model, [0.5, 0.1], max_iter=5, grad_tol=None)
    figure = run.plot_path().figure_
    assert any(
        "f, half the sum of squares" in ax.get_ylabel() for ax in figure.findobj(lambda a: hasattr(a, "get_ylabel"))
    )


def test_a_run_without_w_says_how_to_get_it():
    bowl = steepest.gallery.sphere()
    run = steepest.minimize(bowl, learning_rate=0.1, max_iter=3, record="none")
    match = r"the path needs history\.w, which record='none' did not keep \(it kept .*\); run again with record='auto'"
    with pytest.raises(ArgumentError, match=match):
        run.plot_path()
    run = steepest.minimize(bowl, learning_rate=0.1, max_iter=3, record=("f",))
    with pytest.raises(ArgumentError, match=r"the path needs history\.w, which record=\['f'\] did not keep"):
        run.plot_path()


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"arrows": "no"}, ArgumentTypeError, "arrows must be True, False or 'auto'; got 'no'"),
        ({"levels": "many"}, ArgumentError, "levels must be 'auto', a whole number of at least 2, or values of f; got"),
        ({"levels": 1}, ArgumentError, "levels must be .*; got 1"),
        ({"levels": 2.5}, ArgumentTypeError, "levels must be .*; got 2.5"),
        ({"levels": ["a"]}, ArgumentError, "levels must be .*"),
        ({"levels": [math.nan]}, ArgumentError, "levels must be .*"),
        ({"levels": [-5, -1]}, ArgumentError, r"levels must lie where f is, .* in this window; got \[-5, -1\]"),
        ({"box": [(0, 1)]}, ArgumentError, "box has 1 pairs, but there are 2 variables"),
        ({"box": [(1, 1), (0, 2)]}, ArgumentError, "box must have finite bounds with lower < upper"),
        ({"box": [(None, 1), (0, 2)]}, ArgumentError, "box must have finite bounds with lower < upper"),
        ({"box": 3}, ArgumentError, "box must be steepest.Box.* pairs; got 3"),
    ],
)  # fmt: skip
def test_bad_options_are_one_sentence(valley, options, error, match):
    with pytest.raises(error, match=match):
        path_of(valley.record, valley.problem, **options)


def test_something_else_than_a_record_is_one_sentence(valley):
    with pytest.raises(ArgumentTypeError, match=r"record must be a run's record \(run\.record\); got list"):
        path_of([1, 2], valley.problem)
    with pytest.raises(ArgumentError, match="problem has 3 variables, but the path has 2; pass the run's own problem"):
        path_of(valley.record, steepest.gallery.sphere(n=3))


@pytest.mark.parametrize(
    ("option", "match"),
    [
        ({"title": 3}, "title must be a text or None; got 3"),
        ({"foo": 1}, "plot_path has no option 'foo'; it has title, box, levels, arrows, mark_minimum"),
        ({"record": 1}, "plot_path has no option 'record'; it has "),
    ],
)
def test_bad_options_of_the_run_s_path_are_one_sentence(option, match):
    run = steepest.minimize(steepest.gallery.sphere(), max_iter=2)
    with pytest.raises(ArgumentTypeError, match=match):
        run.plot_path(**option)


@pytest.mark.parametrize(("f", "words"), [(3.0, "f is constant here: 3"), (np.nan, "f has no finite value anywhere")])
def test_a_picture_without_contours_says_why(f, words):
    run = steepest.minimize(lambda w: f, [1.0, 2.0], grad=np.zeros_like, learning_rate=0.1, max_iter=3)
    display = run.plot_path()
    assert words in display.data["note"]
    assert len(display.ax_.collections) == (np.isnan(f) > 0)  # the hatching


def test_where_f_has_no_number_it_is_hatched():
    run = steepest.minimize(
        lambda w: np.sqrt(w[1]) + w[0] ** 2, [1.0, 1.0], grad=lambda w: np.array([2 * w[0], 0.0]), learning_rate=0.1,
        max_iter=3,
    )  # fmt: skip
    display = path_of(run.record, run.problem, box=[(-1, 1), (-1, 1)])
    assert "hatched: f has no finite value" in display.data["note"]
    hatched = [c for c in display.plot().ax_.collections if "//" in (getattr(c, "hatches", None) or [])]
    assert len(hatched) == 1


def test_a_run_that_climbs_says_so_and_measures_down_from_the_top():
    run = steepest.minimize(
        lambda w: -(w[0] ** 2) - w[1] ** 2 - 1, [3.0, 1.0], learning_rate=0.05, max_iter=9, maximize=True
    )
    display = run.plot_path()
    assert display.data["note"].startswith("maximize: f climbs; ")
    (bar,) = display.ax_.child_axes
    assert re.match(r"how far f is\nbelow \N{MINUS SIGN}1.*, the highest here \(log scale\)", bar.get_ylabel())


def test_a_run_that_stays_shows_both_its_start_and_its_end():
    def ring(max_iter):
        ax = steepest.minimize(steepest.gallery.rosenbrock(), max_iter=max_iter).plot_path().ax_
        return {line.get_label(): line.get_markersize() for line in ax.lines}

    assert ring(0)["start"] > 2 * ring(0)["end, iteration 0"]
    assert ring(0)["start"] > ring(5)["start"]


def test_the_best_of_several_starts_tells_of_the_others():
    run = steepest.minimize(steepest.gallery.rosenbrock(), starts=3, max_iter=5)
    assert run.plot_path().data["note"].endswith("the best of 3 starts; the others are in run.others")
