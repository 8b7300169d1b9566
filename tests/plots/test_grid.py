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
    with pytest.raises(ArgumentError, match="cells must be runs in the same variables; theirs have 2 and 3"):
        grid_of([runs[0][0], other], bowl, rows=[1], columns=[1, 2], **NAMES)


def test_paths_of_one_variable_lie_on_the_curve_of_f():
    def wells(w):
        return w[0] ** 4 - 2 * w[0] ** 2 + 0.3 * w[0]

    sweep = steepest.sweep(wells, [1.7], learning_rate=[0.01, 0.05, 0.3], momentum=[0, 0.5], max_iter=40)
    display = sweep.plot_paths()
    data = display.data
    assert data["labels"] == ("$w$", "f")
    assert data["window"].shape == (2, 2)
    for cell in data["cells"]:
        run = sweep[cell["run"]]
        np.testing.assert_array_equal(cell["path"], np.column_stack((run.history.w[:, 0], run.history.f)))
        assert tuple(cell["start"]) == (1.7, run.history.f[0])
        assert bool(cell["outside"]) is run.outcome.failed
    calm = [cell["path"] for cell in data["cells"] if not cell["outside"]]
    low, high = data["window"].T
    assert calm
    assert all(((path >= low) & (path <= high)).all() for path in calm)
    assert display.ax_.shape == (2, 3)
    for ax in display.ax_.flat:  # the same curve in every cell
        curve = ax.lines[0]
        np.testing.assert_array_equal(curve.get_xdata(), data["x"])
        np.testing.assert_allclose(curve.get_ydata(), [wells([x]) for x in data["x"]], rtol=1e-12, atol=1e-12)
        assert (ax.get_xlim(), ax.get_ylim()) == (tuple(data["window"][0]), tuple(data["window"][1]))
    assert display.ax_[1, 0].get_xlabel() == "$w$"
    assert display.ax_[0, 0].get_ylabel() == "f"
    kept = grid_of([sweep[0], None], None, rows=[1], columns=[1, 2], **NAMES).plot()
    assert kept.data["values"] is None
    assert "the paths alone" in kept.data["note"]


def test_the_known_minimum_of_one_variable_is_marked_on_the_curve():
    sphere = steepest.gallery.sphere(n=1)
    run = steepest.minimize(sphere, learning_rate=0.1, max_iter=5)
    data = grid_of([run], sphere, rows=[1], columns=[1], box=[(-1.0, 4.0)], **NAMES).plot().data
    np.testing.assert_array_equal(data["minima"], [[0.0, 0.0]])
    np.testing.assert_array_equal(data["window"][0], [-1.0, 4.0])
