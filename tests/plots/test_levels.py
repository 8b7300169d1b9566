"""Contour levels, tick texts and the plane's numbers."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse
from hypothesis import assume, example, given
from hypothesis import strategies as st

import steepest
from steepest.plots.levels import depth_label, even, gaps_note, ladder, levels_of
from steepest.plots.plane import SECONDS, fineness, is_equal, percent, plane_of, values_on, window_of
from steepest.plots.rows import thinned
from steepest.plots.style import minus_signs, tick_texts, typeset_formula, wrapped
from steepest.problems.formula import as_formula

BIG = st.floats(-1e12, 1e12, allow_subnormal=False)


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [
        (1, 100, [1, 2, 5, 10, 20, 50, 100]), (0.4, 30, [0.5, 1, 2, 5, 10, 20, 50]),
        (1, 1e6, [1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6]),
    ],
)  # fmt: skip
def test_a_ladder_has_round_rungs(low, high, steps):
    assert ladder(low, high).tolist() == steps


@given(st.floats(1e-200, 1e200), st.floats(1.1, 1e80))
def test_a_ladder_reaches_the_top_in_few_steps(low, ratio):
    rungs = ladder(low, low * ratio)
    assert rungs[-1] >= low * ratio
    assert (np.diff(rungs) > 0).all()
    assert len(rungs) <= 14


@given(BIG, st.floats(1e-6, 1e12))
def test_even_levels_cover_the_values(low, span):
    assume(span > 1e-9 * abs(low))
    levels = even(low, span)
    slack = 1e-9 * max(abs(low), span)
    assert levels[0] <= low + slack
    assert levels[-1] >= low + span - slack
    assert 5 <= len(levels) <= 20


def test_levels_are_even_where_f_spans_less_than_two_decades():
    found = levels_of(np.linspace(10, 40, 1000))
    assert not found["log"]
    assert len(set(np.diff(found["levels"]).round(9))) == 1


def test_levels_start_from_a_known_minimum():
    values = np.geomspace(1e-4, 1e4, 5000) - 78.25
    found = levels_of(values, floor=-78.25)
    assert found["log"]
    assert found["floor"] == -78.25
    depth = found["levels"] + 78.25
    assert depth.min() > 0
    assert depth.max() >= 1e4 * (1 - 1e-9)


def test_a_floor_above_the_values_is_not_believed():
    assert levels_of(np.array([1.0, 2.0, 3.0]), floor=1.5)["floor"] == 1.0


def test_a_few_gigantic_values_do_not_take_all_levels():
    values = np.concatenate((np.linspace(0.0, 100, 2000), [1e250, math.inf]))
    assert levels_of(values)["levels"].max() <= 1000


@pytest.mark.parametrize("values", [[], [math.nan], [2.0, 2.0], [math.inf, math.nan]])
def test_no_levels_without_different_values(values):
    assert levels_of(np.array(values))["levels"].size == 0


def test_depth_in_words():
    log = {"log": True, "floor": 0.0, "sign": 1.0}
    assert depth_label("f", log) == "f (log scale)"
    assert depth_label("f", {**log, "floor": -2.5}) == "f above -2.5 (log scale)"
    assert (
        depth_label("f", {**log, "floor": 7.0, "sign": -1.0}) == "how far f is\nbelow 7, the highest here (log scale)"
    )
    labelled = depth_label("f, half the sum", {**log, "floor": 7.0, "sign": -1.0})
    assert labelled.startswith("how far f, half the sum, is\n")
    assert depth_label("f, half the sum", {**log, "floor": 2.0}) == "f, half the sum,\nabove 2 (log scale)"
    assert depth_label("f", {**log, "log": False}) == "f"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.9995, 1.0, 1.0005], ["0.9995", "1", "1.0005"]),
        ([0, 1e-6, 2e-6], ["0", "1e\N{MINUS SIGN}6", "2e\N{MINUS SIGN}6"]),
        ([-0.5, 0.0, 0.5], ["\N{MINUS SIGN}0.5", "0", "0.5"]), ([0.1 + 0.2, 0.4], ["0.3", "0.4"]), ([], []),
        ([20_000, 40_000], ["20,000", "40,000"]),
        ([0, 5000, 10_000], ["0", "5,000", "10,000"]), ([1000, 5000], ["1000", "5000"]),
        ([-5000, 10_000], ["\N{MINUS SIGN}5,000", "10,000"]), ([-1e-18, 0.1, 0.2], ["0", "0.1", "0.2"]),
        ([7.25], ["7.25"]),
    ],
)  # fmt: skip
def test_ticks_have_the_digits_that_tell_them_apart(values, texts):
    assert tick_texts(values) == texts


@given(BIG, st.floats(1e-9, 1e6), st.integers(2, 9))
def test_ticks_read_back(low, step, k):
    assume(step > 1e-12 * abs(low))
    values = [low + i * step for i in range(k)]
    texts = tick_texts(values)
    read = [float(text.replace(",", "").replace("\N{MINUS SIGN}", "-")) for text in texts]
    assert np.allclose(read, values, rtol=1e-15, atol=0.02 * step)


def test_minus_signs():
    assert minus_signs("f -2.5 at (-1, 3e-07), w-1, a-b") == "f \u22122.5 at (\u22121, 3e\u221207), w-1, a-b"


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "100 %"), (0.99999, "99.99 %"), (0.972, "97.2 %"), (0.0005, "0.05 %"), (0.0, "0 %")]
)
def test_a_share_is_never_rounded_up_to_all(share, text):
    assert percent(share) == text


@given(st.lists(st.tuples(BIG, BIG), min_size=1, max_size=8), st.sampled_from([1, 2]))
@example([(0.0, 1.0), (4e-246, 1.0)], 2)
def test_a_window_holds_its_points(points, k):
    at = np.array(points)[:, :k]
    window = window_of(at)
    assert (window[:, 0] < window[:, 1]).all()
    assert (at >= window[:, 0]).all()
    assert (at <= window[:, 1]).all()


def test_a_window_of_a_small_path_is_not_the_whole_box():
    from steepest.base.box import Box

    box = Box([-10, -10], [10, 10])
    small, large = np.array([[1.0, 1.0], [1.2, 1.1]]), np.array([[1.0, 1.0], [12.0, 1.1]])
    assert (window_of(small, box)[:, 1] - window_of(small, box)[:, 0] < 1).all()
    assert window_of(large, box)[0, 0] == -10
    assert 12 < window_of(large, box)[0, 1] < 14
    assert np.array_equal(window_of(np.array([[1.0, 1.0]]), box), [[-10, 10], [-10, 10]])


def test_scales_are_equal_where_the_window_allows():
    assert is_equal(np.array([[0, 3], [0, 1]]))
    assert not is_equal(np.array([[0, 4], [0, 1]]))


def test_directions_do_not_depend_on_the_sign_of_the_decomposition():
    rng = np.random.RandomState(0)
    w = rng.standard_normal((30, 6)) * [5, 3, 1, 1, 1, 1]
    plane = plane_of(w, np.zeros(6))
    flipped = plane_of(-w, np.zeros(6))
    assert np.allclose(plane.directions, flipped.directions)
    assert np.allclose(plane.distance(plane.lift(np.array([[1.0, 2.0]]))), 0, atol=1e-12)


def test_shares_count_all_rows_of_a_long_path():
    rng = np.random.RandomState(0)
    w = np.cumsum(rng.standard_normal((5000, 4)), axis=0)
    plane = plane_of(w, w[-1])
    moved = w - w[-1]
    held = ((moved @ plane.directions.T) ** 2).sum(axis=0) / (moved**2).sum()
    assert np.allclose(plane.shares, held)


UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])


@pytest.mark.parametrize(("each", "points"), [(5e-5, 161), (2e-4, 81), (1e-3, 41), (4e-3, 21), (1.0, 11)])
def test_a_slow_function_gets_a_coarser_grid(monkeypatch, each, points):
    """So does one of which some calls had to wait, or had no number to give: what is typical counts."""
    now, calls = [0.0], iter(range(10**6))

    def value(w):
        k = next(calls)
        now[0] += 50 * each if k in (1, 4) else each / 50 if k in (2, 5) else each
        return 1 / 0 if k in (2, 5) else w @ w

    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    grid = values_on(SimpleNamespace(value=value), plane_of(np.zeros((1, 2)), np.zeros(2)), UNIT)
    assert grid["values"].shape == (points, points)


@pytest.mark.parametrize(
    ("problem", "points"),
    [
        (steepest.gallery.rosenbrock(), 161),
        (as_formula("x^2 + y^4"), 161),
        (steepest.LinearModel(np.ones((200, 1)), np.ones(200)), 161),
        (steepest.LinearModel(scipy.sparse.csr_array(np.ones((200, 1))), np.ones(200)), 161),
        (steepest.LinearModel(np.ones((10**5, 1)), np.ones(10**5)), 41),
    ],
)
def test_where_the_cost_is_known_no_clock_decides_how_fine_a_picture_is(monkeypatch, problem, points):
    def clock():
        raise AssertionError("the time was asked for")

    monkeypatch.setattr("time.perf_counter", clock)
    assert fineness(problem, plane_of(np.zeros((1, 2)), np.zeros(2)), UNIT, SECONDS) == points


def test_a_path_keeps_its_looks_when_thinned():
    window = np.array([[0.0, 1.0], [0.0, 1.0]])
    t = np.linspace(0, 1, 100_000)
    thin = thinned(np.column_stack((t, t**2)), window)
    assert len(thin) < 4000
    fine = thin[np.isfinite(thin).all(axis=1)]
    assert abs(fine[:, 1] - fine[:, 0] ** 2).max() < 1e-12
    assert np.array_equal(fine[[0, -1]], [[0, 0], [1, 1]])
    back_and_forth = np.tile([[0.2, 0.2], [0.8, 0.8]], (50_000, 1))
    assert np.array_equal(thinned(back_and_forth, window), [[0.2, 0.2], [0.8, 0.8]])


def test_a_line_to_a_far_point_keeps_its_direction():
    window = np.array([[0.0, 1.0], [0.0, 2.0]])
    for far in (1e3, 1e200):
        path = np.array([[0.5, 1.0], [0.5 + far, 1.0 - 2 * far], [math.nan, 1.0], [0.1, 0.1]])
        thin = thinned(path, window)
        fine = thin[np.isfinite(thin).all(axis=1)]
        assert np.array_equal(fine[0], [0.5, 1.0])
        step = fine[1] - fine[0]
        assert step[0] > 5
        assert step[1] == pytest.approx(-2 * step[0])
        assert abs(fine).max() < 100


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (None, ""), (np.array([[1.0, 2.0]]), ""), (np.full((2, 2), 3.0), "f is constant here: 3"),
        (np.full((2, 2), np.nan), "f has no finite value anywhere here"),
        (np.array([[1.0, np.nan]]), "f is constant here: 1; hatched: f has no finite value"),
        (np.array([[1.0, 2.0, np.nan]]), "hatched: f has no finite value"),
    ],
)  # fmt: skip
def test_a_picture_says_where_f_has_no_number_and_that_it_is_constant(values, words):
    assert gaps_note(values) == words


@pytest.mark.parametrize(
    ("formula", "typeset"),
    [
        ("w1^2 + w2^2", "$w_{1}^{2}+w_{2}^{2}$"), ("3*x**2 - 10*y", r"$3\,x^{2}-10\,y$"),
        ("100*(w2 - w1^2)^2", r"$100\,(w_{2}-w_{1}^{2})^{2}$"),
        ("exp(x1) + 2", "exp(x1) + 2"), ("w[0]^2", "w[0]^2"), ("x^y", "x^y"), ("alpha*x", "alpha*x"),
        ("x" + " + x" * 20, "x" + " + x" * 20),
    ],
)  # fmt: skip
def test_simple_formulas_are_typeset_and_others_left_alone(formula, typeset):
    assert typeset_formula(formula) == typeset


def test_lines_break_neither_at_an_equals_sign_nor_before_a_number():
    note = "learning_rate 1e-06, momentum 0.7, batch_size 1; CONVERGED at f = 2.441"
    for inches in np.linspace(1.5, 5.5, 30):
        lines = wrapped(note, inches)
        assert " ".join(lines) == note
        assert any("f = 2.441" in line for line in lines)
        assert any("learning_rate 1e-06," in line for line in lines)


def test_a_direction_of_rounding_noise_is_not_blown_up():
    w = np.outer(0.8 ** np.arange(20), np.linspace(1, 3, 50)) + 1e-16 * np.random.RandomState(0).randn(20, 50)
    plane = plane_of(w, w[-1])
    assert plane.labels == ("along main direction 1 (100 %)", "across, where nothing moves")
    assert plane.shares[1] == 0
    assert is_equal(window_of(plane.project(w)))
