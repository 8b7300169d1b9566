"""Targets: numbers as they are, labels as the losses want them, and what is neither."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError, ArgumentTypeError, SteepestError
from steepest.problems import losses
from steepest.problems.targets import encoded, labels_of

SQUARED, LOG, SOFTMAX, POISSON = (
    losses.find(name)() for name in ("squared_error", "log_loss", "multinomial_log_loss", "poisson")
)
TWO = {  # labels, and the classes they make
    "booleans": ([True, False, True], [False, True]),
    "a boolean array": (np.array([True, False, True]), [False, True]),
    "strings": (["b", "a", "b"], ["a", "b"]),
    "an array of strings": (np.array(["b", "a", "b"]), ["a", "b"]),
    "strings as objects": (np.array(["b", "a", "b"], dtype=object), ["a", "b"]),
    "integers as objects": (np.array([1, 0, 1], dtype=object), [0, 1]),
    "booleans as objects": (np.array([True, False, True], dtype=object), [False, True]),
    "numbers that are strings": (["2", "1", "2"], ["1", "2"]),
    "a series": (pd.Series([5, 3, 5]), [3, 5]),
    "a series of strings": (pd.Series(["y", "x", "y"]), ["x", "y"]),
    "a series of nullable integers": (pd.Series([5, 3, 5], dtype="Int64"), [3, 5]),
    "a series of nullable booleans": (pd.Series([True, False, True], dtype="boolean"), [False, True]),
    "a categorical": (pd.Categorical(["y", "x", "y"]), ["x", "y"]),
    "a categorical series": (pd.Series(["y", "x", "y"], dtype="category"), ["x", "y"]),
    "a data frame of one column": (pd.DataFrame({"label": [1, 0, 1]}), [0, 1]),
    "floats": ([1.0, 0.0, 1.0], [0.0, 1.0]),
    "float32": (np.array([1, 0, 1], dtype="f4"), [0.0, 1.0]),
    "signs": ([1, -1, 1], [-1, 1]),
    "floating signs": ([1.0, -1.0, 1.0], [-1.0, 1.0]),
    "small integers": (np.array([7, 0, 7], dtype="u1"), [0, 7]),
    "integers that floats cannot tell apart": ([2**60 + 1, 2**60, 2**60 + 1], [2**60, 2**60 + 1]),
    "a column": (np.array([[1], [0], [1]]), [0, 1]),
    "a column of strings": (np.array([["b"], ["a"], ["b"]]), ["a", "b"]),
    "a tuple": ((1, 0, 1), [0, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", list(TWO))
def test_two_classes_become_signs_or_numbers(name):
    y, classes = TWO[name]
    signed = encoded(y, LOG)
    assert signed.y.tolist() == [1.0, -1.0, 1.0]
    assert signed.y.dtype == np.float64
    assert signed.outputs == 1
    assert signed.classes.tolist() == classes
    assert [type(label) for label in signed.classes.tolist()] == [type(label) for label in classes]
    numbered = encoded(y, SOFTMAX)
    assert numbered.y.tolist() == [1.0, 0.0, 1.0]
    assert numbered.outputs == 2
    assert numbered.classes.tolist() == classes


@given(y=st.lists(st.sampled_from(["w", "x", "y", "z"]), min_size=3, max_size=20).filter(lambda y: len(set(y)) > 2))
def test_more_classes_become_a_column_each_or_numbers(y):
    classes = sorted(set(y))
    rest, numbered = encoded(y, LOG), encoded(y, SOFTMAX)
    assert rest.classes.tolist() == numbered.classes.tolist() == classes
    assert rest.outputs == numbered.outputs == len(classes)
    assert np.array_equal(rest.y, [[1.0 if label == c else -1.0 for c in classes] for label in y])
    assert [classes[int(code)] for code in numbered.y] == y
    found, codes = labels_of(y)
    assert found[codes].tolist() == y


@pytest.mark.parametrize(
    "y", [[0.5, 1, 2], np.array([True, False, True]), np.array([1, 2, 3], dtype=object), pd.Series([1, 2, 3]),
          np.array([[1.0], [2.0], [3.0]]), np.array([1, 2, 3], dtype="f2"), pd.Categorical([1, 2, 3])]
)  # fmt: skip
def test_a_regression_takes_numbers_as_they_are(y):
    told = encoded(y, SQUARED)
    assert told.classes is None
    assert told.outputs == 1
    assert told.y.dtype == np.float64
    assert np.array_equal(told.y, np.asarray(y, dtype=float).ravel())


def test_several_targets_are_several_outputs():
    told = encoded([[1, 2], [3, 4], [5, 6]], SQUARED)
    assert (told.classes, told.outputs) == (None, 2)
    assert np.array_equal(told.y, [[1, 2], [3, 4], [5, 6]])


def test_strings_make_classes_for_a_regression_loss_too():
    told = encoded(["b", "a", "b"], SQUARED)
    assert told.classes.tolist() == ["a", "b"]
    assert told.y.tolist() == [1.0, -1.0, 1.0]


MISSING = "which is no label; drop or fill such values first$"
FILL = "drop or fill such values first$"
BAD = [
    (["a", 1, "b"], LOG, ArgumentTypeError, r"^y mixes strings with other labels \(1 at row 1\); make them all"),
    (np.array(["a", 1, "b"], dtype=object), LOG, ArgumentTypeError, r"^y mixes strings .* \(1 at row 1\);"),
    (["a", 2.5, "b"], SQUARED, ArgumentTypeError, r"^y mixes strings with other labels \(2.5 at row 1\);"),
    (["a", np.nan, "b"], LOG, ArgumentError, f"^y holds nan at row 1, {MISSING}"),
    (["a", None, "b"], SQUARED, ArgumentError, f"^y holds None at row 1, {MISSING}"),
    (pd.Series(["a", "b", None]), LOG, ArgumentError, f"^y holds nan at row 2, {MISSING}"),
    (pd.Series(["a", "b", None], dtype="string"), LOG, ArgumentError, f"^y holds <NA> at row 2, {MISSING}"),
    (pd.Categorical([None, "b", "a"]), SOFTMAX, ArgumentError, f"^y holds nan at row 0, {MISSING}"),
    ([0, 1, np.nan], LOG, ArgumentError, f"^y holds nan at row 2; {FILL}"),
    ([0, 1, np.inf], LOG, ArgumentError, f"^y holds inf at row 2; {FILL}"),
    ([0, 1, None], LOG, ArgumentError, f"^y holds nan at row 2; {FILL}"),
    (pd.Series([1, None, 0], dtype="Int64"), LOG, ArgumentError, f"^y holds nan at row 1; {FILL}"),
    ([0, np.nan, 1], SQUARED, ArgumentError, f"^y holds nan at row 1; {FILL}"),
    ([0.5, 1, 0], LOG, ArgumentError, "^y holds 0.5 at row 0, which is no class label; number the classes, or choose"),
    ([1, 1, 1], LOG, ArgumentError, r"^y holds one class only \(1\); a classifier needs at least two$"),
    (["a", "a"], SQUARED, ArgumentError, r"^y holds one class only \(a\); a classifier needs at least two$"),
    ([b"a", b"b", b"a"], LOG, ArgumentTypeError, r"^y holds bytes; decode them to strings with np.char.decode\(y\)$"),
    (["a", "b"], POISSON, ArgumentTypeError, r"^y holds labels \(a, \.\.\.\), which this loss cannot use; choose"),
    ([1, -1], POISSON, ArgumentError, "^y must not be negative with loss 'poisson', .* it holds -1 at row 1$"),
    ([[0, 1], [1, 0]], LOG, ArgumentError, r"^y must be one column of labels; its shape is \(2, 2\)$"),
    ([["a", "b"]], SQUARED, ArgumentError, r"^y must be one column of labels; its shape is \(1, 2\)$"),
    (np.zeros((2, 2, 2)), SQUARED, ArgumentError, r"^y must have 1 dimension; its shape is \(2, 2, 2\)$"),
    ([], LOG, ArgumentError, "^y is empty; give at least one row$"),
    (np.zeros((3, 0)), SQUARED, ArgumentError, "^y is empty; give at least one row$"),
    (3, SQUARED, ArgumentError, r"^y must have 1 dimension; its shape is \(\)$"),
    ("abc", LOG, ArgumentError, r"^y must be one column of labels; its shape is \(\)$"),
    (None, LOG, ArgumentTypeError, "^y must be a 1-D array of numbers or labels; got None$"),
    ([[1], [2, 3]], LOG, ArgumentError, "^y must be a 1-D array of numbers or labels; its rows differ in length$"),
    ({"a": 1}, LOG, ArgumentTypeError, "^y must hold numbers; got {'a': 1}$"),
    ([1j, 2], LOG, ArgumentTypeError, "^y must hold real numbers or labels; its dtype is complex128$"),
    (np.array(["2020-01-01"], dtype="M8[D]"), LOG, ArgumentTypeError, "^y must hold real numbers or labels; its dtype"),
    ([10**400, 1], SQUARED, ArgumentError, "^y holds an integer beyond the largest float, 1.8e308; scale it$"),
    (sp.csr_array([[0], [1]]), LOG, ArgumentTypeError, r"^y must be dense; pass y.toarray\(\)$"),
    (np.ma.masked_array([0, 1, 2], [1, 0, 0]), LOG, ArgumentError, "^y has masked entries; fill or drop them first$"),
]  # fmt: skip


@pytest.mark.parametrize(("y", "loss", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_are_no_targets_is_one_sentence(y, loss, kind, message):
    with pytest.raises(kind, match=message) as error:
        encoded(y, loss)
    assert isinstance(error.value, SteepestError)
    assert "\n" not in str(error.value)
