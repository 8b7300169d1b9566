"""The digits: the article's split to the row, and every argument that cannot be used in one sentence."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import steepest
from steepest.base.errors import SteepestError


def test_the_articles_split():
    split = steepest.datasets.digits((0, 1), bias=True)
    X, y = load_digits(n_class=2, return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=10)
    assert split.X_train.shape == (288, 65)
    assert split.X_test.shape == (72, 65)
    assert np.array_equal(split.X_train, np.hstack((np.ones((288, 1)), X_train)))
    assert np.array_equal(split.X_test, np.hstack((np.ones((72, 1)), X_test)))
    assert np.array_equal(split.y_train, y_train)
    assert np.array_equal(split.y_test, y_test)
    assert split.classes == (0, 1)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("classes", [(0, 1), [3, 8], (7, 2, 9), range(10), np.array([4, 5])])
def test_holds_the_classes_asked_for(classes, bias):
    split = steepest.datasets.digits(classes, bias=bias)
    assert split.classes == tuple(classes)
    assert all(type(c) is int for c in split.classes)
    total = int(np.isin(load_digits().target, list(classes)).sum())
    assert len(split.y_train) + len(split.y_test) == total
    for X, y, images in (
        (split.X_train, split.y_train, split.images_train), (split.X_test, split.y_test, split.images_test),
    ):  # fmt: skip
        assert X.dtype == y.dtype == np.float64
        assert X.flags.c_contiguous
        assert set(np.unique(y)) == set(classes)
        assert X.shape == (len(y), 64 + bias)
        assert images.shape == (len(y), 8, 8)
        assert np.array_equal(images.reshape(-1, 64), X[:, bias:])
        assert (X[:, :bias] == 1).all()
        assert 0 <= images.min() < images.max() == 16


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    np.random.seed(3)
    expected = np.random.RandomState(3).uniform()
    first, again = (steepest.datasets.digits((0, 1), seed=4) for _ in range(2))
    assert np.random.uniform() == expected
    assert np.array_equal(first.X_train, again.X_train)
    other = steepest.datasets.digits((0, 1), seed=5)
    assert not np.array_equal(first.X_train, other.X_train)


BAD = [
    ({"classes": (1,)}, r"^classes must be at least two different digits from 0 to 9; got \(1,\)$"),
    ({"classes": (1, 1)}, "^classes must be at least two"), ({"classes": (0, 10)}, "^classes must be at least two"),
    ({"classes": (-1, 1)}, "^classes must be at least two"), ({"classes": 3}, "^classes must be digits such as"),
    ({"classes": "01"}, "^classes must be digits"), ({"classes": (0, 1.5)}, "^classes must be digits"),
    ({"test_size": 0}, "^test_size must be a number between 0 and 1; got 0$"), ({"test_size": 1}, "^test_size must be"),
    ({"test_size": float("nan")}, "^test_size must be"), ({"test_size": "0.2"}, "^test_size must be"),
    ({"test_size": None}, "^test_size must be"), ({"test_size": True}, "^test_size must be"),
    ({"test_size": 0.9999}, "^test_size 0.9999 leaves none of 1,797 rows to train on"),
    ({"seed": -1}, "^seed must be a whole number from 0"), ({"seed": 2**32}, "^seed must be a whole number from 0"),
    ({"seed": 1.5}, "^seed must be a whole number; got 1.5$"), ({"seed": None}, "^seed must be a whole number"),
    ({"bias": 1}, "^bias must be True or False; got 1$"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=repr)
def test_what_cannot_be_used_is_one_sentence(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message) as error:
        steepest.datasets.digits(**arguments)
    assert isinstance(error.value, SteepestError)
    assert "\n" not in str(error.value)


def test_an_unknown_dataset_names_the_known():
    with pytest.raises(AttributeError, match="it has digits"):
        _ = steepest.datasets.mnist
