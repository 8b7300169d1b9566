"""The dense maps, the batch sizes, overshooting, restarts and the advice: recomputed in plain NumPy, held to theory."""

import math
import re

import numpy as np
import pytest

import steepest
from steepest.tutorial.advice import Advice
from steepest.tutorial.article import LEARNING_RATES, MOMENTA
from steepest.tutorial.batch_sizes import SIZES
from steepest.tutorial.hazards import STARTS
from steepest.tutorial.maps import (
    BOWL_MOST,
    DIGIT_MOST,
    LOW,
    SIDE,
    TARGET,
    THRESHOLD,
    Cell,
    arrivals,
    least_squares_bowl,
    stopped_at,
)
from steepest.tutorial.maps_figures import BOWL_MARKS, DIGIT_MARKS


def heavy_ball(value, gradient, w0, rate, momentum, rows):
    """f at every row, by a plain loop."""
    w, step, found = np.array(w0), np.zeros(len(w0)), [value(np.array(w0))]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(rows):
            step = momentum * step - rate * gradient(w)
            w = w + step
            found.append(value(w))
    return np.array(found)


def stays(f, level):
    """The first row from which f stays at or below ``level``; None where there is none."""
    above = np.flatnonzero(~(f <= level))
    first = above[-1] + 1 if above.size else 0
    return int(first) if first < len(f) else None


@pytest.fixture(scope="session")
def half_sum(digits):
    X, y = digits.X_train, digits.y_train
    start = np.random.RandomState(11).uniform(-1, 1, X.shape[1]) * 1e-6
    return (lambda w: 0.5 * float(((X @ w - y) ** 2).sum())), (lambda w: X.T @ (X @ w - y)), start


@pytest.fixture(scope="session")
def maps(written):
    return written.results["maps"]


@pytest.fixture(scope="session")
def text(written):
    page = written.page.read_text(encoding="utf-8")
    section = page[page.index('<h2 id="maps"') : page.index('<h2 id="learnt"')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", re.sub(r'src="[^"]*"', "", section)))


# -- counting ----------------------------------------------------------------------------------------------------


def test_a_run_is_stopped_at_the_first_small_change():
    f = np.array([[9.0, 5.0, 4.995, 1.0], [9.0, 5.0, 2.0, 1.0], [1.0, 1.0, np.nan, np.nan]])
    assert stopped_at(f, 0.01).tolist() == [2, math.inf, 1]


def test_a_run_arrives_where_it_stays():
    made = steepest.sweep(
        least_squares_bowl(), [3.0, -4.0], learning_rate=[0.1, 0.5, 0.9, 1.5], momentum=[0.0, 0.9], max_iter=120,
        grad_tol=None, engine="quadratic", record=("f",), progress=False,
    )  # fmt: skip
    expected = [
        stays(heavy_ball(lambda w: float(w @ w), lambda w: 2 * w, [3.0, -4.0], rate, m, 120), LOW)
        for rate in (0.1, 0.5, 0.9, 1.5) for m in (0.0, 0.9)
    ]  # fmt: skip
    assert [None if math.isinf(one) else int(one) for one in arrivals(made, LOW)] == expected
    assert expected[2] == 1
    assert expected[3] > 50
    assert expected[6] is None


# -- the maps ----------------------------------------------------------------------------------------------------


def test_cells_of_the_bowl_are_those_of_a_plain_loop(maps):
    found = maps["bowl"]
    w0 = np.random.RandomState(19).uniform(-10, 10, 2)
    picks = np.random.default_rng(3).integers(0, SIDE, (150, 2))
    for i, j in picks:
        rate, momentum = found["learning_rates"][i], found["momenta"][j]
        f = heavy_ball(lambda w: float(w @ w), lambda w: 2 * w, w0, rate, momentum, BOWL_MOST)
        assert found["iterations"][i][j] == stays(f, LOW), (rate, momentum)


def test_cells_of_the_digits_are_those_of_a_plain_loop(maps, half_sum):
    value, gradient, start = half_sum
    picks = np.random.default_rng(4).integers(0, SIDE, (60, 2))
    for i, j in picks:
        rate, momentum = maps["digits"]["learning_rates"][i], maps["digits"]["momenta"][j]
        f = heavy_ball(value, gradient, start, rate, momentum, DIGIT_MOST)
        assert maps["digits"]["iterations"][i][j] == stays(f, TARGET), (rate, momentum)
        stop = stopped_at(f[None], THRESHOLD)[0]
        expected = None if math.isinf(stop) else int(stop)
        assert maps["digits_threshold"]["iterations"][i][j] == expected, (rate, momentum)


def test_the_maps_are_dense_and_hold_to_the_limit(maps, reference):
    for name, curvature in (("bowl", 2.0), ("digits", float(reference["extra"]["lambda_max"]))):
        found = maps[name]
        rates, momenta = np.array(found["learning_rates"]), np.array(found["momenta"])
        arrived = np.array([[one is not None for one in row] for row in found["iterations"]])
        assert arrived.shape == (SIDE, SIDE) == (100, 100)
        above = rates[:, None] > 2 * (1 + momenta)[None, :] / curvature
        assert found["curvature"] == pytest.approx(curvature, rel=1e-9)
        assert not (arrived & above).any()
        assert (found["diverged_below_the_limit"], found["arrived_above_the_limit"]) == (0, 0)
        assert 0.85 * above.sum() < found["diverged"] <= above.sum()
        assert above.sum() > 500


def test_the_marks_are_the_articles_settings(reference):
    runs = {(float(r["learning_rate"]), float(r["momentum"]), len(r["w_init"])) for r in reference["runs"]}
    assert {(rate, m) for rate, m, n in runs if n == 2} == set(BOWL_MARKS)
    assert {(rate, m) for rate, m, n in runs if n == 65} == set(DIGIT_MARKS)
    assert len(BOWL_MARKS) == 12
    assert set(BOWL_MARKS) == {(rate, m) for rate in LEARNING_RATES for m in MOMENTA}


def test_the_maps_threshold_ends_the_articles_runs_where_they_end(reference, half_sum):
    value, gradient, start = half_sum
    ended = [
        r for r in reference["runs"]
        if r["kind"] == "batch" and len(r["w_init"]) == 65 and float(r["threshold"]) == THRESHOLD
    ]  # fmt: skip
    assert len(ended) == 3
    for run in ended:
        f = heavy_ball(value, gradient, start, float(run["learning_rate"]), float(run["momentum"]), DIGIT_MOST)
        assert stopped_at(f[None], THRESHOLD)[0] == run["n_rows_history"] - 1


# -- batch sizes -------------------------------------------------------------------------------------------------


def test_updates_and_gradients_follow_from_the_epochs(written):
    found = written.results["batch_sizes"]
    for one in found["at_the_articles_rate"] + found["at_the_best_rate"]:
        assert one["updates"] == one["epochs"] * -(-288 // one["batch_size"])
        assert one["gradients"] == one["epochs"] * 288
        assert one["seconds"] >= 0
    assert [one["batch_size"] for one in found["at_the_articles_rate"]] == [*SIZES, *SIZES]
    assert all(one["learning_rate"] == pytest.approx(1e-6) for one in found["at_the_articles_rate"])


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_full_batch_is_a_plain_loop(written, half_sum, momentum):
    value, gradient, start = half_sum
    for where in ("at_the_articles_rate", "at_the_best_rate"):
        (one,) = (
            one for one in written.results["batch_sizes"][where]
            if (one["batch_size"], one["momentum"]) == (288, momentum)
        )  # fmt: skip
        f = heavy_ball(value, gradient, start, one["learning_rate"], momentum, 80)
        assert one["epochs"] == stays(f, TARGET)


def test_small_batches_without_momentum_follow_the_flow(written, digits, half_sum):
    X, y, (value, _, start) = digits.X_train, digits.y_train, half_sum
    w, rng, found = start.copy(), np.random.default_rng(0), [value(start)]
    for _ in range(80):
        order = rng.permutation(len(y))
        for k in range(0, len(y), 16):
            rows = order[k : k + 16]
            w = w - 1e-6 * X[rows].T @ (X[rows] @ w - y[rows])
        found.append(value(w))
    epochs = [
        one["epochs"] for one in written.results["batch_sizes"]["at_the_articles_rate"] if one["momentum"] == 0
    ]  # fmt: skip
    assert epochs == pytest.approx([stays(np.array(found), TARGET)] * len(SIZES), abs=1)


def test_the_best_rate_is_no_worse_than_the_articles(written):
    found = written.results["batch_sizes"]
    for usual, best in zip(found["at_the_articles_rate"], found["at_the_best_rate"], strict=True):
        assert best["epochs"] <= usual["epochs"]


def test_full_batches_diverge_from_the_limit_on(written, reference):
    for momentum in ("0.0", "0.9"):
        lowest = written.results["batch_sizes"]["lowest_rate_that_diverged"][momentum]
        limit = 2 * (1 + float(momentum)) / float(reference["extra"]["lambda_max"])
        assert limit < lowest[-1] < limit * 10 ** (1 / 8) * 1.001
        assert lowest[0] > lowest[-1]


# -- overshooting, local minima ----------------------------------------------------------------------------------


def test_without_momentum_the_overshoot_and_the_count_have_a_formula(written):
    found = written.results["overshooting"]
    start = float((np.random.RandomState(19).uniform(-10, 10, 2) ** 2).sum())
    for rate, count, beyond in zip(
        found["learning_rates"], found["iterations"]["0.0"], found["farthest_beyond"]["0.0"], strict=True
    ):
        left = abs(1 - 2 * rate)
        if rate > 1 - 1e-9:
            assert count is None
            assert beyond is None
            continue
        assert beyond == pytest.approx(max(0.0, 2 * rate - 1), abs=1e-12)
        expected = 1 if left < 1e-9 else math.ceil(math.log(LOW / start) / (2 * math.log(left)))
        assert count == expected


def test_momentum_overshoots_where_descent_does_not(written):
    found = written.results["overshooting"]["farthest_beyond"]
    at = [k for k, rate in enumerate(written.results["overshooting"]["learning_rates"]) if 0.1 < rate < 0.5]
    assert all(found["0.0"][k] == 0 and found["0.5"][k] > 0.05 and found["0.9"][k] > 0.5 for k in at)


def test_just_over_the_limit_runs_grow_as_theory_has_it(written):
    near = written.results["overshooting"]["near_the_limit"]
    assert [(one["momentum"], one["factor"]) for one in near] == [(m, k) for m in MOMENTA for k in (0.99, 1.01)]
    for one in near:
        if one["factor"] > 1:
            assert one["growth_measured"] == pytest.approx(one["growth"], rel=1e-4)
            assert (one["outcome"], one["iterations"]) == ("DIVERGED", None)
        else:
            assert one["iterations"] > 0


def test_descent_stays_on_its_side_of_the_hump(written):
    found = written.results["restarts"]
    starts = np.random.RandomState(7).uniform(-5, 5, (STARTS, 2))
    line = np.linspace(0, 1, 100_001)
    hump = line[np.argmax(line**4 - 16 * line**2 + 5 * line)]
    assert found["share_of_the_lowest"]["0.0"] == pytest.approx((starts < hump).all(axis=1).mean())
    assert found["share_expected"] == pytest.approx(((hump + 5) / 10) ** 2, rel=1e-4)


def test_the_best_of_k_starts_is_as_good_as_chance_has_it(written):
    found = written.results["restarts"]
    for momentum, share in found["share_of_the_lowest"].items():
        assert found["best_of"][momentum]["1"] == share
        for k, measured in found["best_of"][momentum].items():
            expected = 1 - (1 - share) ** int(k)
            spread = math.sqrt(expected * (1 - expected) / (STARTS // int(k)))
            assert abs(measured - expected) < 4 * spread + 0.01


# -- the advice --------------------------------------------------------------------------------------------------


def test_the_advice_is_read_off_the_maps(written, maps):
    for one, name in zip(written.results["advice"], ("bowl", "digits"), strict=False):
        found = maps[name]
        rates, momenta = np.array(found["learning_rates"]), np.array(found["momenta"])
        counts = np.array([[math.inf if c is None else c for c in row] for row in found["iterations"]])
        small, high = rates <= 0.1 * 2 / found["curvature"], momenta > 0.8999
        corner = counts[np.ix_(small, high)]
        assert one["best"]["iterations"] == counts.min()
        assert one["without_momentum"]["iterations"] == counts[:, 0].min()
        assert one["small_rate_high_momentum"]["iterations"] == corner.min()
        median = np.sort(corner.ravel())[(corner.size - 1) // 2]
        assert one["median_there"] == (None if math.isinf(median) else median)


def judged(best, plain, corner):
    cells = (Cell(1.0, 0.5, best), Cell(1.0, 0.0, plain), Cell(0.1, 0.9, corner))
    return Advice("a problem", "iteration", 1.0, *cells, corner, cells[-1]).verdict


def test_the_verdict_follows_the_numbers():
    assert judged(1, 1, 75) == "Does not hold: 75 iterations at the best of the corner, 1 without momentum."
    assert judged(10, 30, 49).startswith("Half true: momentum pays, 10 against 30 without")
    assert judged(10, 30, 12) == "Holds: 12 iterations at the best of the corner, 30 without momentum."
    assert judged(3, 3, 3).startswith("Does no harm, and is not needed: 3 iterations in the corner")
    assert judged(5, 5, math.inf) == "Does not hold: no setting of the corner arrives; the best takes 5."


def test_the_sections_stand_after_the_theory(written):
    page = written.page.read_text(encoding="utf-8")
    order = [page.index(f'<h2 id="{name}"') for name in ("why", "maps", "sizes", "lessons", "learnt")]
    assert order == sorted(order)
    section = page[order[1] : order[4]]
    figures = ["map-bowl", "map-digits", "batch-sizes", "overshooting", "restarts"]
    assert re.findall(r'<figure id="([^"]*)"', section) == figures


def test_the_page_says_the_numbers_of_the_runs(written, text):
    results = written.results
    rows = [run["rows"] - 1 for run in results["runs"] if run["study"] == "versus" and run["kind"] == "batch"]
    share = results["restarts"]["share_of_the_lowest"]
    usual = results["batch_sizes"]["at_the_articles_rate"]
    said = (
        f"end after {rows[0]}, {rows[1]}, {rows[2]} iterations",
        "Of the 20,000 runs none diverges below the limit and none arrives above it",
        f"{usual[0]['epochs']:.0f} one row at a time, {usual[len(SIZES) - 1]['epochs']:.0f} in full batches",
        f"from {100 * share['0.0']:.1f} % of the starts", *(one["verdict"] for one in results["advice"]),
    )  # fmt: skip
    assert [words for words in said if words not in text] == []
