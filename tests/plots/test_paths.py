"""The grid of a sweep's paths: which runs are shown, in what order, and what is said of the others."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.plots.grid import MOST_CELLS, paths_of

bowl = steepest.gallery.sphere()


def swept(**axes):
    return steepest.sweep(bowl, None, "momentum", progress=False, **{"max_iter": 5, "grad_tol": None, **axes})


def test_the_article_s_grid_has_every_run_in_its_place():
    sweep = swept(learning_rate=[0.05, 0.2, 0.5, 0.8], momentum=[0.0, 0.5, 0.9])
    display = paths_of(sweep).plot()
    data = display.data
    assert display.ax_.shape == (3, 4)
    assert data["column_names"][1] == "learning rate 0.2"
    assert data["row_names"][2] == "momentum 0.9"
    cell = data["cells"][2 * 4 + 1]
    assert np.array_equal(cell["path"], sweep.at(learning_rate=0.2, momentum=0.9).history.w)
    assert cell["text"].startswith("MAX_ITER, f = ")
    assert sorted(cell["run"] for cell in data["cells"]) == list(range(12))
    assert data["left_out"] == 0


def test_of_many_values_some_are_shown_the_best_among_them_and_the_note_counts():
    sweep = swept(learning_rate=np.geomspace(1e-3, 0.9, 23).tolist(), momentum=[0.0, 0.5])
    display = paths_of(sweep)
    assert display.plot().ax_.shape == (2, MOST_CELLS[1])
    assert sweep.best_index in [cell["run"] for cell in display.data["cells"]]
    assert "6 of 23 values of learning rate" in display.data["note"]
    assert display.data["left_out"] == 46 - 12


def test_other_axes_are_those_of_the_best_run_or_as_asked():
    sweep = steepest.sweep(
        bowl, None, ["momentum", "nesterov"], learning_rate=[0.1, 0.3], momentum=[0.0, 0.5], max_iter=5, progress=False
    )
    best = sweep.best.recipe["method"]["name"]
    assert f"method {best}, as in the best run" in paths_of(sweep).data["note"]
    cells = paths_of(sweep, at={"method": "nesterov"}).data["cells"]
    assert {sweep[cell["run"]].recipe["method"]["name"] for cell in cells} == {"nesterov"}


def test_one_axis_goes_line_by_line_with_its_values_above_the_cells():
    sweep = swept(learning_rate=[0.05, 0.1, 0.2, 0.4, 0.5])
    display = paths_of(sweep).plot()
    cells = [cell for cell in display.data["cells"] if cell is not None]
    assert [cell["run"] for cell in cells] == [0, 1, 2, 3, 4]
    assert cells[2]["text"].startswith("learning rate 0.2\nMAX_ITER, f = ")
    assert [ax.axison for ax in display.ax_.flat].count(True) == 5


def test_runs_in_no_grid_go_line_by_line():
    rates = np.geomspace(0.01, 0.5, 50).tolist()
    sweep = swept(learning_rate=rates, momentum=np.linspace(0, 0.9, 50).tolist(), how="zip")
    data = paths_of(sweep).data
    assert len(data["cells"]) == 36
    assert "36 of 50 runs" in data["note"]
    assert data["cells"][0]["short"] == "learning rate 0.01\nmomentum 0\nMAX_ITER"


def test_bad_limits_are_one_sentence():
    sweep = swept(learning_rate=[0.05, 0.1])
    with pytest.raises(ArgumentError, match=r"most must be two whole numbers above 0, \(rows, columns\); got 3"):
        paths_of(sweep, most=3)
