"""How close the estimators come: to scikit-learn's optima on standardised data, to its accuracy on data as it lies."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from steepest import DescentClassifier, DescentRegressor, LinearModel

SETS = {"breast_cancer": load_breast_cancer, "wine": load_wine, "iris": load_iris, "digits": load_digits}
TIGHT = {"tol": 1e-12, "max_iter": 20_000, "batch_size": None}


def objective(model, estimator):
    intercept = np.atleast_1d(estimator.intercept_)[None]
    return model.value(np.vstack((intercept, np.atleast_2d(estimator.coef_).T)).ravel())


@pytest.mark.parametrize("name", SETS)
def test_the_optimum_is_that_of_logistic_regression(name):
    X, y = SETS[name](return_X_y=True)
    X, alpha = StandardScaler().fit_transform(X), 1e-3
    ours = DescentClassifier(alpha=alpha, momentum=0.99, **TIGHT).fit(X, y)
    theirs = LogisticRegression(C=1 / (alpha * len(y)), tol=1e-10, max_iter=10_000).fit(X, y)
    loss = "log_loss" if len(ours.classes_) == 2 else "multinomial_log_loss"
    model = LinearModel(X, y, loss, penalty="l2", alpha=alpha)
    assert abs(objective(model, ours) - objective(model, theirs)) <= 1e-6 * objective(model, theirs)


@pytest.mark.parametrize(
    ("penalty", "alpha", "theirs"),
    [
        ("l2", 0.01, Ridge(alpha=0.01 * 442)),
        ("l1", 0.5, Lasso(alpha=0.5, tol=1e-12, max_iter=100_000)),
        ("elasticnet", 0.5, ElasticNet(alpha=0.5, l1_ratio=0.3, tol=1e-12, max_iter=100_000)),
    ],
)
@pytest.mark.parametrize("method", ["momentum", "adam"])
def test_the_optimum_is_that_of_ridge_and_lasso(method, penalty, alpha, theirs):
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    ours = DescentRegressor(method=method, penalty=penalty, alpha=alpha, l1_ratio=0.3, **TIGHT).fit(X, y)
    theirs.fit(X, y)
    model = LinearModel(X, y, penalty=penalty, alpha=alpha, l1_ratio=0.3)
    assert abs(objective(model, ours) - objective(model, theirs)) <= 1e-6 * objective(model, theirs)
    np.testing.assert_array_equal(ours.coef_ == 0, theirs.coef_ == 0)


@pytest.mark.parametrize("name", SETS)
def test_no_argument_is_needed_for_the_accuracy_of_the_optimum_on_data_as_it_lies(name):
    X, y = SETS[name](return_X_y=True)
    ours = DescentClassifier().fit(X, y)
    solver = "newton-cholesky" if len(ours.classes_) == 2 else "newton-cg"
    theirs = LogisticRegression(C=1 / (1e-4 * len(y)), solver=solver, max_iter=10_000)
    spread = 1.0 if solver == "newton-cholesky" else X.std(axis=0).max()
    theirs.fit(X / spread, y)
    assert ours.score(X, y) >= theirs.score(X / spread, y) - 0.01


@pytest.mark.parametrize("scaled", [True, False])
def test_no_argument_is_needed_for_a_regression(scaled):
    X, y = load_diabetes(return_X_y=True, scaled=scaled)
    ours = DescentRegressor().fit(X, y)
    assert ours.score(X, y) >= Ridge(alpha=1e-4 * len(y)).fit(X, y).score(X, y) - 0.005


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "modified_huber", "perceptron"])
def test_every_loss_classifies_badly_scaled_columns(loss):
    X, y = load_breast_cancer(return_X_y=True)
    assert DescentClassifier(loss).fit(X, y).score(X, y) > 0.96


def test_badly_scaled_columns_make_no_difference():
    X, y = load_wine(return_X_y=True)
    Z = StandardScaler().fit_transform(X)
    scales = 10.0 ** np.linspace(-4, 5, X.shape[1])
    for data in (Z, Z * scales, Z * scales + 10 * scales):
        with pytest.warns(ConvergenceWarning, match="separated"):
            assert DescentClassifier(alpha=0.0, max_iter=60, tol=None).fit(data, y).score(data, y) == 1.0


def test_units_of_the_target_make_no_difference():
    X, y = load_diabetes(return_X_y=True)
    one = DescentRegressor(penalty=None).fit(X, y)
    for unit, offset in ((1e-6, 0.0), (1e6, 0.0), (1.0, 1e6)):
        other = DescentRegressor(penalty=None).fit(X, y * unit + offset)
        assert other.n_iter_ == one.n_iter_
        np.testing.assert_allclose(other.coef_, one.coef_ * unit, rtol=1e-6)


@pytest.mark.parametrize(("loss", "level"), [("absolute_error", 0.5), ("quantile", 0.5), ("quantile", 0.9)])
def test_quantiles_have_their_share_of_the_rows_below(loss, level):
    X, y = load_diabetes(return_X_y=True)
    fitted = DescentRegressor(loss, quantile=level, penalty=None, tol=1e-5).fit(X, y)
    assert np.mean(y <= fitted.predict(X)) == pytest.approx(level, abs=0.03)


def test_poisson_predicts_counts():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 3))
    mean = np.exp(2 + X @ [0.5, -0.3, 0.0])
    fitted = DescentRegressor("poisson", tol=1e-8, alpha=0.0).fit(X, rng.poisson(mean))
    np.testing.assert_allclose(fitted.coef_, [0.5, -0.3, 0.0], atol=0.05)
    assert fitted.predict(X).min() > 0


@pytest.mark.parametrize("batch_size", [1, 16])
def test_mini_batches_come_close_to_the_optimum(batch_size):
    X, y = load_breast_cancer(return_X_y=True)
    fitted = DescentClassifier(batch_size=batch_size, random_state=0).fit(X, y)
    assert fitted.run_.record.unit == "epoch"
    assert fitted.score(X, y) > 0.96
