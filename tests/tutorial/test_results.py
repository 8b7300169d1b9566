"""results.json: the article's twenty runs as its own program ran them, and our own studies beside them."""

import json

import numpy as np
import pytest


def test_holds_the_twenty_runs_in_the_articles_order(written, reference):
    ours, theirs = written.results["runs"], reference["runs"]
    assert len(ours) == len(theirs) == 20
    for our, their in zip(ours, theirs, strict=True):
        named = [(run["kind"], run["learning_rate"], run["momentum"]) for run in (our, their)]
        assert named[0] == named[1]
        assert our["rows"] == their["n_rows_history"] == len(our["f"])
        end, w = np.array(their["w_end"], dtype=float), np.array(our["w_end"])
        if end.size == 2:
            assert np.abs(w - end).max() <= 1e-14
            assert our["f_end"] == pytest.approx(float(their["f_end"]), rel=1e-13, abs=1e-14)
            assert our["train_errors"] is None
            assert our["test_errors"] is None
        else:
            assert np.abs(w - end).max() <= 1e-9 * np.abs(end).max()
            assert our["f_end"] == pytest.approx(float(their["f_end"]), rel=1e-9)
            assert our["train_errors"] == their["train_errors"]
            assert our["test_errors"] == their["test_errors"]
        assert our["outcome"] == {"threshold": "CONVERGED", "max_iterations": "MAX_ITER"}[their["stopped_by"]]


def test_names_the_versions(written):
    assert {"steepest", "python", "numpy", "scipy", "sklearn", "numba"} <= set(written.results["versions"])


def test_the_theory_is_that_of_the_traced_data(written, reference):
    theory, extra = written.results["theory"], reference["extra"]
    assert theory["curvature"] == pytest.approx(float(extra["lambda_max"]), rel=1e-12)
    assert theory["curvature"] == pytest.approx(811563.4, abs=0.05)
    assert theory["rank"] == extra["rank"]
    assert theory["f_least"] == pytest.approx(float(extra["lstsq_min_norm_half_sse"]), rel=1e-9)
    for edge in theory["stability"]:
        limit = float(extra["heavy_ball_limit"][f"{edge['momentum']:g}"])
        assert edge["limit"] == pytest.approx(limit, rel=1e-12)


def test_one_per_cent_below_the_limit_falls_and_one_above_grows_as_theory_says(written, reference):
    traced = reference["stability_check_digits_train"]
    edges = written.results["theory"]["stability"]
    assert len(edges) == 6
    for edge in edges:
        if edge["factor"] < 1:
            assert edge["outcome"] == "MAX_ITER"
            assert edge["f_end"] == pytest.approx(traced[f"mom{edge['momentum']:g}"]["0.99lim"], rel=1e-9)
        else:
            assert edge["outcome"] == "DIVERGED"
            assert edge["growth_measured"] == pytest.approx(edge["growth"], rel=1e-9)
            assert edge["growth"] > 1


def test_theory_foretells_the_batch_counts(written):
    batch = [one for one in written.results["theory"]["forecasts"] if one["kind"] == "batch"]
    assert [one["rows"] for one in batch] == [one["rows_run"] for one in batch] == [53, 46, 52]
    assert max(one["largest_relative_difference"] for one in batch) < 1e-11


def test_the_gradient_flow_follows_the_stochastic_runs(written):
    stochastic = [one for one in written.results["theory"]["forecasts"] if one["kind"] == "stochastic"]
    assert [one["rows_run"] for one in stochastic] == [54, 38, 17]
    assert stochastic[0]["largest_relative_difference"] < 0.01


def test_the_articles_faults_show(written):
    errs = written.results["article_errs"]
    formula = errs["formula_as_printed"]
    assert formula["right"] == pytest.approx(0.078306552892899617, rel=1e-12)
    assert formula["f_after_5"] > 1e4 * formula["right"]
    assert formula["digits_right"] == pytest.approx(2.9988299617445389, rel=1e-9)
    assert formula["digits"] > 1e3 * formula["digits_right"]
    ended = errs["ended_by_nan"]
    assert ended["rows"] < ended["allowed"]
    assert ended["f_end"] == "inf"
    assert ended["minimize"] == "DIVERGED"
    assert len(set(errs["reseeded"]["next_draw"])) == 1
    assert errs["reseeded"]["ours_leaves_the_generator_alone"] is True


def test_the_printed_error_rate_that_the_program_does_not_give(written, reference):
    run = next(
        r for r in written.results["runs"] if r["study"] == "versus" and (r["kind"], r["momentum"]) == ("batch", 0.5)
    )
    assert reference["tutorial_prints"]["table"]["0.5"]["batch"][0] == "0.00"
    assert f"{100 * run['train_errors'] / 288:.2f}" == "0.35"


def test_every_zero_of_the_first_epoch_raises_f(written, digits):
    rising = written.results["inside_an_epoch"]["updates_that_raise_f"]
    assert rising["0.0"][0] == int((digits.y_train == 0).sum())


def test_all_runs_miss_the_same_test_picture(written):
    missed = written.results["test_pictures_missed"]
    assert len(missed) == 8
    assert len({tuple(run["pictures"]) for run in missed}) == 1


def test_the_seconds_are_of_runs(written):
    seconds = written.results["seconds"]
    assert all(value > 0 for value in (*seconds["iteration_and_epoch_plain"], *seconds["iteration_and_epoch_compiled"]))
    record = seconds["record"]
    assert len(record["rows"]) == len(record["stacked"]) == len(record["ours"])
    assert min(record["stacked"] + record["ours"]) > 0


def test_is_standard_json(written):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    json.loads((written.folder / "results.json").read_text(), parse_constant=refuse)
