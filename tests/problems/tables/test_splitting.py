"""Rows held out: every row once, each class its share, the same rows for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import SteepestError
from steepest.problems.tables import Column, Table, split


def table_of(y, kind):
    y = np.asarray(y, dtype=float)
    return Table((Column("a", np.arange(len(y)) * 1.0),), Column("y", y), kind, "data.csv", np.arange(1, len(y) + 1))


@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=60), st.floats(0.01, 0.5), st.integers(0, 1000),
    st.sampled_from(["classification", "regression"]),
)  # fmt: skip
def test_every_row_lands_once_and_classes_keep_their_shares(y, test, seed, kind):
    table = table_of(y, kind)
    sizes = np.bincount(y)
    if kind == "classification" and sizes.max() < 2:
        return
    train, held_out = split(table, test, seed)
    assert sorted([*train.rows, *held_out.rows]) == table.rows.tolist()
    assert len(train)
    assert len(held_out)
    for part in (train, held_out):
        assert np.array_equal(part.columns[0].values, part.rows - 1)
        assert np.array_equal(part.target.values, np.array(y)[part.rows - 1])
    wanted = np.ceil(test * len(y))
    if kind == "regression":
        assert len(held_out) == wanted
        return
    assert wanted - (sizes > 0).sum() <= len(held_out) <= wanted
    held = np.bincount(held_out.target.values.astype(int), minlength=len(sizes))
    assert (np.abs(held - sizes * wanted / len(y)) <= 1 + 1e-9).all()
    assert (held[sizes > 0] < sizes[sizes > 0]).all()


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_the_seed_decides_and_the_global_generator_is_left_alone(kind):
    np.random.seed(3)
    expected = np.random.RandomState(3).uniform()
    table = table_of(np.arange(100) % 4, kind)
    first, again, other = (split(table, seed=seed)[1].rows.tolist() for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert first != sorted(first)
    assert len(first) == 25
    assert np.random.uniform() == expected


def test_classes_of_words_are_shared_out():
    words = np.array(["u", "v"] * 10 + ["v"] * 20, dtype=object)
    table = Table((Column("a", np.zeros(40)),), Column("y", words), "classification", "data.csv", np.arange(1, 41))
    _, held_out = split(table)
    values = held_out.target.values.tolist()
    assert len(values) == 10
    assert values.count("u") in (2, 3)


BAD = [
    ({"test": 0}, "^test must be a number between 0 and 1; got 0$"), ({"test": 1.0}, "^test must be a number between"),
    ({"test": float("nan")}, "^test must be"), ({"test": "0.2"}, "^test must be"), ({"test": True}, "^test must be"),
    ({"test": 0.99}, "^test 0.99 leaves none of 4 rows of data.csv to train on; give a smaller one$"),
    ({"seed": -1}, "^seed must be a whole number from 0"), ({"seed": None}, "^seed must be a whole number; got None$"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=repr)
def test_what_cannot_be_used_is_one_sentence(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message) as error:
        split(table_of([0, 1, 0, 1], "classification"), **arguments)
    assert isinstance(error.value, SteepestError)


def test_classes_of_one_row_each_cannot_be_held_out():
    with pytest.raises(SteepestError, match=r"^every class of data.csv has one row"):
        split(table_of([0, 1, 2], "classification"))
