"""Basins: which minimum each start led to, the shares, and the runs that found none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.basins import FAILED, NAMED, basins_of, grid_edges, share_text

himmelblau = steepest.gallery.himmelblau()
SETTINGS = {"method": "gradient_descent", "learning_rate": 0.01, "grad_tol": 1e-3, "record": "none"}


def from_grid(problem, side, **changes):
    return [steepest.minimize(problem, [x, y], **{**SETTINGS, **changes}) for y in side for x in side]


@pytest.fixture(scope="module")
def runs():
    return from_grid(himmelblau, np.linspace(-5, 5, 9))


@pytest.fixture
def ended(recorded):
    """``ended(start, end, outcome)``: the record of a run with that start, end and outcome."""

    def make(start, end, outcome=Outcome.CONVERGED):
        return recorded([start, end], outcome=outcome)

    return make


# -- the data ---------------------------------------------------------------------------------------------------------


def test_each_start_is_counted_for_the_minimum_its_run_ended_at(runs):
    data = basins_of(himmelblau, runs).data
    minima = himmelblau.minimum.w
    assert np.array_equal(data["minima"], minima)
    assert np.array_equal(data["f"], np.zeros(4))
    nearest = [int(np.linalg.norm(minima - run.w, axis=1).argmin()) for run in runs]
    assert data["which"].tolist() == nearest
    assert data["counts"].tolist() == np.bincount(nearest, minlength=4).tolist()
    assert data["names"] == ["A", "B", "C", "D"]


def test_the_grid_of_starts_becomes_cells_in_rows_of_y(runs):
    data = basins_of(himmelblau, runs[::-1]).data
    side = np.linspace(-5, 5, 9)
    for i, j in ((0, 0), (2, 7), (8, 3)):
        at = next(k for k, run in enumerate(runs[::-1]) if np.allclose(run.w0, (side[j], side[i])))
        assert data["cells"][i, j] == data["which"][at]
    assert data["window"] == pytest.approx(np.array([[-5.625, 5.625]] * 2))


def test_runs_that_did_not_converge_are_counted_apart(ended):
    minimum = himmelblau.minimum.w[0]
    outcomes = (Outcome.CONVERGED, Outcome.F_TARGET, Outcome.MAX_ITER, Outcome.DIVERGED, Outcome.STALLED)
    records = [ended((k, 1.0), minimum, outcome) for k, outcome in enumerate(outcomes)]
    data = basins_of(himmelblau, records).data
    assert data["which"].tolist() == [0, 0, -1, -1, -1]
    assert (data["failed"], data["failed_share"]) == (3, 0.6)
    assert data["shares"].tolist() == [0.4, 0, 0, 0]


@given(
    ends=st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.booleans()), min_size=1, max_size=40),
    noise=st.floats(-1e-4, 1e-4),
)
def test_every_start_is_counted_once(ends, noise):
    base = steepest.minimize(steepest.gallery.sphere(), max_iter=1, learning_rate=0.1, grad_tol=None).record
    from dataclasses import replace

    records = [
        replace(base, w0=np.array([k, k % 3], dtype=float), w=np.array([x + noise, y - noise]), f=float(x * x + y),
                outcome=Outcome.CONVERGED if good else Outcome.MAX_ITER)
        for k, (x, y, good) in enumerate(ends)
    ]  # fmt: skip
    data = basins_of(None, records, within=0.1).data
    assert data["counts"].sum() + data["failed"] == len(ends)
    assert data["shares"].sum() + data["failed_share"] == pytest.approx(1)
    assert len(data["minima"]) == len({(x, y) for x, y, good in ends if good})
    for (x, y, good), k in zip(ends, data["which"], strict=True):
        assert (k >= 0) == good
        assert not good or np.abs(data["minima"][k] - (x, y)).max() < 0.01


def test_unknown_minima_come_the_most_reached_first(ended):
    records = [ended((0, k), (k % 3 > 0, 0.0)) for k in range(9)]
    data = basins_of(None, records).data
    assert data["counts"].tolist() == [6, 3]
    assert data["minima"].tolist() == [[1, 0], [0, 0]]


def test_within_says_which_ends_are_one(ended):
    records = [ended((0, 0), (1.0, 1.0)), ended((4, 0), (1.3, 1.0)), ended((0, 3), (3.0, 1.0))]
    assert len(basins_of(None, records).data["minima"]) == 3
    assert basins_of(None, records, within=0.5).data["counts"].tolist() == [2, 1]


def test_a_run_with_others_stands_for_all_of_them():
    run = steepest.minimize(himmelblau, starts=7, seed=2, **SETTINGS)
    data = basins_of(himmelblau, run).data
    assert len(data["starts"]) == 7
    assert data["cells"] is None
    assert np.array_equal(data["starts"][1:], [other.w0 for other in run.others])


def test_maxima_under_maximize():
    top = "0 - (x-1)^2 - y^2"
    runs = from_grid(top, np.linspace(-1, 1, 3), learning_rate=0.3, maximize=True)
    data = basins_of(runs[0].problem, runs).data
    assert data["noun"] == "maximum"
    assert data["counts"].tolist() == [9]
    assert data["minima"] == pytest.approx(np.array([[1.0, 0.0]]), abs=1e-2)


def test_axes_of_a_formula_bear_its_variables():
    run = steepest.minimize("(u-1)^2 + v^2", starts=5, bounds=steepest.Box(-1, 1), learning_rate=0.1)
    assert basins_of(run.problem, run).data["labels"] == ("$u$", "$v$")


@pytest.mark.parametrize(
    "starts",
    [
        [(0, 0), (1, 0), (0, 1)],
        [(0, 0), (1, 0), (3, 0), (0, 1), (1, 1), (3, 1)],
        [(0, 0), (0, 1), (0, 2), (0, 3)],
        [(0, 0), (1, 0), (0, 1), (0, 0)],
    ],
)
def test_starts_that_fill_no_even_grid_are_dots(starts):
    assert grid_edges(np.array(starts, dtype=float)) is None


def test_edges_lie_half_a_step_around_the_starts():
    x, y = grid_edges(np.array([(a, b) for b in (0.0, 2.0) for a in (1.0, 2.0, 3.0)]))
    assert x == pytest.approx([0.5, 1.5, 2.5, 3.5])
    assert y == pytest.approx([-1.0, 1.0, 3.0])


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.268, "26.8 %"), (0.24, "24.0 %"), (0, "0 %"), (1, "100 %"), (1e-5, "below 0.1 %"), (1 - 1e-5, "above 99.9 %")],
)
def test_a_share_is_never_rounded_to_none_or_all(share, text):
    assert share_text(share) == text


# -- the picture ------------------------------------------------------------------------------------------------------


def legend_texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_cells_have_the_legends_colours_and_failures_are_hatched(ended):
    from matplotlib.colors import to_rgb

    ends = {(0, 0): (3.0, 2.0), (1, 0): tuple(himmelblau.minimum.w[1]), (0, 1): (3.0, 2.0), (1, 1): (9.0, 9.0)}
    records = [ended(s, e, Outcome.MAX_ITER if e == (9.0, 9.0) else Outcome.CONVERGED) for s, e in ends.items()]
    display = basins_of(himmelblau, records, within=0.5).plot()
    cells = display.ax_.images[0].get_array()
    patches = display.ax_.get_legend().get_patches()
    assert tuple(cells[0, 0]) == pytest.approx(patches[0].get_facecolor()[:3])
    assert tuple(cells[0, 1]) == pytest.approx(patches[1].get_facecolor()[:3])
    assert tuple(cells[1, 1]) == pytest.approx(to_rgb(FAILED))
    assert patches[-1].get_hatch()
    hatched = [one for one in display.ax_.collections if one.get_hatch()]
    assert len(hatched) == 1
    assert len(hatched[0].get_paths()) == 1
    colours = {tuple(patch.get_facecolor()) for patch in patches}
    assert len(colours) == len(patches)


def test_the_legend_counts_the_shares(runs):
    display = basins_of(himmelblau, runs).plot()
    data = display.data
    assert legend_texts(display)[0] == f"A (3, 2): {share_text(data['shares'][0])}"
    assert len(legend_texts(display)) == 4


def test_minima_are_marked_by_their_letters(runs):
    display = basins_of(himmelblau, runs).plot()
    marks = {text.get_text(): text.get_position() for text in display.ax_.texts if len(text.get_text()) == 1}
    for name, point in zip("ABCD", himmelblau.minimum.w, strict=True):
        assert marks[name] == pytest.approx(tuple(point))


def test_dots_differ_in_shape_too(ended):
    records = [ended((k, k * k % 7), (k % 3, 0.0)) for k in range(9)] + [ended((1, 5), (9, 9), Outcome.MAX_ITER)]
    display = basins_of(None, records).plot()
    markers = [line.get_marker() for line in display.ax_.lines]
    assert len(markers) == len(set(markers)) == 4
    assert "did not converge: 10.0 %" in legend_texts(display)


def test_of_many_minima_the_most_reached_are_named_and_the_rest_counted_together(ended):
    records = [ended((k, k * k % 5), (float(10 * (k % 9)), 0.0)) for k in range(30)]
    display = basins_of(None, records).plot()
    assert display.data["names"] == [*"ABCDEF", "", "", ""]
    rest = display.data["shares"][NAMED:].sum()
    assert legend_texts(display)[-1] == f"3 other minima: {share_text(rest)}"


@pytest.mark.parametrize("count", [1, 4, 7])
def test_nothing_above_the_axes_covers_anything(ended, count):
    records = [ended((k % 6, k // 6), (float(10 * (k % count)), 0.0)) for k in range(36)]
    display = basins_of(None, records).plot()
    display.figure_.draw_without_rendering()
    ax = display.ax_
    legend = ax.get_legend().get_window_extent()
    note = next(text for text in ax.texts if "starts" in text.get_text()).get_window_extent()
    title = ax._left_title.get_window_extent()
    frame = ax.get_window_extent()
    assert frame.y1 < legend.y0 < legend.y1 < note.y0 < note.y1 < title.y0
    assert title.y1 <= display.figure_.bbox.y1
    assert legend.x1 <= display.figure_.bbox.x1


def test_it_can_be_saved_twice_with_the_same_bytes(runs, tmp_path):
    files = [basins_of(himmelblau, runs).save(tmp_path / name) for name in ("a.svg", "b.svg")]
    assert files[0].read_bytes() == files[1].read_bytes()


# -- what is refused --------------------------------------------------------------------------------------------------


def test_bad_arguments_are_one_sentence(runs):
    with pytest.raises(ArgumentError, match="runs holds no run; give at least one"):
        basins_of(himmelblau, [])
    with pytest.raises(ArgumentTypeError, match="runs must be a list of runs, or a run with others; got str"):
        basins_of(himmelblau, "runs")
    with pytest.raises(ArgumentTypeError, match=r"runs must be a run's record \(run\.record\); got int"):
        basins_of(himmelblau, [3])
    for within in (0, -1.0, "near", float("nan")):
        with pytest.raises(ArgumentError, match="within must be a distance above 0, or None; got "):
            basins_of(himmelblau, runs, within=within)
    three = steepest.minimize(steepest.gallery.sphere(n=3), max_iter=2)
    with pytest.raises(ArgumentError, match="basins are drawn over two variables; these runs have 3"):
        basins_of(None, [three])
    with pytest.raises(ArgumentError, match="these runs have 2, 3"):
        basins_of(None, [three, runs[0]])
