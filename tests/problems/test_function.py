"""Callables as problems: tried once at w0 with nothing wasted, checked, and called with nothing between."""

import functools
import math

import numpy as np
import pytest

from steepest.base.errors import ArgumentError, ArgumentTypeError, SteepestError
from steepest.problems.function import Function, as_function
from steepest.problems.limited import EvaluationsSpent, limited
from steepest.problems.negated import Negated
from steepest.problems.problem import Problem

W0 = np.array([1.0, 2.0])


class Counted:
    """A callable that counts its calls."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, *arguments):
        self.calls += 1
        return self.f(*arguments)


def square(w):
    return float(w @ w)


def slope(w):
    return 2 * w


def both(w):
    return square(w), slope(w)


def made(f, grad=None, args=(), value_and_grad=False, w0=W0):
    return as_function(f, w0, grad, args, value_and_grad)


@pytest.mark.parametrize(
    ("problem", "note"),
    [
        (made(square), "automatic"), (made(square, slope), "yours"), (made(square, "automatic"), "automatic"),
        (made(square, "finite"), "central differences, 4 evaluations an iteration"),
        (made(both, value_and_grad=True), "yours"),
    ],
)  # fmt: skip
def test_meets_the_problem_protocol_and_says_how_gradients_are_had(problem, note):
    assert isinstance(problem, Problem)
    assert problem.gradient_note == note
    f, g = problem.value_and_gradient(W0)
    assert f == 5.0
    np.testing.assert_allclose(g, 2 * W0, rtol=1e-9)
    assert problem.n == 2
    assert problem.start is None
    assert problem.minimum is None


def test_simultaneous_perturbation_takes_two_evaluations_for_all_components():
    f = Counted(square)
    problem = made(f, "spsa")
    assert problem.gradient_note == "simultaneous perturbation, 2 evaluations an iteration"
    before = f.calls
    g = problem.gradient(W0)
    assert f.calls - before == problem.difference_evaluations == 2
    # of a quadratic it is (g . d c) / (d c) exactly, with a step c of the components' own size: (1, 2) here
    signs = [np.array([1.0, 1.0]), np.array([1.0, -1.0])]
    exact = [(2 * W0 @ (sign * W0)) / (sign * W0) for sign in signs]
    assert any(np.allclose(g, one, rtol=1e-9) for one in exact)
    assert np.array_equal(problem.gradient(W0), g), "the directions are those of the seed and the point"


def test_the_loop_gets_the_users_own_callables():
    problem = made(square, slope)
    assert problem.value is square
    assert problem.gradient is slope


def test_each_callable_is_tried_once_and_the_trial_is_used():
    f, grad = Counted(square), Counted(slope)
    problem = made(f, grad)
    assert (f.calls, grad.calls) == (1, 1)
    assert problem.first_value(W0) == 5.0
    assert np.array_equal(problem.first_gradient(W0), slope(W0))
    assert (f.calls, grad.calls) == (1, 1)
    assert problem.first_value(W0) == 5.0
    assert f.calls == 2


def test_the_trial_serves_only_the_point_it_was_made_at():
    f = Counted(square)
    problem = made(f)
    assert problem.first_value(W0 + 1) == square(W0 + 1)
    assert problem.first_value.left == 1
    assert f.calls == 2


def test_the_trial_keeps_its_own_copy_of_a_reused_gradient_buffer():
    buffer = np.empty(2)

    def grad(w):
        buffer[:] = 2 * w
        return buffer

    problem = made(square, grad)
    problem.gradient(np.array([50.0, 60.0]))
    assert np.array_equal(problem.first_gradient(W0), [2.0, 4.0])


def test_a_joint_callable_is_called_once_for_value_and_gradient_at_one_point():
    f = Counted(both)
    problem = made(f, value_and_grad=True)
    w = W0.copy()
    assert problem.value(w) == 5.0
    assert np.array_equal(problem.gradient(w), 2 * W0)
    assert f.calls == 1, "the trial"
    later = np.array([3.0, 0.0])
    problem.value(later)
    problem.gradient(later)
    assert f.calls == 2
    assert np.array_equal(problem.gradient(w), 2 * W0)
    assert f.calls == 3


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.float64(3), np.int64(3), np.array(3.0), np.array([3.0]),
                                   np.array([[3]]), [3.0]])  # fmt: skip
def test_any_single_real_number_is_a_value(value):
    for problem in (made(lambda w: value), made(lambda w: (value, w), value_and_grad=True)):
        assert float(problem.value(W0)) == 3.0
        assert float(problem.value(W0 + 1)) == 3.0


@pytest.mark.parametrize("gradient", [[2, 4], (2.0, 4.0), np.array([2, 4]), np.array([2, 4], dtype="f4")])
def test_gradients_are_made_float64_arrays(gradient):
    for problem in (made(square, lambda w: gradient), made(lambda w: (5.0, gradient), value_and_grad=True)):
        for at in (W0, W0 + 1):
            got = problem.gradient(at)
            assert got.dtype == np.float64
            assert np.array_equal(got, [2, 4])


def test_a_number_is_the_gradient_of_one_variable():
    problem = made(lambda w: w[0] ** 2, lambda w: 2 * w[0], w0=np.array([3.0]))
    assert np.array_equal(problem.gradient(np.array([4.0])), [8.0])


def test_args_reach_value_and_gradient():
    problem = made(lambda w, a, b: a * w[0] + b, lambda w, a, b: np.array([a, 0.0]), args=(3.0, 4.0))
    assert problem.value(W0) == 7.0
    assert np.array_equal(problem.gradient(W0), [3.0, 0.0])
    differences = made(lambda w, a: a * w[0], args=(3.0,))
    assert differences.gradient(W0)[0] == pytest.approx(3.0)


def test_names_for_messages_and_recipes():
    assert made(square).name == "square"
    assert made(lambda w: 0.0).name == "a function"
    assert made(functools.partial(square)).name == "square"
    assert made(Counted(square)).name == "Counted"
    recipe = made(square, slope).recipe()
    assert recipe == {
        "kind": "function", "name": f"{__name__}.square", "gradient": f"{__name__}.slope", "n": 2,
    }  # fmt: skip
    assert made(square).recipe()["gradient"] == "automatic"
    assert made(square, "finite").recipe()["gradient"] == "central differences"
    assert made(square, "spsa").recipe()["gradient"] == "simultaneous perturbation"
    assert made(both, value_and_grad=True).recipe()["gradient"] == f"{__name__}.both"


def test_overflow_at_the_start_is_nan_not_an_error():
    problem = made(lambda w: math.exp(1e4), lambda w: np.array([math.log(-1.0), 0.0]))
    assert math.isnan(problem.first_value(W0))
    assert np.isnan(problem.first_gradient(W0)).all()


def raises(w):
    raise KeyError("no such\nthing")


def moves(w):
    w += 1
    return 1.0


def moves_gradient(w):
    w *= 2
    return w


BAD = [
    ({"f": lambda w: w}, ArgumentError, r"^problem must return one real number; at w0 it returned an array of shape "
     r"\(2,\); sum or average it$"),
    ({"f": lambda w: []}, ArgumentError, r"an array of shape \(0,\)$"),
    ({"f": lambda w: [1.0, [2.0]]}, ArgumentTypeError, r"returned \[1.0, \[2.0\]\]$"),
    ({"f": lambda w: None}, ArgumentTypeError, "^problem must return one real number; at w0 it returned None$"),
    ({"f": lambda w: "3"}, ArgumentTypeError, "it returned '3'$"),
    ({"f": lambda w: 3j}, ArgumentTypeError, "it returned 3j$"),
    ({"f": lambda w: np.array(3j)}, ArgumentTypeError, "it returned array"),
    ({"f": lambda w: True}, ArgumentTypeError, "it returned True$"),
    ({"f": lambda w: np.True_}, ArgumentTypeError, "it returned np.True_$"),
    ({"f": raises}, ArgumentError, "^problem raised KeyError at w0 = \\[1.0, 2.0\\]: 'no such.*thing'; it must take w"),
    ({"f": moves}, ArgumentError, "^problem changed w in place at w0; it must leave its argument as it was$"),
    ({"f": lambda: 1.0}, ArgumentError, "^problem raised TypeError at w0"),
    ({"grad": raises}, ArgumentError, "^grad raised KeyError at w0 .* return an array$"),
    ({"grad": moves_gradient}, ArgumentError, "^grad changed w in place at w0"),
    ({"grad": lambda w: 3.0}, ArgumentError, r"^grad must return an array of shape \(2,\), .* returned one number$"),
    ({"grad": lambda w: w[:1]}, ArgumentError, r"returned an array of shape \(1,\)$"),
    ({"grad": lambda w: w[:, None]}, ArgumentError, r"returned an array of shape \(2, 1\)$"),
    ({"grad": lambda w: None}, ArgumentTypeError, "^grad must return 2 real numbers; at w0 it returned None$"),
    ({"grad": lambda w: "ab"}, ArgumentTypeError, "returned 'ab'$"),
    ({"grad": lambda w: 1j * w}, ArgumentTypeError, "^grad must return 2 real numbers"),
    ({"grad": lambda w: [[1], [2, 3]]}, ArgumentTypeError, "^grad must return 2 real numbers"),
    ({"grad": 3}, ArgumentTypeError, "^grad must be a callable, 'automatic', 'finite' or 'spsa'; got 3$"),
    ({"grad": "fast"}, ArgumentTypeError, "^grad must be a callable, 'automatic', 'finite' or 'spsa'; got 'fast'$"),
    ({"grad": np.ones(2)}, ArgumentTypeError, "^grad must be a callable, 'automatic', 'fin"),
    ({"f": both, "value_and_grad": True, "grad": slope}, ArgumentError, "^value_and_grad=True means .* leave grad out"),
    ({"value_and_grad": True}, ArgumentTypeError, r"^problem must return \(value, gradient\) .* it returned 5.0$"),
    ({"f": lambda w: (1.0, w, 2), "value_and_grad": True}, ArgumentTypeError, r"^problem must return \(value, g"),
    ({"f": lambda w: (w, w), "value_and_grad": True}, ArgumentError, "^problem must return one real number"),
    ({"f": lambda w: (1.0, w[:1]), "value_and_grad": True}, ArgumentError, r"^problem must .* shape \(1,\)$"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_used_is_one_sentence(arguments, kind, message):
    with pytest.raises(kind, match=message) as error:
        made(**({"f": square} | arguments))
    assert isinstance(error.value, SteepestError)
    assert "\n" not in str(error.value)


def test_ctrl_c_in_the_trial_is_not_swallowed():
    def interrupted(w):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(interrupted)


# -- limited and negated -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("joint", [False, True])
def test_a_limit_counts_every_call_and_refuses_the_next(joint):
    f = Counted(both if joint else square)
    problem, counter = limited(made(f, value_and_grad=joint), 3)
    for k in range(3):
        problem.value(W0 + k)
    assert f.calls == counter.spent == 3, "the trial served the first"
    assert counter.left == 0
    with pytest.raises(EvaluationsSpent):
        problem.value(W0)
    assert f.calls == 3


def test_a_limit_holds_inside_a_difference_gradient():
    f = Counted(square)
    problem, counter = limited(made(f), 3)
    with pytest.raises(EvaluationsSpent):
        problem.gradient(W0)
    assert counter.spent == 3
    assert isinstance(problem, Function)


@pytest.mark.parametrize("problem", [made(square), made(square, slope), made(both, value_and_grad=True)])
def test_negated_is_the_negative_bit_for_bit(problem):
    down = Negated(problem)
    w = np.array([0.3, -0.7])
    assert down.value(w) == -problem.value(w)
    assert np.array_equal(down.gradient(w), -problem.gradient(w))
    f, g = down.value_and_gradient(w)
    assert f == -problem.value(w)
    assert np.array_equal(g, -problem.gradient(w))
    assert down.minimum is None
    assert down.name == problem.name
    if problem.first_value is not None:
        assert down.first_value(W0) == -5.0
