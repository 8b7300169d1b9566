"""Ravine, saddle, plateau, basins: the counts are those of theory and of the runs, and the page says them."""

import math
import re

import numpy as np
import pytest

import steepest
from steepest.tutorial.landscapes import OFFSETS, PLATEAU, SADDLE, SIDE, best_constants


@pytest.fixture(scope="session")
def shapes(written):
    return written.results["shapes"]


@pytest.fixture(scope="session")
def text(written):
    page = written.page.read_text(encoding="utf-8")
    section = page[page.index('<h2 id="shapes"') : page.index('<h2 id="digits"')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", re.sub(r'src="[^"]*"', "", section)))


def test_the_section_stands_between_the_bowl_and_the_digits(written):
    page = written.page.read_text(encoding="utf-8")
    order = [page.index(f'<h2 id="{name}"') for name in ("bowl", "shapes", "digits")]
    assert order == sorted(order)
    section = page[order[1] : order[2]]
    assert re.findall(r"<h3>([^<]*)</h3>", section) == ["A ravine", "A saddle", "A plateau", "Several minima"]
    assert re.findall(r'<figure id="([^"]*)"', section) == ["ravine", "saddle", "plateau", "basins"]


def test_gradient_descent_takes_what_theory_says_down_a_ravine(shapes):
    quadratics = [one for one in shapes["ravine"] if one["condition"] is not None]
    assert [one["condition"] for one in quadratics] == [10, 100, 1000]
    for one in quadratics:
        assert one["gradient_descent"] == math.ceil(one["expected"])
        assert one["momentum"] < one["gradient_descent"] / math.sqrt(one["condition"]) * 2.5


def test_the_best_constants_give_both_ends_of_the_curvature_one_rate():
    rate, heavy = best_constants(49.0)
    assert abs(1 - rate) == pytest.approx(abs(1 - 49 * rate)) == pytest.approx(48 / 50)
    for curvature in (1.0, 49.0):
        trace = 1 + heavy["momentum"] - heavy["learning_rate"] * curvature
        assert abs(np.roots([1, -trace, heavy["momentum"]])) == pytest.approx([6 / 8, 6 / 8], rel=1e-6)


def test_rosenbrocks_valley_is_a_ravine_too(shapes):
    one = shapes["ravine"][-1]
    run = steepest.minimize(steepest.gallery.rosenbrock(), max_iter=100_000, record="none")
    assert one["momentum"] == pytest.approx(run.nit, abs=2)
    assert one["gradient_descent"] > 5 * one["momentum"]


@pytest.mark.parametrize("method", ["gradient_descent", "momentum"])
def test_the_wait_at_the_saddle_grows_with_the_digits_of_the_offset(shapes, method):
    waits = np.array(shapes["saddle"]["iterations"][method])
    slope = math.log(10) / math.log(shapes["saddle"]["growth"][method])
    decades = -np.diff(np.log10(OFFSETS))
    assert np.abs(np.diff(waits)[1:] / decades[1:] - slope).max() <= 0.5 / decades.min() + 0.01 * slope


def test_a_small_y_grows_by_the_factor_theory_has(shapes):
    for method, fields in (("gradient_descent", {}), ("momentum", {"momentum": 0.9})):
        run = steepest.minimize(SADDLE, [0.0, 1e-12], method, learning_rate=0.05, max_iter=60, grad_tol=None, **fields)
        y = run.history.w[:, 1]
        assert y[60] / y[59] == pytest.approx(shapes["saddle"]["growth"][method], rel=1e-4)


def test_one_run_takes_the_saddle_for_a_minimum_and_the_page_says_so(shapes, text):
    assert abs(shapes["saddle"]["taken_for_a_minimum"]["f"]) < 1e-9
    assert "calls that CONVERGED; the minima have f = \N{MINUS SIGN}1." in text


def test_the_flow_says_how_long_the_plateau_takes(shapes):
    plateau = shapes["plateau"]
    assert plateau["by_the_gradient_flow"]["3.5"] == pytest.approx(plateau["iterations"]["3.5"], rel=0.01)
    counts = list(plateau["iterations"].values())
    assert counts == sorted(counts)
    assert plateau["other_methods"]["adam"] < plateau["other_methods"]["momentum"] < counts[-1]


def test_a_start_on_the_plain_is_taken_for_a_minimum(text):
    run = steepest.minimize(PLATEAU, [3.2, 2.4], "gradient_descent", learning_rate=0.5)
    assert (run.outcome.name, run.nit) == ("CONVERGED", 0)
    assert run.f > 0.999
    assert "CONVERGED after 0 iterations" in text


def test_the_basins_count_every_start_once(shapes):
    for one in shapes["basins"].values():
        assert sum(one["starts"]) + one["did_not_converge"] == SIDE * SIDE
        assert np.array_equal(one["minima"], steepest.gallery.himmelblau().minimum.w)
    assert shapes["basins"]["momentum"]["did_not_converge"] > 0


def test_a_start_of_the_grid_leads_where_it_is_counted(written):
    himmelblau = steepest.gallery.himmelblau()
    line = np.linspace(-5.0, 5.0, SIDE)[::6]
    runs = [
        steepest.minimize(himmelblau, [x, y], "gradient_descent", learning_rate=0.012, grad_tol=1e-3, record="none")
        for y in line for x in line
    ]  # fmt: skip
    reached = [int(np.linalg.norm(himmelblau.minimum.w - run.w, axis=1).argmin()) for run in runs if run.success]
    shares = np.bincount(reached, minlength=4) / len(runs)
    counted = np.array(written.results["shapes"]["basins"]["gradient_descent"]["starts"]) / SIDE**2
    assert np.abs(shares - counted).max() < 0.05


def test_the_page_says_the_numbers_of_the_runs(shapes, text):
    plateau, basins = shapes["plateau"], shapes["basins"]["momentum"]
    said = (
        f"{plateau['iterations']['3.5']:,} from 3.5", f"takes {plateau['other_methods']['adam']}.",
        f"{basins['did_not_converge']} of {SIDE * SIDE:,} runs with momentum did not converge",
        f"{basins['starts'][1]:,}", f"{shapes['ravine'][-1]['gradient_descent']:,}",
    )  # fmt: skip
    assert [words for words in said if words not in text] == []
