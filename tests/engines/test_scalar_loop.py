"""The loop written for a rule and a function against the plain loop on single floats: the same rows to the last bit."""

from typing import Any, NamedTuple

import numpy as np
import pytest

import steepest
import steepest.engines.scalar_loop as scalar_loop_module
from steepest.engines.numbers import Numbers, on_numbers
from steepest.engines.scalar_loop import METHODS, agrees, loop_of, scalar_loop, slots_of, written
from steepest.engines.stopping import Settings
from steepest.engines.task import Task
from steepest.methods.gradient_descent import GradientDescent
from steepest.methods.rule import as_rule
from steepest.records.history import Plan

ROSENBROCK = steepest.gallery.rosenbrock()
RULES = (
    ("gradient_descent", {}), ("momentum", {}), ("momentum", {"rate_outside": True}), ("nesterov", {}), ("adam", {}),
    ("adamw", {"weight_decay": 0.1}), ("amsgrad", {}), ("adamax", {}), ("nadam", {}), ("radam", {}), ("adabelief", {}),
    ("adagrad", {"rate_decay": 0.1, "initial_accumulator": 0.2}), ("adadelta", {}), ("lion", {}), ("rprop", {}),
    ("rmsprop", {}), ("rmsprop", {"centered": True, "momentum": 0.5}), ("signsgd", {}), ("yogi", {}),
    ("gradient_descent", {"clip_value": 0.5}),
)  # fmt: skip


def numbers_of(rule, problem, w0):
    task = Task(problem, rule, np.array(w0, dtype=float), Settings(max_iter=100), Plan())
    return on_numbers(task)


def of_our_own(cls):
    """A class that passes for one of the package's."""
    cls.__module__ = f"{METHODS}made_up"
    return cls


def assert_same_rows(rule, problem, w0, count=40):
    """Also where the rows come in several calls; the loop has to make them itself at least up to its first trouble."""
    quick, plain = numbers_of(rule, problem, w0), numbers_of(rule, problem, w0)
    assert quick.loop is not None
    plain.loop = None
    with np.errstate(all="ignore"):
        rows = plain.rows(count)
        np.testing.assert_array_equal([*quick.rows(3), *quick.rows(count - 3)], rows)
    np.testing.assert_array_equal(quick.w, plain.w)
    np.testing.assert_array_equal(quick.slots, plain.slots)
    assert (quick.t, quick.finite) == (plain.t, plain.finite)
    return len(rows) // (2 * len(quick.w) + 1)


@pytest.mark.parametrize("name", ["rosenbrock", "beale", "rastrigin", "huber"])
@pytest.mark.parametrize(("method", "fields"), RULES)
def test_the_rows_are_those_of_the_plain_loop(method, fields, name):
    problem = steepest.gallery.find(name)(n=2)
    for rate in (1e-3, 0.3):
        if method != "adadelta" or rate < 0.1:
            rule = as_rule(method, {"learning_rate": rate, **fields}, {})
            for w0 in np.random.default_rng(0).uniform(-2, 2, (3, 2)):
                assert_same_rows(rule, problem, w0)


def test_of_other_numbers_of_variables():
    rule = as_rule("adam", {"learning_rate": 0.1}, {})
    for n in (1, 3, 4):
        assert assert_same_rows(rule, steepest.gallery.sphere(n=n), [0.7] * n) == 40


def test_a_run_that_ends_by_its_numbers():
    rows = assert_same_rows(GradientDescent(1.0), ROSENBROCK, [-1.2, 1.0])
    assert rows < 40


@of_our_own
class Waits(NamedTuple):
    """In every second row it takes the root of a negative number, which raises, and has no use for it."""

    learning_rate: float = 0.1

    def init(self, w: Any, xp: Any) -> Any:
        return (xp.full_like(w, 3.0),)

    def update(self, w: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
        root = xp.sqrt(slots[0])
        return -self.learning_rate * g * xp.where(slots[0] > 0, root + root * root, 1.0), (2.0 - slots[0],)


def test_rows_at_which_python_raises_are_made_operation_by_operation(monkeypatch):
    made = []
    plain = Numbers.row
    monkeypatch.setattr(Numbers, "row", lambda self, out: made.append(self.loop is not None) or plain(self, out))
    monkeypatch.setattr(scalar_loop_module, "agrees", lambda *given: True)  # of three rows in a row it shows one
    assert assert_same_rows(Waits(1e-4), ROSENBROCK, [-1.2, 1.0]) == 40
    assert sum(made) == 20
    loop_of.cache_clear()


@of_our_own
class Swaps(NamedTuple):
    """Its slots change places, and one keeps the w before."""

    learning_rate: float = 0.1

    def init(self, w: Any, xp: Any) -> Any:
        return xp.zeros_like(w), xp.full_like(w, 1.0), xp.full_like(w, 2.0), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
        return -self.learning_rate * (g + slots[0]), (slots[1], slots[2] + t, slots[0] + slots[3], w)


def test_slots_may_change_places():
    assert assert_same_rows(Swaps(1e-3), ROSENBROCK, [-1.2, 1.0]) == 40


@of_our_own
class Branches(NamedTuple):
    """Not to be followed: it looks at its rate."""

    learning_rate: float = 0.1

    def init(self, w: Any, xp: Any) -> Any:
        return ()

    def update(self, w: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
        return (0.0 if self.learning_rate == 0.5 else -self.learning_rate) * g, ()


@of_our_own
class Looks(NamedTuple):
    """Another thing on symbols than on arrays."""

    learning_rate: float = 0.1

    def init(self, w: Any, xp: Any) -> Any:
        return ()

    def update(self, w: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
        return (-1.0 if isinstance(g, np.ndarray) else -2.0) * self.learning_rate * g, ()


class Own(GradientDescent):
    """A user's."""


def test_what_cannot_be_followed_or_is_not_ours_has_no_loop():
    for rule in (Branches(0.1), Looks(0.1), Own(0.1)):
        assert scalar_loop(rule, ROSENBROCK) is None
    with pytest.raises(TypeError, match="neither true nor false"):
        written(Branches, (None,), ROSENBROCK)
    for rule in (Branches(0.1), Own(0.1)):
        numbers = numbers_of(rule, ROSENBROCK, [-1.0, 0.5])
        assert numbers is not None
        assert numbers.loop is None


def test_a_loop_of_other_lines_does_not_agree():
    loop = written(GradientDescent, (None,), ROSENBROCK)
    assert agrees(loop, GradientDescent, (None,), ROSENBROCK)
    assert not agrees(loop, GradientDescent, (None,), steepest.gallery.find("beale")())


def test_one_loop_for_all_numbers_in_the_fields():
    first, second = (as_rule("momentum", {"learning_rate": rate, "momentum": 0.5}, {}) for rate in (0.1, 0.2))
    outside = as_rule("momentum", {"learning_rate": 0.1, "rate_outside": True}, {})
    assert scalar_loop(first, ROSENBROCK) is scalar_loop(second, ROSENBROCK)
    assert scalar_loop(first, ROSENBROCK) is not scalar_loop(outside, ROSENBROCK)


def test_slots_by_component():
    assert slots_of((np.array([1.0, 2.0]), np.array([3.0, 4.0])), 2) == [(1.0, 3.0), (2.0, 4.0)]
    assert slots_of((), 2) == [(), ()]
