"""Small multiples of paths: one window, one scale, where each cell ended."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.grid import grid_of

bowl = steepest.gallery.sphere()
NAMES = {"row_label": "momentum", "column_label": "learning rate"}
MOMENTA, RATES = (0.0, 0.9), (0.05, 0.2, 0.5)


@pytest.fixture(scope="module")
def runs():
    return [
        [steepest.minimize(bowl, momentum=m, learning_rate=r, max_iter=5, grad_tol=None) for r in RATES]
        for m in MOMENTA
    ]


def test_each_cell_tells_where_its_run_ended(runs):
    data = grid_of(runs, bowl, rows=MOMENTA, columns=RATES, **NAMES).data
    assert data["row_names"] == ["momentum 0", "momentum 0.9"]
    assert data["column_names"] == ["learning rate 0.05", "learning rate 0.2", "learning rate 0.5"]
    for cell, run in zip(data["cells"], [run for row in runs for run in row], strict=True):
        assert np.array_equal(cell["path"], run.history.w)
        assert cell["f"] == run.f
        assert cell["distance"] == pytest.approx(np.sqrt((run.w**2).sum()))
        assert cell["outcome"] == run.outcome.name
    assert data["cells"][0]["text"] == "f = 8.72, 3 from minimum"
    assert data["cells"][2]["text"] == "f = 0, at the minimum"


def test_cells_share_window_and_levels(runs):
    display = grid_of(runs, bowl, rows=MOMENTA, columns=RATES, **NAMES).plot()
    assert display.ax_.shape == (2, 3)
    window = display.data["window"]
    assert all(ax.get_xlim() == tuple(window[0]) and ax.get_ylim() == tuple(window[1]) for ax in display.ax_.flat)
    for row in runs:
        for run in row:
            assert (run.history.w >= window[:, 0]).all()
            assert (run.history.w <= window[:, 1]).all()


def test_heads_stand_above_columns_and_left_of_rows(runs):
    display = grid_of(runs, bowl, rows=MOMENTA, columns=RATES, **NAMES).plot()
    display.figure_.draw_without_rendering()
    first = display.ax_[0, 0]
    texts = {text.get_text(): text for text in first.texts}
    assert texts["learning rate 0.05"].get_window_extent().y0 > first.get_window_extent().y1
    assert texts["momentum 0"].get_window_extent().x1 < first.get_window_extent().x0


def test_a_run_that_flew_off_is_named_and_does_not_set_the_window():
    rosenbrock = steepest.gallery.ill_conditioned_quadratic(n=4)
    calm, wild = (steepest.minimize(rosenbrock, learning_rate=r, momentum=0.0, max_iter=3000) for r in (0.01, 0.03))
    assert wild.outcome.failed
    data = grid_of([[calm, wild]], rosenbrock, rows=[0], columns=[0.01, 0.03], **NAMES).plot().data
    assert data["cells"][1]["text"].startswith(f"{wild.outcome.name}, f = ")
    assert data["cells"][1]["outside"] > 0
    assert data["cells"][0]["outside"] == 0
    assert "4 variables seen in the plane through the lowest row of all" in data["note"]


def test_cells_may_be_flat_an_array_or_missing(runs):
    flat = [run.record for row in runs for run in row]
    nested = grid_of(runs, bowl, rows=MOMENTA, columns=RATES, **NAMES).data
    for cells in (flat, np.array(flat, dtype=object).reshape(2, 3)):
        data = grid_of(cells, bowl, rows=MOMENTA, columns=RATES, **NAMES).data
        assert [cell["text"] for cell in data["cells"]] == [cell["text"] for cell in nested["cells"]]
    display = grid_of([*flat[:5], None], bowl, rows=MOMENTA, columns=RATES, **NAMES).plot()
    assert display.data["cells"][5] is None
    assert len(display.ax_[1, 2].lines) == 0


def test_without_the_problem_and_with_a_box(runs):
    data = grid_of(runs, None, rows=MOMENTA, columns=RATES, box=[(-9, 9), (-8, 8)], **NAMES).plot().data
    assert data["values"] is None
    assert np.array_equal(data["window"], [[-9, 9], [-8, 8]])
    assert data["cells"][0]["distance"] is None


def test_many_cells_are_drawn_small(runs):
    cells = [runs[k % 2][k % 3].record for k in range(3 * 14)]
    display = grid_of(cells, bowl, rows=range(3), columns=range(14), **NAMES).plot()
    assert display.figure_.get_size_inches()[0] < 12
    assert display.ax_.shape == (3, 14)


def test_bad_cells_are_one_sentence(runs):
    with pytest.raises(ArgumentError, match="cells must hold 3 x 2 = 6 records; got 4"):
        grid_of([row[:2] for row in runs], bowl, rows=[1, 2, 3], columns=[1, 2], **NAMES)
    with pytest.raises(ArgumentError, match="cells holds no run; give at least one run's record"):
        grid_of([None], bowl, rows=[1], columns=[1], **NAMES)
    with pytest.raises(ArgumentTypeError, match=r"cells must be a run's record \(run\.record\); got str"):
        grid_of(["run"], bowl, rows=[1], columns=[1], **NAMES)
    with pytest.raises(ArgumentError, match="rows and columns must have at least one value each; got 0 and 1"):
        grid_of([], bowl, rows=[], columns=[1], **NAMES)
    other = steepest.minimize(steepest.gallery.sphere(n=3), max_iter=2)
    with pytest.raises(
        ArgumentError, match=r"cells must be runs in the same two or more variables; theirs have \[2, 3\]"
    ):
        grid_of([runs[0][0], other], bowl, rows=[1], columns=[1, 2], **NAMES)
