"""A run over the user's own callables: what they may do in the middle of it, and what becomes of what they raise."""

import math

import numpy as np
import pytest

import steepest
from steepest import Outcome
from steepest.base.errors import RunError


def square(w):
    return float(w @ w)


def slope(w):
    return 2 * w


class After:
    """``square`` until ``calls`` calls are done, then ``then(w)``."""

    def __init__(self, calls, then):
        self.left, self.then = calls, then

    def __call__(self, w):
        self.left -= 1
        return square(w) if self.left >= 0 else self.then(w)


def raising(error):
    def f(w):
        raise error

    return f


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("gone"), ValueError("bad shape"), TypeError("mine")])
@pytest.mark.parametrize("grad", [None, slope])
def test_what_it_raises_in_the_middle_is_the_callers_own(error, grad):
    with pytest.raises(type(error)) as caught:
        steepest.minimize(After(50, raising(error)), [1.0, 2.0], grad=grad, learning_rate=1e-3)
    assert caught.value is error


@pytest.mark.parametrize("result", [None, np.ones(2), "text", 1j])
def test_a_result_that_is_no_number_any_more_is_a_type_error(result):
    with pytest.raises(TypeError, match=r"^problem must return one real number; at iteration 50 it did not: "):
        steepest.minimize(After(50, lambda w: result), [1.0, 2.0], grad=slope, learning_rate=1e-3)


@pytest.mark.parametrize(
    "then",
    [lambda w: math.exp(1e4), lambda w: 1 / 0, lambda w: math.log(-1), lambda w: math.nan, lambda w: np.float64("inf")],
)
@pytest.mark.parametrize("grad", [None, slope])
def test_a_number_that_is_not_finite_ends_the_run_with_what_was_done(then, grad):
    run = steepest.minimize(After(51, then), [1.0, 2.0], grad=grad, learning_rate=1e-3)
    assert run.outcome is Outcome.NOT_FINITE
    assert np.isfinite(run.f)
    assert np.isfinite(run.w).all()
    assert np.array_equal(run.w, run.history.w[np.isfinite(run.history.f)][-1])
    if grad is not None:
        assert run.nit == 51


def test_a_gradient_that_overflows_ends_the_run():
    def grad(w):
        return np.array([1 + math.exp(800 * (1.2 - w[0]))])

    run = steepest.minimize(lambda w: float(w[0]), [1.3], grad=grad, learning_rate=0.6)
    assert run.outcome is Outcome.NOT_FINITE
    assert np.isfinite(run.w).all()


@pytest.mark.parametrize("wrap", [np.array, np.float64, np.atleast_1d, np.atleast_2d, lambda v: [v]])
@pytest.mark.parametrize("kind", ["grad", "finite", "both"])
def test_values_in_arrays_of_one_element_give_the_same_bits(wrap, kind):
    plain = steepest.minimize(square, [1.0, 2.0], grad="finite" if kind == "finite" else slope, max_iter=20)
    f = {"both": lambda w: (wrap(square(w)), slope(w))}.get(kind, lambda w: wrap(square(w)))
    grad = {"grad": slope, "finite": "finite", "both": None}[kind]
    run = steepest.minimize(f, [1.0, 2.0], grad=grad, value_and_grad=kind == "both", max_iter=20)
    assert np.array_equal(run.history.w, plain.history.w)
    assert np.array_equal(run.history.f, plain.history.f)


def test_finite_is_the_same_as_no_gradient_where_there_is_no_jax(monkeypatch):
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    a, b = (steepest.minimize(square, [1.0, 2.0], grad=grad, max_iter=20) for grad in (None, "finite"))
    assert np.array_equal(a.history.w, b.history.w)
    assert a.engine == b.engine == "python"
    assert "central differences, 4 evaluations an iteration" in a.message


def test_the_message_says_how_the_gradient_was_had():
    assert steepest.minimize(square, [1.0, 2.0], grad=slope, max_iter=1).message.endswith("gradient: yours")
    assert steepest.minimize(steepest.gallery.sphere(), max_iter=1).message.endswith("gradient: exact")
    assert steepest.minimize(square, [1.0, 2.0], max_iter=1).message.endswith("gradient: automatic")
    assert "gradient: simultaneous perturbation, 2 evaluations an iteration" in (
        steepest.minimize(square, [1.0, 2.0], grad="spsa", learning_rate=0.1, max_iter=1).message
    )


def test_a_function_that_keeps_its_arguments_does_not_disturb_the_record():
    kept = []

    def f(w):
        kept.append(w)
        return square(w)

    run = steepest.minimize(f, [1.0, 2.0], grad=slope, learning_rate=0.1, max_iter=5)
    assert np.array_equal(run.history.w, np.array(kept)[-6:])
    kept[-1][:] = 99
    assert run.history.w[-1, 0] != 99
    assert run.w[0] != 99


def test_the_history_is_not_the_start_given():
    w0 = np.array([1.0, 2.0])
    run = steepest.minimize(square, w0, max_iter=3)
    w0[:] = 99
    assert np.array_equal(run.w0, [1.0, 2.0])
    assert np.array_equal(run.history.w[0], [1.0, 2.0])


# -- throw -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "arguments", "outcome"),
    [
        (square, {"learning_rate": 3.0}, Outcome.DIVERGED), (lambda w: math.nan, {}, Outcome.NOT_FINITE),
        (lambda w: -square(w), {}, Outcome.UNBOUNDED),
    ],
)  # fmt: skip
def test_throw_raises_the_run_where_the_numbers_go_wrong(problem, arguments, outcome):
    quiet = steepest.minimize(problem, [1.0, 2.0], **arguments)
    assert quiet.outcome is outcome
    assert not quiet.success
    with pytest.raises(RunError) as error:
        steepest.minimize(problem, [1.0, 2.0], throw=True, **arguments)
    assert str(error.value).startswith(outcome.name)
    assert error.value.run.outcome is outcome
    assert error.value.run.nit == quiet.nit


@pytest.mark.parametrize("arguments", [{}, {"max_iter": 2, "learning_rate": 0.01}, {"max_evals": 40}])
def test_throw_is_quiet_about_every_other_end(arguments):
    assert not steepest.minimize(square, [1.0, 2.0], throw=True, **arguments).failed


# -- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [steepest.gallery.rosenbrock(), steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])])
def test_a_time_limit_ends_the_run_with_what_was_done(problem):
    run = steepest.minimize(problem, time_limit=1e-9, learning_rate=1e-6, grad_tol=None, max_iter=10**7)
    assert run.outcome is Outcome.TIME_LIMIT
    assert "time_limit 1e-09 s" in run.message
    assert run.nit < 10**7
    assert len(run.history) == run.nit + 1
