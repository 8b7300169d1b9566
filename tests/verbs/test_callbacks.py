"""Callbacks: what they get, how they stop a run, and what becomes of what they return or raise."""

import numpy as np
import pytest

import steepest
from steepest import Outcome, Run
from steepest.base.errors import ArgumentTypeError

MODEL = steepest.LinearModel(np.arange(12.0).reshape(6, 2) / 10, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
RUNS = {
    "callable": {"problem": lambda w: float(w @ w), "w0": [1.0, 2.0], "learning_rate": 0.05},
    "gallery": {"problem": steepest.gallery.rosenbrock(), "learning_rate": 1e-4},
    "full batch": {"problem": MODEL}, "stochastic": {"problem": MODEL, "batch_size": 1},
    "mini-batches, plain": {"problem": MODEL, "batch_size": 4, "engine": "python"},
}  # fmt: skip
each = pytest.mark.parametrize("name", RUNS)


def run_with(name, callback, **arguments):
    return steepest.minimize(**({"max_iter": 8, "grad_tol": None} | RUNS[name] | arguments), callback=callback)


@each
def test_it_gets_w_after_each_row(name):
    seen = []

    def callback(w):
        seen.append(w)

    run = run_with(name, callback)
    assert len(seen) == run.nit == 8
    assert np.array_equal(seen, run.history.w[1:])


@each
def test_or_the_running_run_if_its_parameter_says_so(name):
    seen = []

    def callback(intermediate_result):
        seen.append(intermediate_result)

    run = run_with(name, callback)
    assert all(isinstance(partial, Run) for partial in seen)
    for k, partial in enumerate(seen, start=1):
        assert partial.nit == k
        assert len(partial.history) == k + 1
        assert np.array_equal(partial.history.w, run.history.w[: k + 1])
        assert np.array_equal(partial.w, run.history.w[k])
        assert partial.f == run.history.f[k]
        assert partial.outcome is None
        assert not partial.success
        assert partial.status == -1
        assert partial.nfev >= k
        assert "RUNNING" in repr(partial)
        assert partial.recipe["method"] == run.recipe["method"]


@each
def test_it_changes_no_bit(name):
    with_one, without = run_with(name, lambda w: None), run_with(name, None)
    assert np.array_equal(with_one.history.w, without.history.w)
    assert np.array_equal(with_one.history.f, without.history.f)


@each
def test_stop_iteration_stops(name):
    calls = []

    def callback(w):
        calls.append(w)
        if len(calls) == 3:
            raise StopIteration

    run = run_with(name, callback)
    assert run.outcome is Outcome.STOPPED
    assert run.nit == len(calls) == 3
    assert len(run.history) == 4
    assert not run.success
    assert "the callback stopped it" in run.message


@each
def test_any_other_error_is_the_callers(name):
    def callback(w):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        run_with(name, callback)


@each
def test_what_it_changes_in_w_changes_nothing(name):
    def callback(w):
        w[:] = 99

    run, without = run_with(name, callback), run_with(name, None)
    assert np.array_equal(run.history.w, without.history.w)


@each
@pytest.mark.parametrize("answer", [True, False, 0, "stop"])
def test_another_answer_than_none_is_an_error(name, answer):
    with pytest.raises(ArgumentTypeError, match=r"^callback must return None \(raise StopIteration to stop\); it "):
        run_with(name, lambda w: answer)


@each
def test_ctrl_c_keeps_what_was_done(name, tmp_path):
    calls = []

    def callback(w):
        calls.append(w)
        if len(calls) == 4:
            raise KeyboardInterrupt

    run = run_with(name, callback)
    assert run.outcome is Outcome.INTERRUPTED
    assert len(run.history) == run.nit + 1 == 5
    assert np.array_equal(run.history.w, run_with(name, None).history.w[:5])
    assert steepest.load(run.save(tmp_path / "partial.npz")).outcome is Outcome.INTERRUPTED


def test_ctrl_c_ends_the_remaining_starts_too():
    calls = []

    def callback(w):
        calls.append(w)
        if len(calls) == 3:
            raise KeyboardInterrupt

    run = steepest.minimize(steepest.gallery.sphere(), starts=5, learning_rate=0.1, max_iter=2, callback=callback)
    assert 1 + len(run.others) == 2


def test_a_builtin_without_a_signature_gets_w():
    kept = []
    run = run_with("gallery", kept.append)
    assert len(kept) == run.nit


def test_a_failing_row_is_not_shown():
    seen = []
    run = steepest.minimize(
        steepest.gallery.rosenbrock(), learning_rate=0.1, callback=lambda w: seen.append(w.copy()), record=("w", "f")
    )
    assert run.outcome is Outcome.DIVERGED
    assert np.isfinite(seen).all()
