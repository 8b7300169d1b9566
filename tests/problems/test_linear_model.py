"""Linear models: values and gradients against their formulas, what may be passed as data, and what is refused how."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import logsumexp

from steepest import LinearModel
from steepest.base.errors import ArgumentError, ArgumentTypeError, SteepestError
from steepest.base.xp import numpy_functions as xp
from steepest.problems import design as design_module
from steepest.problems import losses
from steepest.problems.design import Checked
from steepest.problems.differences import central_differences
from steepest.problems.linear_model import fingerprint, linear_model_in, predicted_by
from steepest.problems.losses.huber import Huber
from steepest.problems.losses.quantile import Quantile
from steepest.problems.losses.squared_error import SquaredError
from steepest.problems.negated import Negated
from steepest.problems.problem import FiniteSumProblem

X = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, -1.0]])
Y = np.array([1.0, 0.0, 2.0])
CLASSIFICATIONS = [name for name in losses.names() if losses.find(name).kind == "classification"]
numbers = st.floats(-10, 10)
data = st.tuples(arrays(float, (5, 3), elements=numbers), arrays(float, 5, elements=numbers))
shapes = pytest.mark.parametrize(("intercept", "reduction"), [(i, r) for i in (True, False) for r in ("mean", "sum")])
every_loss = pytest.mark.parametrize("loss", losses.names())


def design(rows, intercept):
    return np.hstack((np.ones((len(rows), 1)), rows)) if intercept else rows


@st.composite
def cases(draw, loss, smooth=False):
    """(model, w, rng): any penalty, weights, number of outputs, reduction, data type and order, for a loss."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    rows, features = draw(st.integers(4, 12)), draw(st.integers(1, 4))
    A, outputs = rng.standard_normal((rows, features)), draw(st.integers(1, 3))
    if loss in CLASSIFICATIONS:
        y = np.r_[np.arange(outputs + 1), rng.integers(0, outputs + 1, rows - outputs - 1)]
    else:
        y = rng.standard_normal((rows, outputs)) if outputs > 1 else rng.standard_normal(rows)
        y = np.abs(y) if loss == "poisson" else y
    weights = rng.random(rows) * (np.arange(rows) > 0) if draw(st.booleans()) else None
    form = draw(st.sampled_from(["C", "F", "single", "sparse", "strided"]))
    A = {"C": A, "F": np.asfortranarray(A), "single": A.astype("f4"), "sparse": sp.csr_array(A),
         "strided": np.repeat(A, 2, axis=1)[:, ::2]}[form]  # fmt: skip
    penalty = draw(st.sampled_from([None, "l2"] if smooth else [None, "l2", "l1", "elasticnet"]))
    model = LinearModel(
        A, y, loss, penalty=penalty, alpha=0.7 if penalty else 0.0, l1_ratio=0.4, sample_weight=weights,
        fit_intercept=draw(st.booleans()), reduction=draw(st.sampled_from(["mean", "sum"])),
    )  # fmt: skip
    return model.rescaled() if draw(st.booleans()) else model, rng.standard_normal(model.n), rng


def dense(model):
    """The columns as the model sees them, the intercept's first."""
    A = np.asarray(model.X.todense() if model.sparse else model.X, dtype=float)
    if model.columns is not None:
        A = (A - model.columns.centre) * model.columns.factor
    return design(A, model.fit_intercept)


@every_loss
@given(data=st.data())
def test_the_objective_is_its_formula(loss, data):
    model, w, _ = data.draw(cases(loss))
    o = dense(model) @ model.shaped(w)
    if model.coupled:
        each = logsumexp(o, axis=1) - o[np.arange(model.rows), model.y.astype(int)]
    else:
        each = model.loss.value(o, model.y, xp).reshape(model.rows, -1).sum(axis=1)
    if model.reduction == "mean":
        f = np.average(each, weights=model.weights)
    else:
        f = (each if model.weights is None else model.weights * each).sum()
    inner = model.shaped(w)[model.base :]
    c = inner if model.columns is None else (model.columns.factor * inner.T).T
    f += 0.5 * model.l2 * np.square(c).sum() + model.l1 * np.abs(c).sum()
    assert model.value(w) == pytest.approx(f, rel=1e-10)
    np.testing.assert_allclose(model.outputs(w), o, rtol=1e-9, atol=1e-9)


@every_loss
@given(data=st.data())
def test_gradients_equal_differences(loss, data):
    model, w, _ = data.draw(cases(loss))
    f, g = model.value_and_gradient(w)
    assert f == pytest.approx(model.value(w), rel=1e-12)
    assert np.array_equal(g, model.gradient(w))
    assert g.shape == (model.n,)
    np.testing.assert_allclose(g, central_differences(model.value, w), rtol=1e-4, atol=1e-6 * (1 + np.abs(g).max()))
    smooth = g if model.l1_each is None else g - model.l1_each * np.sign(w)
    np.testing.assert_allclose(model.smooth_gradient(w), smooth, rtol=1e-9, atol=1e-9)


@every_loss
@given(data=st.data(), size=st.integers(1, 4))
def test_batches_add_up_to_the_whole(loss, data, size):
    """Averaged by their rows under "mean", added up under "sum"; the value is that of the losses alone."""
    model, w, rng = data.draw(cases(loss))
    order = rng.permutation(model.rows)
    parts = [order[k : k + size] for k in range(0, model.rows, size)]
    told = [model.batch_value_and_gradient(w, part) for part in parts]
    share = [len(part) / model.rows if model.reduction == "mean" else 1.0 for part in parts]
    whole = sum(s * g for s, (_, g) in zip(share, told, strict=True))
    np.testing.assert_allclose(whole, model.smooth_gradient(w), rtol=1e-9, atol=1e-10)
    losses_alone = sum(s * f for s, (f, _) in zip(share, told, strict=True))
    assert losses_alone == pytest.approx(model.value(w) - model.penalty(w), rel=1e-9, abs=1e-12)


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


@shapes
@pytest.mark.parametrize("chosen", [[0], [2, 1], [1, 1, 0], [0, 1, 2]])
def test_a_batch_has_the_mean_or_the_sum_over_its_own_rows(intercept, reduction, chosen):
    model = LinearModel(X, Y, fit_intercept=intercept, reduction=reduction)
    part = LinearModel(X[chosen], Y[chosen], fit_intercept=intercept, reduction=reduction)
    w = np.linspace(-1, 1, model.n)
    f, g = model.batch_value_and_gradient(w, np.array(chosen))
    assert f == pytest.approx(part.value(w), rel=1e-14)
    np.testing.assert_allclose(g, part.gradient(w), rtol=1e-13, atol=1e-13)


@every_loss
@given(data=st.data(), reduction=st.sampled_from(["mean", "sum"]))
def test_zero_weight_is_absence_and_a_whole_weight_repetition(loss, data, reduction):
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    A, times = rng.standard_normal((9, 3)), np.array([1, 2, 0, 1, 3, 0, 2, 1, 1])
    y = np.arange(9) % 3 if loss in CLASSIFICATIONS else rng.random(9)
    options = {"loss": loss, "penalty": "elasticnet", "alpha": 0.3, "reduction": reduction}
    weighed = LinearModel(A, y, sample_weight=times, **options)
    repeated = LinearModel(np.repeat(A, times, axis=0), np.repeat(y, times), **options)
    w = rng.standard_normal(weighed.n)
    assert weighed.value(w) == pytest.approx(repeated.value(w), rel=1e-12)
    np.testing.assert_allclose(weighed.gradient(w), repeated.gradient(w), rtol=1e-9, atol=1e-11)
    if reduction == "mean":  # a common factor of the weights is nothing there, and a factor of the losses under "sum"
        scaled = LinearModel(A, y, sample_weight=1e3 * times, **options)
        assert scaled.value(w) == pytest.approx(weighed.value(w), rel=1e-12)


@shapes
def test_meets_the_protocol_and_says_its_shape(intercept, reduction):
    model = LinearModel(X, Y, fit_intercept=intercept, reduction=reduction)
    assert isinstance(model, FiniteSumProblem)
    assert (model.rows, model.n, model.base) == (3, 2 + intercept, intercept)
    assert np.array_equal(model.start, np.zeros(model.n))
    assert model.gradient_note == "exact"
    assert model.minimum is None
    assert model.box is None
    assert model.share == (1 / 3 if reduction == "mean" else 1.0)
    assert reduction in model.formula
    assert repr(model) == (
        f"<LinearModel squared_error ({reduction}), 3 x 2, {'with' if intercept else 'without'} intercept>"
    )


def test_it_says_its_outputs_and_its_penalty():
    model = LinearModel(X, ["a", "b", "c"], "log_loss", penalty="elasticnet", alpha=0.5, l1_ratio=0.2)
    assert repr(model) == "<LinearModel log_loss (mean), 3 x 2, 3 outputs, with intercept>"
    assert model.formula == "mean over 3 rows of log_loss(X w, y) + 0.4/2 |c|^2 + 0.1 |c|_1"
    assert (model.n, model.outputs_per_row, model.coupled, model.sparse) == (9, 3, False, False)


def test_the_intercept_is_the_first_weight():
    model = LinearModel(X, Y)
    w = np.array([10.0, 1.0, -1.0])
    assert model.split(w)[0] == 10.0
    assert np.array_equal(model.split(w)[1], [1.0, -1.0])
    np.testing.assert_allclose(model.predict(w, X), 10 + X @ [1.0, -1.0])
    bare = LinearModel(X, Y, fit_intercept=False)
    assert bare.split([1, -1])[0] == 0.0
    np.testing.assert_allclose(bare.predict(np.array([1.0, -1.0]), X), X @ [1.0, -1.0])


@pytest.mark.parametrize("intercept", [True, False])
def test_several_outputs_are_as_many_models_side_by_side(intercept):
    rng = np.random.default_rng(0)
    A, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))
    options = {"penalty": "elasticnet", "alpha": 0.3, "fit_intercept": intercept}
    model, alone = LinearModel(A, y, **options), [LinearModel(A, y[:, k], **options) for k in range(2)]
    w = rng.standard_normal((3 + intercept, 2))
    assert model.value(w.ravel()) == pytest.approx(sum(m.value(w[:, k]) for k, m in enumerate(alone)), rel=1e-12)
    g = model.shaped(model.gradient(w.ravel()))
    np.testing.assert_allclose(g, np.stack([m.gradient(w[:, k]) for k, m in enumerate(alone)], axis=1), rtol=1e-11)
    for given_w in (w, w.ravel(), w.tolist()):
        intercepts, coefficients = model.split(given_w)
        assert np.array_equal(intercepts, w[0] if intercept else [0.0, 0.0])
        assert np.array_equal(coefficients, w[intercept:])
        assert np.array_equal(model.predict(given_w, A), model.outputs(w.ravel()))


def test_a_classification_predicts_labels():
    two = LinearModel(X, ["no", "yes", "no"], "hinge")
    w = np.array([-1.0, 1.0, 0.0])
    assert two.predict(w, X).tolist() == ["no", "yes", "no"]  # outputs 0, 2, -1: the second class needs more than 0
    three = LinearModel(X, ["c", "a", "b"], "multinomial_log_loss")
    w = np.array([[0.0, 0.0, 0.5], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    assert three.predict(w, X).tolist() == ["a", "a", "b"]
    assert three.codes.tolist() == [2, 0, 1]
    assert LinearModel(X, ["c", "a", "b"], "log_loss").codes.tolist() == [2, 0, 1]
    assert two.codes.tolist() == [0, 1, 0]


def test_a_poisson_model_predicts_counts():
    model = LinearModel(X, [1, 0, 2], "poisson")
    w = np.array([0.5, 0.1, -0.2])
    np.testing.assert_allclose(model.predict(w, X), np.exp(model.outputs(w)))


KINDS_OF_X = {
    "a list": (X.tolist(), "f8"), "float32": (X.astype("f4"), "f4"), "integers": (X.astype(int), "f8"),
    "Fortran order": (np.asfortranarray(X), "f8"), "upside down": (X[::-1][::-1], "f8"),
    "a data frame": (pd.DataFrame(X), "f8"), "a data frame of float32": (pd.DataFrame(X.astype("f4")), "f4"),
    "objects": (X.astype(object), "f8"), "CSR": (sp.csr_array(X), "f8"), "CSC": (sp.csc_matrix(X), "f8"),
    "COO integers": (sp.coo_array(X.astype(int)), "f8"), "CSR float32": (sp.csr_matrix(X.astype("f4")), "f4"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(KINDS_OF_X))
@pytest.mark.parametrize("y", [Y.tolist(), Y.astype(int), Y[:, None], pd.Series(Y), tuple(Y)])
def test_data_of_any_kind_gives_the_same_model(name, y):
    rows, kind = KINDS_OF_X[name]
    model, plain, w = LinearModel(rows, y), LinearModel(X, Y), np.array([0.5, -1.0, 2.0])
    assert model.X.dtype == kind
    assert model.y.dtype == np.float64
    assert np.array_equal(model.X.toarray() if model.sparse else model.X, X)
    assert np.array_equal(model.y, Y)
    assert model.sparse == name.startswith("C")
    assert model.value(w) == pytest.approx(plain.value(w), rel=1e-14)
    np.testing.assert_allclose(model.gradient(w), plain.gradient(w), rtol=1e-14)
    np.testing.assert_allclose(model.predict(w, rows), plain.predict(w, X), rtol=1e-14)


def test_data_that_fits_is_used_where_it_lies():
    for rows in (X, X.astype("f4"), np.asfortranarray(X), X[:, ::-1], sp.csr_array(X)):
        assert LinearModel(rows, Y).X is rows
    labels = LinearModel(np.eye(2), [True, False])
    assert np.array_equal(labels.y, [1.0, 0.0])


def test_a_loss_may_be_named_or_given():
    assert LinearModel(X, Y, SquaredError()).loss_name == LinearModel(X, Y, "squared_error").loss_name
    assert LinearModel(X, Y).loss_name == "squared_error"
    model = LinearModel(X, Y, Huber(epsilon=2))
    assert model.loss == Huber(2.0)
    assert isinstance(model.loss.epsilon, float)
    assert model.recipe()["loss_fields"] == {"epsilon": 2.0}


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


def test_every_argument_that_matters_is_in_the_recipe():
    told = [
        LinearModel(X, [0, 1, 1], loss, **options).recipe()
        for loss in ("squared_error", "huber", Huber(0.5), "log_loss", "multinomial_log_loss")
        for options in (
            {}, {"penalty": "l2", "alpha": 0.1}, {"penalty": "l1", "alpha": 0.1}, {"sample_weight": [1, 2, 3]},
            {"fit_intercept": False}, {"reduction": "sum"},
        )
    ]  # fmt: skip
    written = [json.dumps(recipe, sort_keys=True) for recipe in told]
    assert len(set(written)) == len(written)
    assert LinearModel(X, ["a", "b", "b"], "hinge").recipe() != LinearModel(X, ["a", "c", "c"], "hinge").recipe()


@every_loss
@pytest.mark.parametrize("rescaled", [True, False])
@pytest.mark.parametrize("several", [True, False])
def test_a_written_recipe_predicts_what_the_model_does(loss, rescaled, several):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((6, 2)) * [1, 50]
    y = (["u", "v", "w"] if several else ["u", "v"] * 2)[:3] * 2 if loss in CLASSIFICATIONS else rng.random(6)
    y = np.c_[y, y] if several and loss not in CLASSIFICATIONS else y
    model = LinearModel(A, y, loss)
    model = model.rescaled() if rescaled else model
    w = rng.standard_normal(model.n)
    found = predicted_by(json.loads(json.dumps(model.recipe())), w, A)
    assert found.shape == model.predict(w, A).shape
    assert np.array_equal(found, model.predict(w, A))


def test_a_model_is_found_inside_its_negative():
    model = LinearModel(X, Y)
    assert linear_model_in(Negated(model)) is model
    assert linear_model_in(3) is None


def test_the_negative_of_a_penalised_model_has_the_negative_subgradient():
    model = LinearModel(X, Y, penalty="l1", alpha=0.3)
    w = np.array([0.1, 0.0, -2.0])
    assert Negated(model).value(w) == -model.value(w)
    assert np.array_equal(Negated(model).gradient(w), -model.gradient(w))


with_nan, with_inf = (np.where(X == 5, bad, X) for bad in (np.nan, np.inf))
BAD = [
    ((X, Y[:2]), {}, ArgumentError, "^X and y must have the same number of rows; X has 3, y has 2$"),
    ((X, Y[None]), {}, ArgumentError, "^X and y must have the same number of rows; X has 3, y has 1$"),
    ((X, ["a", "b"]), {"loss": "hinge"}, ArgumentError, "^X and y must have the same .*; X has 3, y has 2$"),
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
    ((X, np.array(["2020-01-01"] * 3, dtype="M8[D]")), {}, ArgumentTypeError, "^y must hold real numbers or labels; "),
    (([[1, {}], [2, 3]], [1, 2]), {}, ArgumentTypeError, "^X must hold numbers; it holds {} at row 0, column 1;"),
    ((None, Y), {}, ArgumentTypeError, "^X must be a 2-D array of numbers; got None$"),
    ((X, None), {}, ArgumentTypeError, "^y must be a 1-D array of numbers or labels; got None$"),
    ((X, Y), {"reduction": "average"}, ArgumentError, "^reduction must be 'mean' or 'sum'; got 'average'$"),
    ((X, Y), {"fit_intercept": 1}, ArgumentTypeError, "^fit_intercept must be True or False; got 1$"),
    ((X, Y), {"loss": "squared"}, ArgumentError, "^loss 'squared' is not known; "),
    ((X, Y), {"loss": 3}, ArgumentTypeError, "^loss must be a name or an object with value and derivative; got 3$"),
    ((X, Y), {"loss": None}, ArgumentTypeError, "^loss must be a name or an object with value and derivative; got No"),
    ((X, Y), {"loss": SquaredError}, ArgumentTypeError, "^loss must be a name or an object"),
    ((X, Y), {"loss": Huber(-1)}, ArgumentError, "^epsilon of huber must be a finite number above 0; got -1$"),
    ((X, Y), {"loss": Huber("a")}, ArgumentTypeError, "^epsilon of huber must be a finite number above 0; got 'a'"),
    ((X, Y), {"loss": Quantile(1.0)}, ArgumentError, r"^quantile must be a number in \(0, 1\); got 1.0$"),
    ((X, Y), {"penalty": "l3"}, ArgumentError, "^penalty 'l3' is not known; known: elasticnet, l1 and l2$"),
    ((X, Y), {"alpha": 0.1}, ArgumentError, "^alpha=0.1 weighs a penalty, and there is none; add penalty='l2' or"),
    ((X, np.c_[Y, Y]), {"loss": "log_loss"}, ArgumentError, r"^y must be one column of labels; its shape is \(3, 2\)$"),
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
        (sp.csr_array(X[:, :1]), "^X must have 2 columns, as in training; it has 1$"),
    ],
)  # fmt: skip
def test_rows_to_predict_are_checked_too(rows, message):
    with pytest.raises((ValueError, TypeError), match=message):
        LinearModel(X, Y).predict(np.zeros(3), rows)


@pytest.mark.parametrize("size", [2, 4, (3, 2)])
def test_weights_of_another_size_are_refused(size):
    model = LinearModel(X, Y)
    for use in (model.split, lambda w: model.predict(w, X)):
        with pytest.raises(ArgumentError, match=r"^w must hold 3 weights; its shape is \("):
            use(np.zeros(size))
    assert np.array_equal(model.predict(np.ones((3, 1)), X), model.predict(np.ones(3), X))


def test_a_model_with_other_fields_shares_the_rest_and_forgets_what_followed_from_them():
    model = LinearModel(X, Y, penalty="l2", alpha=0.5, sample_weight=[1.0, 2.0, 3.0])
    before = model.l2_each, model.recipe()
    other = model.with_(l2=2.0, y=Y + 1)
    assert other.X is model.X
    assert other.weights is model.weights
    np.testing.assert_array_equal(other.l2_each, [0.0, 2.0, 2.0])
    assert other.recipe()["y"] != before[1]["y"]
    assert (model.l2_each, model.recipe()) == before
    with pytest.raises(AssertionError, match="alpha"):
        model.with_(alpha=1.0)


@pytest.mark.parametrize("rows", [X, sp.csr_array(X)])
def test_rows_that_were_checked_are_taken_as_they_are(rows, monkeypatch):
    monkeypatch.setattr(design_module, "finite", lambda array: pytest.fail("looked at X again") if array is X else True)
    assert LinearModel(Checked(rows), Y).X is rows
