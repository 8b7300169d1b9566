"""From a table to X and y: fills, categories and scales from the training rows, refusals by row and column, storage."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, issparse
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems.datasets import table as built_in
from steepest.problems.tables import Column, Preparation, Table, split

NAN = float("nan")


def made(columns, y=None, kind="classification"):
    def column(name, values):
        words = any(isinstance(value, str) for value in values)
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return Column(name, array if words else np.array(values, dtype=float))

    parts = tuple(column(name, values) for name, values in columns.items())
    target = None if y is None else column("y", y)
    return Table(parts, target, kind if y is not None else None, "data.csv", np.arange(1, len(parts[0].values) + 1))


def sparse_table(X, first=1, source="data.svmlight"):
    rows = len(X)
    target = Column("target", np.zeros(rows))
    return Table((), target, "classification", source, np.arange(1, rows + 1), sparse=csr_matrix(X), first=first)


def test_categories_become_sorted_columns_of_ones():
    table = made({"size": [3, 1, 2], "colour": ["red", "blue", "red"]}, ["u", "v", "u"])
    X, y, names = Preparation.fit(table).apply(table)
    assert X.tolist() == [[3, 0, 1], [1, 1, 0], [2, 0, 1]]
    assert y.tolist() == ["u", "v", "u"]
    assert y.dtype.kind == "U"
    assert names == ("size", "colour=blue", "colour=red")


def test_as_scikit_learn_encodes():
    draw = np.random.default_rng(0)
    words = draw.choice(["b", "a", "c"], 50).tolist()
    table = made({"w": words})
    expected = OneHotEncoder(sparse_output=False).fit_transform(np.array(words)[:, None])
    assert np.array_equal(Preparation.fit(table).apply(table).X, expected)


@pytest.mark.parametrize("impute", ["mean", "median", "most_frequent"])
@pytest.mark.parametrize("standardize", [False, True])
def test_as_scikit_learn_fills_and_scales(impute, standardize):
    draw = np.random.default_rng(0)
    values = draw.normal(size=(60, 4)).round(1) * [1, 10, 1e4, 1e-5] + [0, 5, 1e6, 0]
    values[draw.random(values.shape) < 0.2] = NAN
    train, later = values[:40], values[40:]
    tables = [made({f"c{k}": part[:, k].tolist() for k in range(4)}) for part in (train, later)]
    preparation = Preparation.fit(tables[0], impute=impute, standardize=standardize)
    filler = SimpleImputer(strategy=impute).fit(train)
    scaler = StandardScaler().fit(filler.transform(train))
    for table, part in zip(tables, (train, later), strict=True):
        expected = filler.transform(part)
        if standardize:
            expected = scaler.transform(expected)
        np.testing.assert_allclose(preparation.apply(table).X, expected, rtol=1e-12, atol=1e-12)


def test_a_constant_column_becomes_zeros():
    table = made({"a": [0.1] * 7, "b": range(7)})
    X = Preparation.fit(table, standardize=True).apply(table).X
    assert X[:, 0].tolist() == [0.0] * 7
    assert np.isclose(X[:, 1].std(), 1)


def test_the_training_rows_decide():
    train, later = made({"a": [0, 2, 4]}), made({"a": [100, NAN]})
    X = Preparation.fit(train, impute="mean", standardize=True).apply(later).X
    np.testing.assert_allclose(X[:, 0], [98 / np.sqrt(8 / 3), 0])


@pytest.mark.parametrize("impute", ["mean", "median", "most_frequent"])
def test_missing_and_unknown_categories_become_the_most_frequent(impute):
    train = made({"w": ["b", "a", "b", None]})
    later = made({"w": ["a", "new", None]})
    preparation = Preparation.fit(train, impute=impute)
    assert preparation.apply(train).X.tolist() == [[0, 1], [1, 0], [0, 1], [0, 1]]
    assert preparation.apply(later).X.tolist() == [[1, 0], [0, 1], [0, 1]]


def test_missing_values_are_refused_by_row_and_column():
    table = made({"a": [1, 2, NAN], "w": ["u", None, None]})
    with pytest.raises(ArgumentError) as error:
        Preparation.fit(table)
    assert str(error.value) == (
        "data.csv row 2 has no value in column 'w' (3 cells missing in all); "
        "remove the row, or fit with impute='mean', 'median' or 'most_frequent'"
    )
    whole = made({"a": [1, 2], "w": ["u", "v"]})
    with pytest.raises(ArgumentError, match=r"^data.csv row 2 has no value in column 'w'"):
        Preparation.fit(whole).apply(table)


def test_a_row_keeps_its_number_through_split_and_take():
    table = made({"a": [1, 2, NAN, 4, 5, 6, 7, 8]})
    for part in split(table, seed=3):
        if np.isnan(part.columns[0].values).any():
            with pytest.raises(ArgumentError, match=r"^data.csv row 3 has no value in column 'a'"):
                Preparation.fit(part)
            break
    with pytest.raises(ArgumentError, match=r"^data.csv row 3 has no value"):
        Preparation.fit(table.take([5, 2]))


REFUSED = [
    ({"a": [1, 2]}, {"b": [1]}, "^data.csv has no column 'a', which the training data had$"),
    ({"a": [1, 2]}, {"a": ["1", "old"]}, "^data.csv row 2 holds 'old' in column 'a', which had numbers in training$"),
    ({"a": [1, 2]}, {"a": [1, float("inf")]}, "^data.csv row 2 holds inf in column 'a'; numbers must be finite$"),
    (
        {"w": ["u", "v"]}, {"w": ["u", "x"]},
        "^data.csv row 2 holds 'x' in column 'w', which no training row does; remove the row, or fit with impute=",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("train", "later", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_rows_that_do_not_fit_the_training_data(train, later, message):
    with pytest.raises(ArgumentError, match=message) as error:
        Preparation.fit(made(train)).apply(made(later))
    assert "\n" not in str(error.value)


UNFIT = [
    ({"a": [1, -float("inf")]}, {}, "^data.csv row 2 holds -inf in column 'a'; numbers must be finite$"),
    ({"a": [NAN, NAN]}, {"impute": "mean"}, "^column 'a' of data.csv has no value in any row; leave it out$"),
    ({"a": [1e308] * 9 + [-1e308]}, {"standardize": True}, "^column 'a' of data.csv has numbers as large as 1e\\+308"),
    ({"w": [f"name {k}" for k in range(1001)]}, {}, "^column 'w' of data.csv holds 1,001 different words in 1,001"),
    ({"a": [1]}, {"impute": "zero"}, "^impute must be None, 'mean', 'median' or 'most_frequent'; got 'zero'$"),
    ({"a": [1]}, {"standardize": "yes"}, "^standardize must be True or False; got 'yes'$"),
    ({"a": []}, {}, "^data.csv has no rows to learn from$"),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "arguments", "message"), UNFIT, ids=[message for *_, message in UNFIT])
def test_what_cannot_be_fitted(columns, arguments, message):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=message):
        Preparation.fit(made(columns), **arguments)


def test_categories_that_read_as_numbers():
    preparation = Preparation.fit(made({"w": ["1", "2", "3+", "2"]}))
    assert preparation.apply(made({"w": [2.0, 1.0]})).X.tolist() == [[0, 1, 0], [1, 0, 0]]
    number = Preparation.fit(made({"a": [1, 2]}))
    assert number.apply(made({"a": ["2.5", "1"]})).X.tolist() == [[2.5], [1]]


def test_columns_go_by_name_and_others_are_left_out():
    preparation = Preparation.fit(made({"a": [1, 2], "b": [3, 4]}))
    X, y, _ = preparation.apply(made({"b": [30], "extra": ["?"], "a": [10]}))
    assert X.tolist() == [[10, 30]]
    assert y is None


def dense(X, first):
    return made({f"x{first + k}": X[:, k].tolist() for k in range(X.shape[1])})


@pytest.mark.parametrize("impute", ["mean", "median", "most_frequent"])
def test_sparse_columns_are_filled_and_scaled_like_dense_ones(impute):
    draw = np.random.default_rng(1)
    X = np.where(draw.random((40, 6)) < 0.6, draw.normal(size=(40, 6)).round(1), 0)
    X[draw.random(X.shape) < 0.1] = NAN
    X[:, 4] = 0
    X[:, 5] = np.abs(draw.normal(size=40).round(1)) + 1
    X[3, 5] = NAN
    sparse = Preparation.fit(sparse_table(X), impute=impute, standardize=True).apply(sparse_table(X)).X
    assert issparse(sparse)
    plain = Preparation.fit(dense(X, 1), impute=impute).apply(dense(X, 1)).X
    scale = plain.std(axis=0)
    np.testing.assert_allclose(sparse.toarray(), plain / np.where(scale > 0, scale, 1), rtol=1e-12, atol=1e-14)


def test_sparse_columns_go_by_their_index():
    preparation = Preparation.fit(sparse_table(np.array([[1.0, 0, 2], [0, 3, 4]])))
    assert list(preparation.feature_names) == ["x1", "x2", "x3"]
    narrow = sparse_table(np.array([[9.0, 8]]))
    wide = sparse_table(np.array([[7.0, 9, 0, 8, 6]]), first=0)
    assert preparation.apply(narrow).X.toarray().tolist() == [[9, 8, 0]]
    assert preparation.apply(wide).X.toarray().tolist() == [[9, 0, 8]]


def test_sparse_entries_are_refused_by_row_and_column():
    good, missing = np.array([[1.0, 0], [0, 2]]), np.array([[1.0, 0], [0, NAN]])
    for attempt in (lambda: Preparation.fit(sparse_table(missing)),
                    lambda: Preparation.fit(sparse_table(good)).apply(sparse_table(missing))):  # fmt: skip
        with pytest.raises(ArgumentError, match=r"^data.svmlight row 2 has no value in column 'x2' \(1 missing in"):
            attempt()
    with pytest.raises(ArgumentError, match=r"^data.svmlight row 2 holds inf in column 'x2'; numbers must be finite$"):
        Preparation.fit(sparse_table(np.where(np.isnan(missing), np.inf, missing)), impute="mean")
    with pytest.raises(
        ArgumentError, match=r"^data.csv is a table with named columns, the training data was one with "
    ):
        Preparation.fit(sparse_table(good)).apply(made({"x1": [1]}))
    with pytest.raises(ArgumentError, match=r"^data.svmlight is a table with sparse columns, the training data"):
        Preparation.fit(made({"x1": [1]})).apply(sparse_table(good))


finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
cells = st.one_of(st.just(NAN), finite)
word = st.one_of(st.none(), st.text(max_size=3))


@given(
    st.lists(st.tuples(finite, cells, word), min_size=1, max_size=12),
    st.sampled_from(["mean", "median", "most_frequent"]), st.booleans(),
)  # fmt: skip
def test_a_stored_preparation_comes_back_to_the_bit(rows, impute, standardize):
    rows = [*rows, (1.0, 0.1, "a")]
    a, b, w = zip(*rows, strict=True)
    table = made({"a": a, "b": b, "w": w}, [len(x or "") for x in w])
    preparation = Preparation.fit(table, impute=impute, standardize=standardize)
    text = json.dumps(preparation.to_dict(), allow_nan=False)
    again = Preparation.from_dict(json.loads(text))
    assert again.to_dict() == preparation.to_dict()
    assert np.array_equal(again.apply(table).X, preparation.apply(table).X)
    assert again.feature_names == preparation.feature_names
    assert np.isfinite(preparation.apply(table).X).all()


@pytest.mark.parametrize("impute", [None, "mean"])
@pytest.mark.parametrize("standardize", [False, True])
def test_a_stored_sparse_preparation_comes_back(impute, standardize):
    table = sparse_table(np.array([[1.0, 0, 1 / 3], [0, 3, 4]]))
    preparation = Preparation.fit(table, impute=impute, standardize=standardize)
    again = Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())))
    assert again.to_dict() == preparation.to_dict()
    assert np.array_equal(again.apply(table).X.toarray(), preparation.apply(table).X.toarray())
    assert again.feature_names == preparation.feature_names


def test_what_is_stored_with_it():
    preparation = Preparation.fit(built_in("digits"))
    again = Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())))
    assert again.image_shape == (8, 8)
    assert (again.kind, again.target) == ("classification", "digit")


GOOD = Preparation.fit(made({"a": [1, 2], "w": ["u", "v"]}, [0, 1]), impute="mean").to_dict()
SPARSE = Preparation.fit(sparse_table(np.eye(2)), standardize=True).to_dict()
NUMBER, WORDS = GOOD["columns"]
DAMAGED = [
    None, [], {}, GOOD | {"format": 2}, GOOD | {"kind": "other"}, GOOD | {"target": 3}, GOOD | {"impute": "zero"},
    GOOD | {"impute": None}, GOOD | {"impute": ["mean"]}, GOOD | {"standardize": 1}, GOOD | {"columns": []},
    GOOD | {"columns": "a"}, GOOD | {"columns": [3]}, GOOD | {"image_shape": [8]}, GOOD | {"image_shape": [8, 0]},
    GOOD | {"sparse": SPARSE["sparse"]}, GOOD | {"columns": [NUMBER | {"scale": 0}]},
    GOOD | {"columns": [NUMBER | {"scale": NAN}]}, GOOD | {"columns": [NUMBER | {"shift": "1"}]},
    GOOD | {"columns": [NUMBER | {"shift": 10**400}]}, GOOD | {"columns": [NUMBER | {"name": None}]},
    GOOD | {"columns": [NUMBER | {"fill": None}]}, GOOD | {"columns": [NUMBER | {"fill": True}]},
    GOOD | {"columns": [WORDS | {"categories": []}]}, GOOD | {"columns": [WORDS | {"categories": ["u", "u"]}]},
    GOOD | {"columns": [WORDS | {"categories": [1]}]}, GOOD | {"columns": [WORDS | {"fill": "x"}]},
    SPARSE | {"sparse": 1}, SPARSE | {"sparse": SPARSE["sparse"] | {"size": 3}},
    SPARSE | {"sparse": SPARSE["sparse"] | {"first": 2}}, SPARSE | {"sparse": SPARSE["sparse"] | {"scale": [1, -1]}},
]  # fmt: skip


@pytest.mark.parametrize("stored", DAMAGED, ids=[str(k) for k in range(len(DAMAGED))])
def test_a_damaged_preparation_is_one_sentence(stored):
    with pytest.raises(ArgumentError, match=r"^this is no stored preparation: ") as error:
        Preparation.from_dict(stored)
    assert "\n" not in str(error.value)
