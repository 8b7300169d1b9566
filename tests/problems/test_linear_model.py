"""Linear models: values and gradients against their formulas, what may be passed as data, and what is refused how."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from steepest import LinearModel
from steepest.base.errors import ArgumentError, ArgumentTypeError, NotYetError, SteepestError
from steepest.problems.differences import central_differences
from steepest.problems.linear_model import fingerprint, linear_model_in
from steepest.problems.losses.squared_error import SquaredError
from steepest.problems.negated import Negated
from steepest.problems.problem import FiniteSumProblem

X = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, -1.0]])
Y = np.array([1.0, 0.0, 2.0])
numbers = st.floats(-10, 10)
data = st.tuples(arrays(float, (5, 3), elements=numbers), arrays(float, 5, elements=numbers))
shapes = pytest.mark.parametrize(("intercept", "reduction"), [(i, r) for i in (True, False) for r in ("mean", "sum")])


def design(rows, intercept):
    return np.hstack((np.ones((len(rows), 1)), rows)) if intercept else rows


@shapes
@given(data=data, w=arrays(float, 4, elements=numbers))
def test_value_and_gradient_are_those_of_least_squares(intercept, reduction, data, w):
    rows, y = data
    model, w = LinearModel(rows, y, fit_intercept=intercept, reduction=reduction), w[not intercept :]
    A = design(rows, intercept)
    share = 1 / len(y) if reduction == "mean" else 1.0
    residual = A @ w - y
    assert model.value(w) == pytest.approx(share * 0.5 * residual @ residual, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(model.gradient(w), share * A.T @ residual, rtol=1e-10, atol=1e-9)
    f, g = model.value_and_gradient(w)
    assert f == pytest.approx(model.value(w), rel=1e-12, abs=1e-12)
    assert np.array_equal(g, model.gradient(w))
    np.testing.assert_allclose(g, central_differences(model.value, w), rtol=1e-4, atol=1e-4 * (1 + np.abs(g).max()))


@shapes
@pytest.mark.parametrize("chosen", [[0], [2, 1], [1, 1, 0], [0, 1, 2]])
def test_a_batch_has_the_mean_or_the_sum_over_its_own_rows(intercept, reduction, chosen):
    model = LinearModel(X, Y, fit_intercept=intercept, reduction=reduction)
    part = LinearModel(X[chosen], Y[chosen], fit_intercept=intercept, reduction=reduction)
    w = np.linspace(-1, 1, model.n)
    f, g = model.batch_value_and_gradient(w, np.array(chosen))
    assert f == pytest.approx(part.value(w), rel=1e-14)
    np.testing.assert_allclose(g, part.gradient(w), rtol=1e-13, atol=1e-13)


@shapes
def test_meets_the_protocol_and_says_its_shape(intercept, reduction):
    model = LinearModel(X, Y, fit_intercept=intercept, reduction=reduction)
    assert isinstance(model, FiniteSumProblem)
    assert (model.rows, model.n) == (3, 2 + intercept)
    assert np.array_equal(model.start, np.zeros(model.n))
    assert model.gradient_note == "exact"
    assert model.minimum is None
    assert reduction in model.formula
    assert repr(model) == (
        f"<LinearModel squared_error ({reduction}), 3 x 2, {'with' if intercept else 'without'} intercept>"
    )


def test_the_intercept_is_the_first_weight():
    model = LinearModel(X, Y)
    w = np.array([10.0, 1.0, -1.0])
    assert model.split(w)[0] == 10.0
    assert np.array_equal(model.split(w)[1], [1.0, -1.0])
    np.testing.assert_allclose(model.predict(w, X), 10 + X @ [1.0, -1.0])
    bare = LinearModel(X, Y, fit_intercept=False)
    assert bare.split([1, -1])[0] == 0.0
    np.testing.assert_allclose(bare.predict(np.array([1.0, -1.0]), X), X @ [1.0, -1.0])


@pytest.mark.parametrize(
    "rows",
    [X.tolist(), X.astype("f4"), X.astype(int), np.asfortranarray(X), X[::-1][::-1], pd.DataFrame(X), X.astype(object),
     scipy.sparse.csr_matrix(X).toarray()],
)  # fmt: skip
@pytest.mark.parametrize("y", [Y.tolist(), Y.astype(int), Y[:, None], pd.Series(Y), tuple(Y)])
def test_data_of_any_kind_becomes_float64_in_c_order(rows, y):
    model = LinearModel(rows, y)
    assert model.X.dtype == model.y.dtype == np.float64
    assert model.X.flags.c_contiguous
    assert np.array_equal(model.X, X)
    assert np.array_equal(model.y, Y)


def test_data_that_fits_is_used_where_it_lies():
    assert LinearModel(X, Y).X is X
    labels = LinearModel(np.eye(2), [True, False])
    assert np.array_equal(labels.y, [1.0, 0.0])


def test_a_loss_may_be_named_or_given():
    assert LinearModel(X, Y, SquaredError()).loss_name == LinearModel(X, Y, "squared_error").loss_name
    assert LinearModel(X, Y).loss_name == "squared_error"


def test_the_recipe_holds_no_data_but_its_hashes():
    model = LinearModel(X, Y, reduction="sum")
    recipe = json.loads(json.dumps(model.recipe()))
    assert recipe["X"] == fingerprint(X)
    assert recipe["X"]["shape"] == [3, 2]
    assert recipe["loss"] == "squared_error"
    assert (recipe["fit_intercept"], recipe["reduction"]) == (True, "sum")
    assert LinearModel(np.asfortranarray(X), Y, reduction="sum").recipe() == model.recipe()
    changed = X.copy()
    changed[1, 1] = np.nextafter(5.0, 6.0)
    assert LinearModel(changed, Y).recipe()["X"] != recipe["X"]


def test_a_model_is_found_inside_its_negative():
    model = LinearModel(X, Y)
    assert linear_model_in(Negated(model)) is model
    assert linear_model_in(3) is None


with_nan, with_inf = (np.where(X == 5, bad, X) for bad in (np.nan, np.inf))
BAD = [
    ((X, Y[:2]), {}, ArgumentError, "^X and y must have the same number of rows; X has 3, y has 2$"),
    ((Y, Y), {}, ArgumentError, r"^X must have 2 dimensions; its shape is \(3,\); reshape it .*reshape\(-1, 1\)$"),
    ((np.zeros((2, 2, 2)), Y), {}, ArgumentError, r"^X must have 2 dimensions; its shape is \(2, 2, 2\)$"),
    ((3.0, Y), {}, ArgumentError, r"^X must have 2 dimensions; its shape is \(\)$"),
    (([], []), {}, ArgumentError, "^X is empty; give at least one row$"),
    ((np.zeros((0, 3)), []), {}, ArgumentError, r"^X must have at least one row and .*its shape is \(0, 3\)$"),
    ((np.zeros((3, 0)), Y), {}, ArgumentError, r"one column; its shape is \(3, 0\)$"),
    ((with_nan, Y), {}, ArgumentError, "^X holds nan at row 1, column 1; drop or fill such values first$"),
    ((with_inf, Y), {}, ArgumentError, "^X holds inf at row 1, column 1;"),
    ((X, [1, np.nan, 2]), {}, ArgumentError, "^y holds nan at row 1;"),
    ((X, [1, 2, -np.inf]), {}, ArgumentError, "^y holds -inf at row 2;"),
    (([[1, None], [2, 3]], [1, 2]), {}, ArgumentError, "^X holds nan at row 0, column 1;"),
    (([[1], [2, 3]], [1, 2]), {}, ArgumentError, "^X must be a 2-D array of numbers; its rows differ in length$"),
    ((np.array([["a"]]), [1]), {}, ArgumentTypeError, "^X must hold real numbers; its dtype is <U1$"),
    ((X * 1j, Y), {}, ArgumentTypeError, "^X must hold real numbers; its dtype is complex128$"),
    ((X, np.array(["2020-01-01"] * 3, dtype="M8[D]")), {}, ArgumentTypeError, "^y must hold real numbers; its dtype"),
    (([[1, {}], [2, 3]], [1, 2]), {}, ArgumentTypeError, "^X must hold numbers; it holds objects that are none$"),
    ((None, Y), {}, ArgumentTypeError, "^X must be a 2-D array of numbers; got None$"),
    ((X, None), {}, ArgumentTypeError, "^y must be a 1-D array of numbers; got None$"),
    ((X, Y), {"reduction": "average"}, ArgumentError, "^reduction must be 'mean' or 'sum'; got 'average'$"),
    ((X, Y), {"fit_intercept": 1}, ArgumentTypeError, "^fit_intercept must be True or False; got 1$"),
    ((X, Y), {"loss": "squared"}, ArgumentError, "^loss 'squared' is not known; "),
    ((X, Y), {"loss": 3}, ArgumentTypeError, "^loss must be a name or an object with value and derivative; got 3$"),
    ((X, Y), {"loss": SquaredError}, ArgumentTypeError, "^loss must be a name or an object"),
    ((X, ["a", "b", "a"]), {}, NotYetError, "^y holds labels .* come with a later version; number the classes$"),
    ((X, np.c_[Y, Y]), {}, NotYetError, r"^y of shape \(3, 2\): several outputs come with a later version"),
    ((scipy.sparse.csr_matrix(X), Y), {}, NotYetError, r"^a sparse X comes with a later version; pass X.toarray\(\)$"),
    ((X, Y), {"penalty": "l2"}, NotYetError, "^penalty='l2' comes with a later version; leave penalty out$"),
    ((X, Y), {"alpha": 0.1}, NotYetError, "^alpha=0.1 weighs a penalty, which comes with a later version"),
    ((X, Y), {"l1_ratio": 0.5}, NotYetError, "^l1_ratio=0.5 belongs to a penalty, which comes with a later version"),
    ((X, Y), {"sample_weight": Y}, NotYetError, "^sample_weight comes with a later version; leave it out$"),
]  # fmt: skip


@pytest.mark.parametrize(("positional", "named", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_used_is_one_sentence(positional, named, kind, message):
    with pytest.raises(kind, match=message) as error:
        LinearModel(*positional, **named)
    assert isinstance(error.value, SteepestError)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, :1], "^X must have 2 columns, as in training; it has 1$"), (Y, "^X must have 2 dimensions"),
        (with_nan, "^X holds nan at row 1, column 1"), ("abc", "^X must hold real numbers"),
    ],
)  # fmt: skip
def test_rows_to_predict_are_checked_too(rows, message):
    with pytest.raises((ValueError, TypeError), match=message):
        LinearModel(X, Y).predict(np.zeros(3), rows)
