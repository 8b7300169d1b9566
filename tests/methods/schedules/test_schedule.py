"""Telling schedules from numbers, checking them, writing them in recipes."""

import math
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np
import optax
import pytest

from steepest.base.fields import Positive
from steepest.methods.adam import Adam
from steepest.methods.line_search import Armijo
from steepest.methods.schedules import Constant, Cosine, FromFunction, WarmUp
from steepest.methods.schedules.schedule import as_schedule, check, spelled, unspelled


class Mine(NamedTuple):
    """A user's own schedule."""

    start: Positive
    per_epoch: bool = False

    def values(self, t):
        return self.start / np.sqrt(1 + t)

    def resolved(self, total):
        return self

    def __call__(self, t):
        return float(self.values(np.array([t]))[0])


def halving(t):
    return 0.5**t


# -- what is a schedule --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [0.1, 1, None, "auto", np.float64(0.1), np.ones(3), [0.1], {"a": 1}, Armijo(), Adam()]
)
def test_numbers_and_other_things_are_no_schedules(value):
    assert as_schedule(value) is None


def test_callables_become_schedules_and_schedules_stay():
    own = Mine(0.1)
    assert as_schedule(own) is own
    found = as_schedule(halving)
    assert type(found) is FromFunction
    assert found == FromFunction(halving, False)
    assert found.values(np.arange(3.0)).tolist() == [1.0, 0.5, 0.25]
    assert found.resolved(10) is found


def test_a_class_in_place_of_an_object_is_refused():
    with pytest.raises(TypeError, match=r"not the class Cosine; write Cosine\(...\)"):
        as_schedule(Cosine)


# -- functions -----------------------------------------------------------------------------------------------------


def test_a_function_of_arrays_is_called_on_the_whole_array():
    calls = []

    def f(t):
        calls.append(np.size(t))
        return 0.1 / (1 + t)

    t = np.arange(100.0)
    assert np.array_equal(FromFunction(f).values(t), 0.1 / (1 + t))
    assert calls == [100, 1, 1, 1]


@pytest.mark.parametrize(
    "f",
    [
        lambda t: 0.1 if t < 50 else 0.01,  # no truth value of an array
        lambda t: 0.1 * math.exp(-t / 50),  # one number only
        lambda t: [0.1, 0.01][int(t > 50)],
        lambda t: np.float32(0.1) if np.min(t) < 50 else 0.2,  # a number whatever the shape
        lambda t: np.where(t >= np.max(t) / 2, 0.1, 0.2),  # wrong on arrays, and seen to be at the first
        lambda t: np.full(np.shape(t), 0.5)[..., None],  # another shape
        lambda t: t + 1 if isinstance(t, float) else np.full(t.shape, np.nan),
    ],
)
def test_other_functions_are_called_one_by_one(f):
    t = np.arange(100.0)
    expected = [float(np.asarray(f(k)).item()) for k in t.tolist()]
    assert FromFunction(f).values(t).tolist() == expected
    assert FromFunction(f)(70.0) == expected[70]
    assert FromFunction(f).values(t.reshape(20, 5)).tolist() == np.reshape(expected, (20, 5)).tolist()


def test_no_step_counts_are_no_calls():
    assert FromFunction(lambda t: 1 / 0).values(np.array([])).shape == (0,)


@pytest.mark.parametrize(
    ("make", "close"),
    [
        (lambda: optax.cosine_decay_schedule(0.1, 50), 1e-7),
        (lambda: optax.exponential_decay(0.1, 10, 0.9), 1e-7),
        (lambda: optax.piecewise_constant_schedule(0.1, {30: 0.1}), 1e-7),
        (lambda: optax.constant_schedule(0.1), 0.0),
        (lambda: optax.cosine_onecycle_schedule(50, 0.1), 1e-7),
    ],
)
def test_optax_schedules_work(make, close):
    schedule, t = make(), np.arange(60.0)
    found = FromFunction(schedule).values(t)
    assert found.dtype == np.float64
    assert found.shape == (60,)
    np.testing.assert_allclose(found, [float(schedule(k)) for k in t.tolist()], rtol=0, atol=close)


@pytest.mark.parametrize(
    ("f", "shown"),
    [
        (lambda t: math.nan if t == 7 else 0.1, "t = 7 it gave nan"),
        (lambda t: 1.0 / (t - 7) if isinstance(t, float) and t != 7 else np.inf, "t = 7 it gave inf"),
        (lambda t: 0.1 + 0j, "t = 0 it gave"),
        (lambda t: None, "t = 0 it gave None"),
        (lambda t: "0.1", "t = 0 it gave '0.1'"),
        (lambda t: True, "t = 0 it gave True"),
        (lambda t: [0.1, 0.2], r"t = 0 it gave \[0.1, 0.2\]"),
        (lambda t: Fraction(1, 2), "t = 0 it gave Fraction"),
    ],
)
def test_what_is_no_finite_number_is_named_with_its_step_count(f, shown):
    with pytest.raises(ValueError, match=f"must return a finite real number; at {shown}"):
        FromFunction(f).values(np.arange(20.0))


def test_an_exception_is_said_with_its_step_count():
    with pytest.raises(ValueError, match=r"raised ZeroDivisionError at t = 3: .*; it must take a step count"):
        FromFunction(lambda t: 1 / (int(t) - 3)).values(np.arange(20.0))
    with pytest.raises(ValueError, match="halving raised TypeError at t = 0"):
        FromFunction(partial(halving, 1)).values(np.arange(20.0))


# -- checking ------------------------------------------------------------------------------------------------------


def test_what_a_warm_up_holds_is_checked_too():
    assert check(WarmUp(np.float32(0.5), 4)) == WarmUp(0.5, 4.0)
    assert type(check(WarmUp(halving, 4)).then) is FromFunction
    with pytest.raises(ValueError, match=r"start of Cosine must be a finite number of at least 0; got -1"):
        check(WarmUp(WarmUp(Cosine(-1), 3), 4))
    with pytest.raises(ValueError, match=r"then of WarmUp must be a finite number of at least 0; got -1"):
        check(WarmUp(-1, 4))
    with pytest.raises(TypeError, match="then of WarmUp must be a finite number"):
        check(WarmUp("cosine", 4))


def test_a_warm_up_of_updates_cannot_hold_a_schedule_of_epochs():
    epochs = Cosine(0.3, per_epoch=True)
    with pytest.raises(ValueError, match=r"then of WarmUp counts epochs .*; give per_epoch=True to WarmUp too"):
        check(WarmUp(epochs, 4))
    assert check(WarmUp(epochs, 4, per_epoch=True)).per_epoch
    assert check(WarmUp(Cosine(0.3), 4, per_epoch=True)).per_epoch


def test_the_function_of_a_function_is_checked():
    assert check(FromFunction(halving, np.True_)) == FromFunction(halving, True)
    with pytest.raises(TypeError, match="function of FromFunction must be callable; got 3"):
        check(FromFunction(3))


# -- recipes -------------------------------------------------------------------------------------------------------


def test_a_schedule_in_a_schedule_is_a_dictionary_in_a_dictionary():
    schedule = WarmUp(WarmUp(Cosine(np.float32(0.5)), 3), 4)
    words = spelled(schedule)
    cosine = {"schedule": "cosine", "start": 0.5, "end": 0.0, "steps": None, "per_epoch": False}
    inner = {"schedule": "warm_up", "then": cosine, "steps": 3.0, "start": 0.0, "per_epoch": False}
    assert words == {"schedule": "warm_up", "then": inner, "steps": 4.0, "start": 0.0, "per_epoch": False}
    assert unspelled(words) == schedule
    assert type(unspelled(words).then.then) is Cosine


def test_a_function_is_known_by_name_and_must_be_given_again():
    words = spelled(halving)
    name = f"{__name__}.halving"
    assert words == {"schedule": "function", "name": name, "per_epoch": False}
    for held in (words, spelled(WarmUp(halving, 4))):
        with pytest.raises(ValueError, match="halving is a function, which a recipe holds by name only; give it again"):
            unspelled(held)
    assert spelled(partial(halving))["name"] == name


def test_a_class_of_the_user_s_is_known_by_name_too():
    words = spelled(Mine(np.float64(0.1)))
    assert words == {"schedule": f"{__name__}.Mine", "start": 0.1, "per_epoch": False}
    with pytest.raises(ValueError, match=r"Mine is not one of steepest.schedules; give it again"):
        unspelled(words)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"schedule": "cosin", "start": 1.0}, ValueError, "did you mean 'cosine'"),
        ({"start": 1.0}, ValueError, "'None' is not known"),
        ({"schedule": "cosine", "begin": 1.0}, TypeError, "schedule 'cosine' has no argument 'begin'"),
        ({"schedule": "step", "factor": 1.0}, ValueError, "schedule 'step' needs start and every; got factor"),
        ({"schedule": "cosine"}, ValueError, "schedule 'cosine' needs start; got no fields"),
        ({"schedule": "cosine", "start": -1.0}, ValueError, "start of Cosine must be"),
    ],
)
def test_a_recipe_that_does_not_hold_a_schedule_is_refused(words, error, said):
    with pytest.raises(error, match=said):
        unspelled(words)


def test_a_number_cannot_be_spelled_as_a_schedule():
    with pytest.raises(TypeError, match=r"got 0\.1"):
        spelled(0.1)
    assert spelled(Constant(0.1))["value"] == 0.1
