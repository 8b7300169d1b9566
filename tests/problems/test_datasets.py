"""The built-in sets: the article's split of the digits to the row, every set as a table, arguments refused."""

from functools import partial

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError, SteepestError
from steepest.problems import tables
from steepest.problems.tables import as_kind


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
    with pytest.raises(AttributeError, match=r"it has breast_cancer, diabetes, digits, housing and wine$"):
        _ = steepest.datasets.mnist
    with pytest.raises(ArgumentError, match=r"^there is no built-in set 'mnist'; there are breast_cancer, diabetes, "):
        steepest.datasets.table("mnist")
    with pytest.raises(ArgumentTypeError, match=r"^the set 'wine' knows no 'rows'; it takes no options$"):
        steepest.datasets.table("wine", rows=3)
    with pytest.raises(ArgumentTypeError, match=r"^the set 'housing' knows no 'size'; it takes rows and seed$"):
        steepest.datasets.table("housing", size=3)


def matrix(table):
    return np.column_stack([column.values for column in table.columns])


@pytest.mark.parametrize("name", steepest.datasets.names())
def test_every_set_is_a_whole_table(name):
    table = steepest.datasets.table(name)
    X, y = matrix(table), table.target.values
    assert table.source == name
    assert X.dtype == np.float64
    assert X.shape == (len(table), len(table.names))
    assert np.isfinite(X).all()
    assert (X.std(axis=0) > 0).sum() >= len(table.names) - 3  # three pixels are always white
    assert len(set(table.names)) == len(table.names)
    assert all(type(column) is str and " " not in column for column in table.names)
    assert table.rows.tolist() == list(range(1, len(y) + 1))
    assert as_kind(table, "auto").kind == table.kind
    split = tables.split(table)
    prepared = tables.Preparation.fit(split[0], standardize=True).apply(split[1])
    assert np.isfinite(prepared.X).all()


@pytest.mark.parametrize(
    ("name", "load"),
    [("breast_cancer", load_breast_cancer), ("wine", load_wine), ("diabetes", partial(load_diabetes, scaled=False)),
     ("digits", load_digits)],
)  # fmt: skip
def test_the_sets_of_scikit_learn(name, load):
    found, table = load(), steepest.datasets.table(name)
    assert np.array_equal(matrix(table), found.data)
    expected = found.target_names[found.target] if name == "breast_cancer" else found.target
    assert np.array_equal(table.target.values.tolist(), expected)


def test_lazy_names_give_tables_after_their_modules_are_loaded():
    for name in ("wine", "breast_cancer", "wine", "diabetes"):
        assert len(getattr(steepest.datasets, name)()) > 100
    assert steepest.datasets.digits((0, 1)).X_train.shape == (288, 64)
    assert {"digits", "wine", "table", "names"} <= set(dir(steepest.datasets))


@pytest.mark.parametrize("classes", [(0, 1), [3, 8], np.array([9, 2, 5])])
def test_digits_of_some_classes_as_a_table(classes):
    table = steepest.datasets.table("digits", classes=classes)
    found = load_digits()
    keep = np.isin(found.target, list(classes))
    assert np.array_equal(matrix(table), found.data[keep])
    assert np.array_equal(table.target.values, found.target[keep])
    assert table.image_shape == (8, 8)
    assert table.names[8] == "pixel_1_0"


@pytest.mark.parametrize("classes", [(1,), (1, 1), (0, 10), 3, "01", (0, 1.5)])
def test_digits_that_are_none(classes):
    with pytest.raises(SteepestError, match=r"^classes must be "):
        steepest.datasets.table("digits", classes=classes)


def test_housing_has_scales_apart_and_a_skewed_target():
    table = steepest.datasets.housing()
    X, y = matrix(table), table.target.values
    assert X.shape == (20640, 8)
    assert (y > 0).all()
    assert y.mean() > 1.05 * np.median(y)
    spread = X.std(axis=0)
    assert spread.max() > 1000 * spread.min()
    A = np.column_stack((np.ones(len(X)), X))
    residual = y - A @ np.linalg.lstsq(A, y)[0]
    assert 0.5 < 1 - residual.var() / y.var() < 0.9  # something to learn, and something left


def test_housing_is_made_from_its_seed():
    first, again, other = (matrix(steepest.datasets.housing(rows=50, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    for arguments, message in (
        ({"rows": 1}, "^rows must be from 2 to"), ({"rows": 2.5}, "^rows must be a whole number; got 2.5$"),
        ({"rows": True}, "^rows must be a whole"), ({"seed": -1}, "^seed must be a whole number from 0"),
    ):  # fmt: skip
        with pytest.raises(SteepestError, match=message):
            steepest.datasets.housing(**arguments)
