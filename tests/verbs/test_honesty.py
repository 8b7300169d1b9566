"""Runs that look like one thing and are another: each is called what it is."""

import time
from typing import NamedTuple

import numpy as np
import pytest

import steepest
from steepest import Outcome, minimize


def bowl(w):
    return float(np.sum((w - 1) ** 2))


# -- falling far is not falling without bound ------------------------------------------------------------------------

A, B = np.diag([1.0, 100.0]), np.array([3000.0, 2000.0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: minimize(lambda w: 0.5 * w @ A @ w - B @ w, [0.0, 0.0], "gradient_descent", grad=lambda w: A @ w - B),
        lambda: minimize(lambda w: 0.5 * w[0] ** 2 + 500 * w[1] ** 2 - 1e5 * w[0], [0.0, 1.0]),
        lambda: minimize(
            lambda w: -0.5 * (w[0] - 5000) ** 2 + 12.5e6, [0.0], maximize=True, learning_rate=0.01, momentum=0
        ),
        lambda: minimize(lambda w: -w[0] * 1e9 / (1 + abs(w[0])), [0.0], learning_rate=1e-4),
    ],
)
def test_a_bounded_function_is_never_called_unbounded(call):
    assert call().outcome in (Outcome.CONVERGED, Outcome.MAX_ITER)


@pytest.mark.parametrize("f", [lambda w: -w[0], lambda w: -(w[0] ** 2)])
def test_an_unbounded_one_is(f):
    assert minimize(f, [1.0], learning_rate=1e3 if f([2.0]) == -2 else 0.1).outcome is Outcome.UNBOUNDED


# -- success that nothing shows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [1e12, 1e16])
def test_a_difference_rounded_to_nothing_is_no_convergence(offset):
    run = minimize(lambda w: offset + bowl(w), [3.0, 0.0], grad="finite", max_iter=200)
    assert not run.success
    assert "differences of f cannot show a gradient below" in run.message


def test_differences_that_show_enough_do_converge():
    run = minimize(lambda w: 20 + bowl(w), [3.0, 0.0], grad="finite")
    assert run.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(run.w, 1, atol=1e-6)


@pytest.mark.parametrize("tolerance", ["f_tol", "f_rtol", "x_tol"])
def test_a_run_that_has_not_moved_has_not_converged(tolerance):
    run = minimize(bowl, [3.0, 0.0], learning_rate=0.0, **{tolerance: 1e-3})
    assert run.outcome is Outcome.STALLED
    assert "has not left the start" in run.message
    assert minimize(bowl, [1.0, 1.0], learning_rate=0.1, **{tolerance: 1e-3}).success  # it started at the minimum


@pytest.mark.parametrize("record", ["auto", "none", ["w", "f"]])
def test_a_start_at_the_minimum_converges_whatever_is_recorded(record):
    model = steepest.LinearModel([[1.0, 2.0], [3.0, 1.0]], [0.0, 0.0], fit_intercept=False)
    for problem, w0 in ((bowl, [1.0, 1.0]), (model, [0.0, 0.0])):
        run = minimize(problem, w0, learning_rate=0.01, x_tol=1e-3, record=record)
        assert (run.outcome, run.nit, run.njev) == (Outcome.CONVERGED, 1, 2)


def test_a_run_that_came_back_to_its_start_had_left_it():
    f = iter([0.0, 1.0, 1.0])
    run = minimize(lambda w: next(f), [0.0], "gradient_descent", learning_rate=1.0, grad=lambda w: 1 + 2 * w, f_tol=0.0)
    assert run.w == 0
    assert run.outcome is Outcome.CONVERGED


def test_a_start_without_a_slope_says_what_it_may_be():
    run = minimize(lambda w: w[0] ** 2 - w[1] ** 2, [0.0, 0.0])
    assert run.outcome is Outcome.CONVERGED
    assert "at the start, which may be a maximum or a saddle" in run.message


# -- trouble that no learning rate cures -----------------------------------------------------------------------------


def test_a_gradient_of_the_wrong_sign_is_named_at_once():
    run = minimize(bowl, [3.0, 0.0], grad=lambda w: -2 * (w - 1))
    assert run.outcome is Outcome.DIVERGED
    assert run.record.why == "the gradient points uphill: f rises along its negative at the start; check its sign"
    assert run.nfev < 2000


def test_a_gradient_of_another_function_is_named():
    run = minimize(bowl, [3.0, 0.0], grad=lambda w: np.array([-(w[1] - 1), w[0] - 1]))
    assert run.outcome is Outcome.DIVERGED
    assert "the gradient is not that of f" in run.record.why
    assert "check_gradient" in run.record.why


def test_a_right_gradient_is_not_suspected():
    run = minimize(bowl, [3.0, 0.0], grad=lambda w: 2 * (w - 1), learning_rate=3.0)
    assert run.outcome is Outcome.DIVERGED
    assert "stability limit" in run.record.why


def test_the_edge_of_a_domain_is_no_divergence():
    run = minimize(lambda w: np.log(w[0]), [3.0, 0.0])
    assert run.outcome is Outcome.NOT_FINITE
    assert "f has no number beyond w" in run.record.why
    assert "diverged" not in run.message


def test_both_sides_of_a_comparison_are_told_apart():
    scales = np.array([1.0, 1e8])
    run = minimize(
        lambda w: 0.5 * w @ (scales * w), [1.0, 1e-8], grad=lambda w: scales * w, learning_rate=3.99981e-8,
        momentum=0.9998,
    )  # fmt: skip
    if run.record.why:
        above, limit = run.record.why.split(" is above ")
        assert above.removeprefix("learning_rate ") != limit.split(",")[0]


def test_a_run_that_ends_above_its_start_says_so():
    assert "above its start" in minimize(steepest.gallery.ackley(), max_iter=2000).message


# -- time ------------------------------------------------------------------------------------------------------------


def test_the_time_limit_holds_inside_a_gradient_and_before_the_first_row():
    calls = []

    def slow(w):
        calls.append(0)
        time.sleep(0.02)
        return bowl(w)

    run = minimize(slow, [3.0] * 10, time_limit=0.1, learning_rate=0.1)
    assert run.outcome is Outcome.TIME_LIMIT
    assert len(calls) < 12
    with pytest.raises(steepest.SteepestError, match=r"^time_limit 0.1 s was over before learning_rate='auto'"):
        minimize(slow, [3.0] * 10, time_limit=0.1)


# -- rules and callables of the user's -------------------------------------------------------------------------------


def rule_with(update):
    class Own(NamedTuple):
        learning_rate: float = 0.1

        def init(self, w, xp):
            return ()

    Own.update = update
    return Own()


@pytest.mark.parametrize(
    "update",
    [
        lambda self, w, g, slots, t, xp: -0.1 * g,
        lambda self, w, g, slots, t, xp: None,
        lambda self, w, g, slots, t, xp: ("no", ()),
        lambda self, w, g, slots, t, xp: (g[:1], ()),
        lambda self, w, g, slots, t, xp: (1j * g, ()),
        lambda self, w, g, slots, t, xp: (g, (g,)),
        lambda self, w, g, slots, t, xp: (g, 1 / 0),
    ],
)
@pytest.mark.parametrize("problem", [bowl, steepest.LinearModel([[1.0], [2.0]], [1.0, 2.0])], ids=["f", "model"])
def test_a_rule_that_returns_what_it_should_not_is_one_sentence(update, problem):
    with pytest.raises(steepest.SteepestError, match=r"^method 'Own': ") as caught:
        minimize(problem, [3.0, 0.0], method=rule_with(update))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("callback", [lambda a, b: None, lambda: None])
def test_a_callback_of_other_arguments_is_one_sentence(callback):
    with pytest.raises(TypeError, match=r"^callback must take one argument"):
        minimize(bowl, [3.0, 0.0], callback=callback)


def test_an_objective_that_stops_an_iteration_is_an_error_and_no_stop():
    calls = []

    def ends(w):
        calls.append(0)
        if len(calls) > 3:
            next(iter([]))
        return bowl(w)

    with pytest.raises(StopIteration):
        minimize(ends, [3.0, 0.0], grad=lambda w: 2 * (w - 1), learning_rate=0.01)
    with pytest.raises(steepest.SteepestError, match=r"^problem raised StopIteration"):
        minimize(lambda w: next(iter([])), [3.0, 0.0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: minimize(bowl, [10**400, 1.0]),
        lambda: minimize(bowl, [1.0, 1.0], f_target=10**400),
        lambda: minimize(bowl, [1.0, 1.0], time_limit=10**400),
        lambda: steepest.Box(0, 10**400),
        lambda: steepest.LinearModel([[10**400]], [1.0]),
        lambda: minimize(bowl, [None, 1.0]),
        lambda: minimize(bowl, starts=3),
        lambda: minimize("rosenbrok", [1.0]),
        lambda: steepest.load(3),
    ],
)
def test_numbers_beyond_floats_and_the_like_are_one_sentence(call):
    with pytest.raises(steepest.SteepestError) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_replay_with_another_function_is_refused(tmp_path):
    run = minimize(bowl, [3.0, 0.0], max_iter=5)
    run.save(tmp_path / "run.npz")
    loaded = steepest.load(tmp_path / "run.npz")
    assert np.array_equal(loaded.replay(problem=bowl).w, run.w)
    with pytest.raises(steepest.SteepestError, match=r"^problem differs"):
        loaded.replay(problem=lambda w: bowl(w) + 1)


def test_an_automatic_gradient_without_a_number_is_named_where_it_happens():
    """np.where differentiates the root of a negative number too."""
    f = lambda w: np.where(w[0] > 1, np.sqrt(np.abs(w[0] - 1) + (w[0] - 1)), 0.0) + w[0]  # noqa: E731
    run = minimize(f, [3.0], max_iter=500)
    assert run.outcome is Outcome.NOT_FINITE
    assert "the gradient has no number at w" in run.record.why
    assert "grad='finite'" in run.record.why
