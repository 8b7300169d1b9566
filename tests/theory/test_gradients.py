"""Whose gradient a run takes: exact where a function can be traced, by differences where it must not, and said so."""

from typing import Any

import numpy as np
import pytest

import steepest
from steepest.verbs.report import head_lines

pytest.importorskip("jax")

OPTIONS: Any = {"learning_rate": 0.1, "max_iter": 60, "grad_tol": None}
SHIFT = np.array([1.0, -2.0])


def wanted(shift=SHIFT):
    """The path of gradient descent on ``|w - shift|^2`` from zero, one line a row."""
    return shift * (1 - 0.8 ** np.arange(61.0)[:, None])


def by_differences(run, why):
    assert run.engine == "python"
    assert run.recipe["gradient"] == f"central differences, 4 evaluations an iteration (not automatic: {why})"
    assert head_lines(run)[0].endswith(f"gradient: {run.recipe['gradient']}")


def test_a_captured_array_that_changes_between_two_calls_is_noticed():
    centre = np.array([1.0, -2.0])

    def f(w):
        return ((w - centre) ** 2).sum()

    for new in ([1.0, -2.0], [5.0, 0.5], [1.0, -2.0], [1.0, -2.0 + 1e-9]):
        centre[:] = new
        run = steepest.minimize(f, [0.0, 0.0], "gradient_descent", **OPTIONS)
        assert run.engine == "jax"
        np.testing.assert_allclose(run.history.w, wanted(centre), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(run.jac, 2.0 * (run.w - centre), rtol=1e-12)


def test_and_so_is_a_captured_number_a_global_and_a_helper(monkeypatch):
    scale = 1.0

    def f(w):
        return scale * helped(w)

    for scale, offset in ((1.0, 0.0), (0.5, 0.0), (0.5, 3.0), (1.0, 0.0)):
        monkeypatch.setitem(globals(), "OFFSET", offset)
        run = steepest.minimize(f, [0.0, 0.0], "gradient_descent", **{**OPTIONS, "max_iter": 1})
        assert run.engine == "jax"
        np.testing.assert_allclose(run.w, 0.1 * scale * 2.0 * (SHIFT + OFFSET), rtol=1e-13)


OFFSET = 0.0


def helped(w):
    return ((w - SHIFT - OFFSET) ** 2).sum()


def test_what_was_captured_when_a_run_began_is_what_it_minimises():
    """A callback that changes the array changes later runs, not this one: its steps were compiled with it."""
    centre = SHIFT.copy()

    def f(w):
        return ((w - centre) ** 2).sum()

    def meddle(w):
        centre[:] = 100.0

    run = steepest.minimize(f, [0.0, 0.0], "gradient_descent", callback=meddle, **OPTIONS)
    np.testing.assert_allclose(run.history.w, wanted(), rtol=1e-12)
    after = steepest.minimize(f, [0.0, 0.0], "gradient_descent", **OPTIONS)
    np.testing.assert_allclose(after.history.w, wanted(np.full(2, 100.0)), rtol=1e-12)


def test_a_function_that_counts_its_calls_is_never_traced():
    calls: list[type] = []

    def f(w):
        calls.append(type(w))
        return ((w - SHIFT) ** 2).sum()

    run = steepest.minimize(f, [0.0, 0.0], "gradient_descent", **OPTIONS)
    assert set(calls) == {np.ndarray}
    assert len(calls) == run.nfev == 61 * 5
    assert run.recipe["gradient"].startswith("central differences, 4 evaluations an iteration (not automatic: it uses")
    assert head_lines(run)[0].endswith(run.recipe["gradient"])
    np.testing.assert_allclose(run.history.w, wanted(), atol=1e-8)


def test_a_counter_in_a_closure_counts_what_was_evaluated():
    calls = 0

    def f(w):
        nonlocal calls
        calls += 1
        return ((w - SHIFT) ** 2).sum()

    run = steepest.minimize(f, [0.0, 0.0], "gradient_descent", **OPTIONS)
    by_differences(run, "it changes a captured variable (calls)")
    assert calls == run.nfev == 61 * 5


def test_a_function_that_branches_on_values_takes_the_branch_it_is_in():
    def f(w):
        if w[0] > 1.0:
            return 3.0 * (w[0] - 1.0) + 0.5 + (w[1] - 1.0) ** 2
        return 0.5 * w[0] ** 2 + (w[1] - 1.0) ** 2

    run = steepest.minimize(f, [4.0, 0.0], "gradient_descent", **OPTIONS)
    by_differences(run, "it branches on values of w")
    steps = np.diff(run.history.w[:11, 0])
    np.testing.assert_allclose(steps, -0.3, atol=1e-8)  # the straight part: a trace at the start would go on with it
    assert abs(run.w[0]) < 0.02
    np.testing.assert_allclose(run.history.w[1:, 1], 1 - 0.8 ** np.arange(1.0, 61.0), atol=1e-8)


def test_a_simulator_that_reads_a_file_reads_it_each_time(tmp_path):
    file = tmp_path / "centre.txt"
    file.write_text("1.0 -2.0")
    seen: set[type] = set()

    def simulate(w):
        seen.add(type(w))
        with open(file) as lines:
            centre = np.array([float(word) for word in lines.read().split()])
        return float(((w - centre) ** 2).sum())

    def reading(w):
        return ((w - np.loadtxt(file)) ** 2).sum()

    run = steepest.minimize(simulate, [0.0, 0.0], "gradient_descent", **OPTIONS)
    assert run.engine == "python"
    assert "central differences, 4 evaluations an iteration (not automatic: it " in head_lines(run)[0]
    assert seen == {np.ndarray}
    np.testing.assert_allclose(run.history.w, wanted(), atol=1e-8)
    file.write_text("3.0 0.5")
    for f in (simulate, reading):
        run = steepest.minimize(f, [0.0, 0.0], "gradient_descent", **OPTIONS)
        assert run.recipe["gradient"].startswith("central differences")
        np.testing.assert_allclose(run.history.w, wanted(np.array([3.0, 0.5])), atol=1e-8)


def test_an_exact_gradient_and_differences_tell_the_same_story():
    def f(w):
        return np.log1p((w * w).sum()) + np.cos(w[0]) * np.exp(-(w[1] ** 2)) + 0.1 * w[1]

    exact = steepest.minimize(f, [1.0, 0.4], **OPTIONS)
    rough = steepest.minimize(f, [1.0, 0.4], grad="finite", **OPTIONS)
    assert (exact.recipe["gradient"], exact.engine) == ("automatic", "jax")
    assert rough.recipe["gradient"] == "central differences, 4 evaluations an iteration"
    np.testing.assert_allclose(rough.history.w, exact.history.w, atol=1e-7)
    assert not np.array_equal(rough.history.w, exact.history.w)
