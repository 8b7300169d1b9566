"""scikit-learn's partial_fit loops: weights, objective and learning rate against the model itself."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier

from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.verbs.watching.starting import watch


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:300] / 16, y[:300]


def trained(model, X, y, epochs=4, before=False, **first):
    with watch() as record:
        if before:
            record.sklearn(model, X, y)
        for _ in range(epochs):
            model.partial_fit(X, y, **first)
            record.sklearn(model, X, y)
    return record.run


@pytest.mark.parametrize("loss", ["log_loss", "hinge", "squared_hinge", "modified_huber", "perceptron"])
@pytest.mark.parametrize("classes", [2, 10])
def test_classifiers(digits, loss, classes):
    X, y = digits
    y = y % classes
    model = SGDClassifier(loss=loss, alpha=1e-2, learning_rate="constant", eta0=0.01, random_state=0)
    run = trained(model, X, y, classes=np.arange(classes))
    assert (run.predict(X) == model.predict(X)).all()
    assert list(run.history.iteration) == [0, 1, 2, 3, 4]
    assert (run.history.w[0] == 0).all()
    o = X @ model.coef_.T + model.intercept_
    signs = np.where(y[:, None] == model.classes_, 1, -1) if classes > 2 else np.where(y == 1, 1, -1)[:, None]
    margins = signs * o
    each = {
        "log_loss": np.logaddexp(0, -margins), "hinge": np.maximum(0, 1 - margins),
        "squared_hinge": np.maximum(0, 1 - margins) ** 2, "perceptron": np.maximum(0, -margins),
        "modified_huber": np.where(margins >= -1, np.maximum(0, 1 - margins) ** 2, -4 * margins),
    }[loss]  # fmt: skip
    expected = each.sum() / len(X) + 0.01 / 2 * (model.coef_**2).sum()
    assert run.history.f[-1] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_array_equal(run.history.learning_rate, [np.nan] + [0.01] * 4)
    assert run.recipe["batch_size"] == 1
    assert run.record.unit == "epoch"
    assert run.recipe["like"] == {"name": "gradient_descent", "learning_rate": 0.01}


def test_a_regressor_under_its_schedule(digits):
    X, y = digits
    model = SGDRegressor(penalty="elasticnet", alpha=0.1, l1_ratio=0.3, random_state=1)
    run = trained(model, X, y, before=True)
    expected = 0.5 * ((X @ model.coef_ + model.intercept_ - y) ** 2).mean()
    expected += 0.1 * (0.35 * (model.coef_**2).sum() + 0.3 * np.abs(model.coef_).sum())
    assert run.history.f[-1] == pytest.approx(expected, rel=1e-12)
    assert run.history.f[0] == 0.5 * (y**2).mean()
    np.testing.assert_allclose(run.history.learning_rate[1:], [0.01 / (300 * k) ** 0.25 for k in (1, 2, 3, 4)])
    assert run.recipe["method"]["schedule"] == "invscaling"
    assert run.recipe["like"] is None


def test_a_perceptron_and_batches(digits):
    X, y = digits
    run = trained(Perceptron(random_state=0), X, y % 2, classes=[0, 1])
    assert run.recipe["method"]["name"] == "sklearn.Perceptron"
    model = SGDClassifier(random_state=0)
    with watch() as record:
        for k in range(6):
            rows = slice(50 * k, 50 * k + 50)
            model.partial_fit(X[rows], y[rows] % 2, classes=[0, 1])
            record.sklearn(model, X, y % 2)
    assert record.run.recipe["batch_size"] is None
    assert record.run.nit == 6
    assert record.run.history.learning_rate is None


def test_a_model_that_was_trained_before(digits):
    X, y = digits
    model = SGDClassifier(random_state=0).fit(X, y % 2)
    run = trained(model, X, y % 2, 2)
    assert "the start was not seen: the model had been trained before" in run.message
    assert run.history.w[0].any()


@pytest.mark.parametrize("model", [MLPClassifier(), LogisticRegression(), 3])
def test_what_is_no_linear_model_of_partial_fit(digits, model):
    with pytest.raises(ArgumentTypeError, match="model must be an SGDClassifier, SGDRegressor or Perceptron; got"):
        watch().sklearn(model, *digits)


def test_another_width(digits):
    X, y = digits
    model = SGDClassifier(random_state=0).partial_fit(X[:, :10], y % 2, classes=[0, 1])
    with pytest.raises(ArgumentError, match="model has 11 weights, but X and y make 65"):
        watch().sklearn(model, X, y % 2)
