"""The page of a sweep: its cells, and choosing a run in a browser."""

import re

import numpy as np
import pytest

import steepest
from steepest.plots.page.sweep import rows_shown, sweep_data
from steepest.verbs.pages import boundary_of, sweep_as_page, write_page

RATES, MOMENTA = np.geomspace(1e-4, 1e-2, 9), [0.0, 0.5, 0.9]


@pytest.fixture(scope="module")
def sweep():
    return steepest.sweep("rosenbrock", learning_rate=RATES, momentum=MOMENTA, max_iter=80)


def numbers(text):
    return [float(part) for part in re.findall(r"-?[\d.]+(?:e-?\d+)?", text.replace("\N{MINUS SIGN}", "-"))]


def test_each_cell_holds_its_run(sweep):
    data = sweep_data(sweep)
    assert data["x"]["label"] == "learning rate"
    for i, rate in enumerate(RATES):
        for j, momentum in enumerate(MOMENTA):
            cell = j * len(RATES) + i
            run, told = sweep.at(learning_rate=rate, momentum=momentum), data["runs"][data["run"][cell]]
            assert told["outcome"] == run.outcome.name
            assert (data["failures"][cell] != "") == run.failed
            np.testing.assert_array_equal(told["w"], run.record.w)


def test_the_boundary_is_the_limit_at_the_start(sweep):
    x, y, label = boundary_of(sweep)
    curvature = np.abs(np.linalg.eigvalsh([[1330.0, 480.0], [480.0, 200.0]])).max()  # of Rosenbrock at (-1.2, 1)
    np.testing.assert_allclose(x, 2 * (1 + y) / curvature, rtol=1e-6)
    assert "at the start" in label


def test_seeds_and_starts_fold_into_the_best_of_a_cell():
    model = steepest.LinearModel(np.arange(12.0).reshape(6, 2), np.arange(6.0))
    sweep = steepest.sweep(model, learning_rate=[1e-3, 1e-2], seed=[0, 1, 2], batch_size=2, max_iter=4)
    data = sweep_data(sweep)
    assert len(data["run"]) == 2
    for cell, rate in enumerate([1e-3, 1e-2]):
        best = min(sweep[int(k)].best.f for k in sweep.where(learning_rate=rate))
        assert float(data["runs"][data["run"][cell]]["sentence"].rpartition(" ")[2]) >= best * (1 - 1e-5)


def test_sweeps_without_a_picture_are_refused():
    with pytest.raises(steepest.SteepestError, match="axis of numbers"):
        sweep_as_page(steepest.sweep("sphere", method=["adam", "momentum"], max_iter=3))


def test_rows_are_thinned_to_a_budget_with_the_moves_kept():
    w = np.concatenate([np.linspace([0.0, 0.0], [1.0, 1.0], 20), np.ones((980, 2))])
    chosen = rows_shown(w, 1000, 40)
    assert set(range(1, 20)) <= set(chosen.tolist())
    assert {0, 999} <= set(chosen.tolist())
    assert len(chosen) <= 40


def test_a_run_is_chosen_by_pointer_and_by_keyboard(sweep, tmp_path, opened):
    page = opened(write_page(sweep, tmp_path / "sweep.html"))
    best = sweep.best
    chosen = numbers(page.locator("#where").inner_text())
    np.testing.assert_allclose(
        chosen, [best.record.setup["method"][n] for n in ("learning_rate", "momentum")], rtol=1e-3
    )
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + 70, box["y"] + box["height"] - 50)  # the lowest rate, no momentum
    assert numbers(page.locator("#where").inner_text()) == [1e-4, 0.0]
    run = sweep.at(learning_rate=RATES[0], momentum=0.0)
    assert f"{run.outcome.name} after 80 iterations" in page.locator("#how").inner_text()
    page.locator("#map").press("ArrowRight")
    page.locator("#map").press("ArrowUp")
    np.testing.assert_allclose(numbers(page.locator("#where").inner_text()), [RATES[1], 0.5], rtol=1e-3)
    page.locator("#value").select_option("1")
    page.locator("#map").hover()
    assert "iterations" in page.locator("#said").inner_text()


def test_a_sweep_over_one_axis_is_a_strip(tmp_path, opened):
    sweep = steepest.sweep("x^4 - 3*x^2 + x", [2.0], learning_rate=np.geomspace(1e-3, 1, 12), max_iter=30)
    page = opened(write_page(sweep, tmp_path / "sweep.html"))
    assert page.locator("#stage").count() == 0
    assert "learning rate" in page.locator("#where").inner_text()
