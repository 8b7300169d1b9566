"""A comparison in a file: all of it comes back, and what is known by name runs again."""

import numpy as np
import pytest

import steepest
from steepest.verbs.comparison import Comparison

RATES = {"slow": ("momentum", {"learning_rate": 1e-4}), "fast": ("momentum", {"learning_rate": 1e-3})}


@pytest.fixture(scope="module")
def found():
    return steepest.compare(["beale", "booth"], {**RATES, "lbfgs": "lbfgs"}, starts=2, budget=200, progress=False)


def test_what_is_saved_comes_back(found, tmp_path):
    back = Comparison.load(found.save(tmp_path / "found.npz"))
    assert back.verdict == found.verdict
    assert repr(back) == repr(found)
    for name, column in found.columns().items():
        assert np.array_equal(column, back.columns()[name], equal_nan=column.dtype.kind == "f")
    assert isinstance(steepest.load(tmp_path / "found.npz"), Comparison)


def test_a_loaded_comparison_runs_again_what_is_known_by_name(tmp_path):
    problems = {
        "booth": "booth", "a formula": ("(x - 1)^2 + 3*y^2", [2.0, 1.0]),
        "ours": (lambda w: (w[0] - 1) ** 2 + w[1] ** 2, [1.0, 2.0]),
    }  # fmt: skip
    methods = {
        "tuned": "adam", "schedule": ("momentum", {"learning_rate": steepest.schedules.Cosine(0.01, 0.001, steps=80)}),
        "search": ("gradient_descent", {"learning_rate": steepest.line_search.Armijo()}), "lbfgs": "lbfgs",
        "SciPy": steepest.scipy_method(), "bounded": ("momentum", {"learning_rate": 0.01, "bounds": [(-9, 9)] * 2}),
    }  # fmt: skip
    found = steepest.compare(problems, methods, tune=2, budget=80, progress=False)
    back = steepest.load(found.save(tmp_path / "found.npz"))
    back = steepest.load(back.save(tmp_path / "again.npz"))
    for problem in ("booth", "a formula"):
        for method in ("tuned", "schedule", "search", "lbfgs"):
            one, other = found.replay(problem, method), back.replay(problem, method)
            np.testing.assert_array_equal(one.history.w, other.history.w)
            assert one.recipe == other.recipe
    for problem, method, sentence in (
        ("ours", "tuned", "problem 'ours' is not in the file of the comparison"),
        ("booth", "bounded", "method 'bounded' is not in the file of the comparison"),
        ("booth", "SciPy", "method 'SciPy' is not run by steepest"),
    ):
        with pytest.raises(ValueError, match=sentence):
            back.replay(problem, method)
    back.instances[0] = back.instances[0]._replace(f0=1.0)
    with pytest.raises(ValueError, match="problem 'booth' differs from the recorded one"):
        back.replay("booth", "lbfgs")


def test_what_holds_no_comparison_is_said(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, f=np.zeros(3))
    with pytest.raises(ValueError, match="holds no steepest comparison"):
        Comparison.load(path)
