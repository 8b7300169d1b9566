"""The rule's float fields at every update: rows of numbers, rules one by one, and values out of range."""

from itertools import islice
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError
from steepest.base.fields import Fraction, Rate
from steepest.engines.fields import CHUNK, FieldTable
from steepest.methods import Adam, Momentum
from steepest.methods.schedules.schedule import as_schedule


class Mixed(NamedTuple):
    """Structure between the numbers."""

    learning_rate: Rate = 0.1
    nested: bool = True
    beta: Fraction = 0.5
    power: int = 2

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, ()


class Epochs(NamedTuple):
    """A schedule that counts epochs."""

    start: float = 1.0
    per_epoch: bool = True

    def values(self, t):
        return self.start / (1.0 + t)

    def resolved(self, total):
        return self

    def __call__(self, t):
        return float(self.values(np.array([t]))[0])


def table(rule, per_epoch=1, **schedules):
    return FieldTable(rule, {name: as_schedule(value) for name, value in schedules.items()}, per_epoch)


def test_constant_fields_are_one_row():
    fields = table(Adam(0.1))
    assert fields.constant
    assert fields.names == ["learning_rate", "beta1", "beta2", "epsilon", "epsilon_root"]
    assert np.array_equal(fields.rows(5, 100), [[0.1, 0.9, 0.999, 1e-8, 0.0]])
    assert list(islice(fields.rules(), 3)) == [Adam(0.1)] * 3


def test_bools_and_whole_numbers_are_no_fields_to_vary():
    fields = table(Mixed(), beta=lambda t: 0.9)
    assert fields.names == ["learning_rate", "beta"]
    assert np.array_equal(fields.rows(0, 2), [[0.1, 0.9], [0.1, 0.9]])
    assert next(fields.rules()) == Mixed(0.1, True, 0.9, 2)


@given(first=st.integers(0, 3000), updates=st.integers(1, 50), per_epoch=st.integers(1, 9))
def test_rows_are_those_of_the_updates_or_of_their_epochs(first, updates, per_epoch):
    fields = table(Momentum(0.1), per_epoch, learning_rate=lambda t: 1.0 / (1.0 + t), momentum=Epochs(0.9))
    u = np.arange(first, first + updates)
    found = fields.rows(first, updates)
    assert found.shape == (updates, 2)
    assert np.array_equal(found[:, 0], 1.0 / (1.0 + u))
    assert np.array_equal(found[:, 1], 0.9 / (1.0 + u // per_epoch))
    assert np.array_equal(fields.column("momentum", u), found[:, 1])


def test_rules_one_by_one_are_the_rows_whatever_the_chunk():
    fields = table(Momentum(0.1), learning_rate=lambda t: 1.0 / (1.0 + t))
    rates = [rule.learning_rate for rule in islice(fields.rules(), 2 * CHUNK + 3)]
    assert np.array_equal(rates, fields.rows(0, 2 * CHUNK + 3)[:, 0])


def test_a_constant_column_is_as_long_as_asked():
    assert np.array_equal(table(Momentum(0.1)).column("momentum", np.arange(3)), [0.9] * 3)


def test_the_largest_value_is_found():
    fields = table(Momentum(0.1), learning_rate=lambda t: 1.0 - 0.01 * np.abs(t - 37.0))
    assert fields.largest("learning_rate", 100) == 1.0
    assert fields.largest("learning_rate", 11) == pytest.approx(0.73)
    assert fields.largest("learning_rate", 0) == pytest.approx(0.63)
    assert fields.largest("momentum", 100) == 0.9


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        (
            lambda t: 5.0 - t,
            "learning_rate must be a finite number of at least 0; its schedule gives -1 after 6 updates",
        ),
        (
            lambda t: 1.0 - 2.0 * t,
            "learning_rate must be a finite number of at least 0; its schedule gives -1 after 1 u",
        ),
    ],
)
def test_a_value_out_of_range_is_said_with_the_first_update_that_needs_it(rate, message):
    fields = table(Momentum(0.1), learning_rate=rate)
    with pytest.raises(ArgumentError) as error:
        list(islice(fields.rules(), 20))
    assert str(error.value).startswith(message)


def test_beyond_the_runs_last_update_a_schedule_is_not_asked():
    asked = []

    def rate(t):
        asked.append(np.max(t))
        return 5.0 - t

    fields = FieldTable(Momentum(0.1), {"learning_rate": as_schedule(rate)}, 1, updates=6)
    assert np.array_equal(fields.rows(3, 6)[:, 0], [2, 1, 0, 0, 0, 0])
    assert [rule.learning_rate for rule in islice(fields.rules(), 7)] == [5, 4, 3, 2, 1, 0, 0]
    assert max(asked) == 5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_found_wherever_they_are(bad):
    class Broken(NamedTuple):
        at: int
        per_epoch: bool = False

        def values(self, t):
            return np.where(t == self.at, bad, 0.1)

        def resolved(self, total):
            return self

        def __call__(self, t):
            return float(self.values(t))

    for at in range(5):
        fields = FieldTable(Momentum(0.1), {"learning_rate": Broken(at)})
        with pytest.raises(ArgumentError, match=rf"its schedule gives {bad} after {at} updates?$"):
            fields.rows(0, 5)
        assert fields.rows(at + 1, 3).shape == (3, 2)
