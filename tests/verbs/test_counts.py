"""``nfev`` and ``njev`` are the real calls of the user's functions, whatever a run does besides its loop."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentError


class Counted:
    """A callable that counts its calls."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, w):
        self.calls += 1
        return self.f(w)


def bowl(w):
    return float(w @ w)


def quartic(w):
    return float(w @ w + w[0] ** 4)


def quartic_slope(w):
    return 2 * w + np.array([4 * w[0] ** 3, 0.0])


def wall(w):
    """Flat at the start and steep further on: the automatic rate diverges once."""
    return float(np.cosh(3 * w).sum() - 50 * w.sum())


def wall_slope(w):
    return 3 * np.sinh(3 * w) - 50


CASES: dict[str, dict[str, Any]] = {
    "a rate given": {"learning_rate": 0.01}, "a rate worked out": {},
    "at the origin": {"w0": [0.0, 0.0], "max_iter": 300},
    "diverged, with its reason": {"learning_rate": 5.0},
    "no tolerance": {"grad_tol": None}, "no gradient norms": {"grad_tol": None, "record": ("w", "f")},
    "nothing recorded": {"record": "none"}, "no iterations": {"max_iter": 0}, "limited": {"max_evals": 17},
    "limited to one": {"max_evals": 1, "learning_rate": 0.01}, "tolerances": {"f_tol": 1e-3, "x_tol": 1e-3},
    "a look ahead": {"method": "nesterov_lookahead", "learning_rate": 0.01}, "adam": {"method": "adam"},
    "a look ahead, worked out": {"method": "nesterov_lookahead"}, "climbing": {"maximize": True, "max_iter": 8},
    "a target": {"f_target": 1.0}, "a target met at once": {"f_target": 100.0}, "stalled": {"learning_rate": 0.0},
    "three starts": {"starts": 3, "bounds": [(-1, 1)] * 2},
    "three drawn starts": {"starts": 3, "bounds": [(-1, 1)] * 2, "w0": None},
}  # fmt: skip


def run_and_count(f, grad, joint, arguments) -> tuple[list[steepest.Run], int, int]:
    """All runs of one call, and the real calls of f and of its gradient."""
    arguments = {"w0": [1.0, 2.0], "max_iter": 60} | arguments
    counted_grad = None if grad is None or joint else Counted(grad)
    counted = Counted((lambda w: (f(w), grad(w))) if joint else f)
    run = steepest.minimize(counted, grad=counted_grad, value_and_grad=joint, **arguments)
    return [run, *run.others], counted.calls, 0 if counted_grad is None else counted_grad.calls


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("f", "grad"), [(quartic, quartic_slope), (wall, wall_slope)])
@pytest.mark.parametrize("kind", ["gradient given", "differences", "value and gradient at once"])
def test_every_call_is_counted(name, f, grad, kind):
    arguments = CASES[name]
    if kind == "differences" and "max_evals" in arguments:
        arguments = arguments | {"learning_rate": 0.01}
    joint = kind == "value and gradient at once"
    runs, values, gradients = run_and_count(f, None if kind == "differences" else grad, joint, arguments)
    assert sum(run.nfev for run in runs) == values
    if kind == "gradient given":
        assert sum(run.njev for run in runs) == gradients
    elif joint:
        assert sum(run.njev for run in runs) == values, "each call gives both"
    if "max_evals" in arguments:
        assert values <= arguments["max_evals"]


def test_the_cases_above_go_where_they_are_meant_to():
    (halved,), _, _ = run_and_count(wall, wall_slope, False, CASES["at the origin"])
    assert "halved" in halved.message
    (diverged,), _, _ = run_and_count(quartic, quartic_slope, False, CASES["diverged, with its reason"])
    assert diverged.outcome is Outcome.DIVERGED
    assert "stability limit" in diverged.message


def test_the_check_at_the_start_costs_nothing():
    run = steepest.minimize(bowl, [1.0, 2.0], learning_rate=0.01, grad=lambda w: 2 * w, max_iter=10)
    assert (run.nfev, run.njev) == (11, 11)
    run = steepest.minimize(bowl, [1.0, 2.0], learning_rate=0.01, grad="finite", max_iter=10)
    assert (run.nfev, run.njev) == (11 + 11 * 4, 11)
    run = steepest.minimize(bowl, [1.0, 2.0], learning_rate=0.01, max_iter=10)
    assert (run.engine, run.nfev, run.njev) == ("jax", 12, 11), "compiled rows, and the call that checked f"
    both = Counted(lambda w: (bowl(w), 2 * w))
    run = steepest.minimize(both, [1.0, 2.0], learning_rate=0.01, value_and_grad=True, max_iter=10)
    assert both.calls == run.nfev == run.njev == 11, "one call a row"


def test_a_replay_makes_and_counts_its_own_calls():
    f = Counted(quartic)
    run = steepest.minimize(f, [1.0, 2.0], learning_rate=0.01, max_iter=10)
    _ = run.jac
    for _ in range(2):
        before = f.calls
        again = run.replay()
        assert again.nfev == f.calls - before == 11 * 5
    both = Counted(lambda w: (quartic(w), quartic_slope(w)))
    joint = steepest.minimize(both, [1.0, 2.0], learning_rate=0.01, max_iter=10, value_and_grad=True)
    _ = joint.jac
    before = both.calls
    assert joint.replay().nfev == both.calls - before == 11


@given(st.integers(1, 60))
def test_max_evals_is_never_exceeded_and_used_up_before_it_ends_a_run(most):
    f = Counted(quartic)
    run = steepest.minimize(f, [1.0, 2.0], learning_rate=1e-4, max_evals=most)
    assert f.calls == run.nfev == most
    assert run.outcome is Outcome.MAX_EVALS
    assert run.nit == (most - 1) // 5
    assert len(run.history) == run.nit + 1
    assert np.array_equal(run.w, run.history.w[-1])


def test_a_gradient_that_is_found_wrong_is_counted_and_stays_within_the_limit():
    free, gradients = Counted(bowl), Counted(lambda w: -2 * w)
    run = steepest.minimize(free, [1.0, 2.0], grad=gradients)
    assert run.outcome is Outcome.DIVERGED
    assert "the gradient points uphill" in run.message
    assert (run.nfev, run.njev) == (free.calls, gradients.calls)
    rows = run.nit + 1
    for most in range(rows - 2, rows + 3):
        f = Counted(bowl)
        limited = steepest.minimize(f, [1.0, 2.0], grad=lambda w: -2 * w, max_evals=most)
        assert limited.nfev == f.calls <= most
        assert limited.outcome is (Outcome.DIVERGED if most >= rows else Outcome.MAX_EVALS)


@given(st.integers(1, 20))
def test_a_limit_reached_before_the_first_row_is_one_sentence(most):
    with pytest.raises(ArgumentError, match=rf"^max_evals {most} evaluations were spent before learning_rate='auto'"):
        steepest.minimize(quartic, [1.0, 2.0], max_evals=most, grad="finite")


def test_evaluations_without_a_number_count_too():
    f = Counted(lambda w: w[0] if w[0] > 0.9 else 1 / 0)
    run = steepest.minimize(f, [1.0], learning_rate=0.04, momentum=0.0)
    assert run.outcome is Outcome.NOT_FINITE
    assert run.nfev == f.calls


def test_gallery_and_linear_models_count_rows():
    run = steepest.minimize(steepest.gallery.rosenbrock(), max_iter=20, learning_rate=1e-4)
    assert (run.nfev, run.njev) == (21, 21)
    model = steepest.LinearModel(np.eye(4), [1.0, 2.0, 3.0, 4.0])
    for engine in ("numba", "python"):
        assert steepest.minimize(model, max_iter=20, engine=engine, grad_tol=None).nfev == 21
        run = steepest.minimize(model, max_iter=20, batch_size=2, engine=engine)
        assert (run.nfev, run.njev) == (21, 20)
        limited = steepest.minimize(model, max_iter=20, engine=engine, max_evals=7)
        assert (limited.nfev, limited.nit, limited.outcome) == (7, 6, Outcome.MAX_EVALS)


def test_a_running_run_counts_what_is_done_so_far():
    seen = []
    f = Counted(quartic)

    def watch(intermediate_result):
        seen.append((intermediate_result.nfev, f.calls))

    steepest.minimize(f, [1.0, 2.0], learning_rate=0.01, max_iter=5, grad=quartic_slope, callback=watch)
    assert seen == [(k, k) for k in range(2, 7)]
