"""Runs in lanes of which rounding decides where they end are marked, those at rest, in cycles or over are not."""

import numpy as np
import pytest

import steepest
from steepest.engines.jax import lanes


def wells(w):
    """Two double wells; descent in one is the map x -> x - rate (4 x^3 - 4 x)."""
    return w[0] ** 4 - 2 * w[0] ** 2 + w[1] ** 4 - 2 * w[1] ** 2


RATES = np.array([0.1, 0.2, 0.28, 0.3, 0.345, 0.366, 0.41, 0.45])
START = np.array([0.3, 0.7])


def exponents(rate, rows=4000):
    """Lyapunov's, of both coordinates: the mean of log |1 - rate f''|, from the map itself."""
    found = []
    for x in START:
        total = 0.0
        for _ in range(rows):
            total += np.log(abs(1 - rate * (12 * x * x - 4)) + 1e-300)
            x -= rate * (4 * x**3 - 4 * x)
        found.append(total / rows)
    return np.array(found)


def swept(**more):
    options = {"learning_rate": RATES, "max_iter": 1500, "grad_tol": 1e-9, "engine": "jax", "progress": False} | more
    return steepest.sweep(wells, START, "gradient_descent", **options)


def test_marked_are_the_runs_whose_lyapunov_exponent_is_positive():
    wanted = np.array([(exponents(rate) > 0).any() for rate in RATES])
    assert 0 < wanted.sum() < len(RATES)
    sweep = swept()
    columns = sweep.columns()
    np.testing.assert_array_equal(columns["chaotic"], wanted)
    assert columns["outcome"][0] == "CONVERGED"
    assert set(columns["outcome"][2:]) == {"MAX_ITER"}  # cycles are not marked
    assert f"chaotic        {wanted.sum()} runs: rounding decides where they end" in repr(sweep)


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_looking_again_changes_nothing_else(monkeypatch, seconds):
    monkeypatch.setattr(lanes, "COMPILING", seconds)  # in a narrower program, or in the same
    sweep = swept(record="none")
    assert sweep.columns()["chaotic"].any()
    again = sweep[7].replay()
    np.testing.assert_array_equal(again.w, sweep[7].w)
    np.testing.assert_array_equal(sweep[7].w, swept()[7].w)


def test_runs_at_rest_are_not_run_again(monkeypatch):
    asked = []
    monkeypatch.setattr(lanes, "parted", lambda *given: asked.append(given))
    sweep = swept(learning_rate=np.geomspace(1e-3, 0.05, 9), max_iter=1000, grad_tol=None)
    assert not sweep.columns()["chaotic"].any()
    assert not asked
    assert "chaotic" not in repr(sweep)


def test_other_engines_have_no_such_column():
    sweep = steepest.sweep(wells, START, learning_rate=RATES, max_iter=20, engine="python", progress=False)
    assert "chaotic" not in sweep.columns()


def test_the_marks_are_kept_in_the_file(tmp_path):
    sweep = swept()
    back = steepest.load(sweep.save(tmp_path / "wells.npz"))
    np.testing.assert_array_equal(back.columns()["chaotic"], sweep.columns()["chaotic"])


def test_interrupted_while_looking_again_all_that_may_be_chaotic_are_marked(monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(lanes, "parted", interrupted)
    sweep = swept()
    marked = sweep.columns()["chaotic"]
    assert marked[4:].all()  # f goes up and down in a cycle too
    assert not marked[:2].any()
    assert (sweep.columns()["outcome"] != "NOT_RUN").all()
