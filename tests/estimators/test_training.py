"""What fit and partial_fit do and leave behind: batches, columns, rates, averages, early ends, warnings, memory."""

import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import steepest
from steepest import DescentClassifier, DescentRegressor, Outcome
from steepest.estimators import training
from steepest.problems import design

CANCER = load_breast_cancer(return_X_y=True)
IRIS = load_iris(return_X_y=True)


def test_the_attributes_of_a_fit():
    X, y = CANCER
    fitted = DescentClassifier().fit(X, y)
    assert fitted.coef_.shape == (1, 30)
    assert fitted.intercept_.shape == (1,)
    assert fitted.classes_.tolist() == [0, 1]
    assert fitted.n_iter_ == fitted.run_.nit == len(fitted.loss_curve_) == fitted.t_
    assert fitted.loss_curve_[-1] == fitted.run_.f
    assert fitted.validation_scores_ is None
    assert fitted.run_.outcome is Outcome.CONVERGED
    np.testing.assert_array_equal(fitted.run_.predict(X), fitted.predict(X))
    np.testing.assert_allclose(fitted.run_.problem.outputs(fitted.run_.x), fitted.decision_function(X), rtol=1e-9)


def test_three_classes_are_softmax_or_one_against_the_rest():
    X, y = IRIS
    together = DescentClassifier().fit(X, y)
    apart = DescentClassifier(multi_class="one_vs_rest").fit(X, y)
    assert together.run_.problem.loss_name == "multinomial_log_loss"
    assert apart.run_.problem.loss_name == "log_loss"
    for fitted in (together, apart):
        assert fitted.coef_.shape == (3, 4)
        np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1)
        np.testing.assert_array_equal(fitted.predict_proba(X).argmax(axis=1), fitted.predict(X))
    single = DescentClassifier(tol=None, max_iter=20, learning_rate=0.1).fit(X, y == 2)
    first = DescentClassifier(tol=None, max_iter=20, learning_rate=0.1, multi_class="one_vs_rest").fit(X, y)
    np.testing.assert_allclose(first.coef_[2], single.coef_[0], rtol=1e-9)


def test_probabilities_are_there_for_the_losses_that_have_them():
    X, y = CANCER
    p = DescentClassifier("modified_huber").fit(X, y).predict_proba(X)
    assert p.min() >= 0
    assert not hasattr(DescentClassifier("hinge"), "predict_proba")
    with pytest.raises(AttributeError) as error:
        _ = DescentClassifier("hinge").predict_proba
    assert "probability estimates are not available for loss='hinge'" in str(error.value.__cause__)


def test_the_first_step_by_hand():
    X, y = np.array([[1.0], [-1.0]]), np.array([3.0, 1.0])
    fitted = DescentRegressor(learning_rate=0.1, momentum=0.0, max_iter=1, tol=None, alpha=0.5).fit(X, y)
    assert fitted.intercept_ == [2.0]  # the start is the mean, where the intercept's slope is 0
    assert fitted.coef_ == pytest.approx([0.1])  # -0.1 times the mean of (2 - y) x = -1


def test_the_momentum_parameter_goes_to_methods_that_have_it():
    X, y = CANCER
    method = DescentClassifier(momentum=0.5, max_iter=3, tol=None).fit(X, y).run_.recipe["method"]
    assert method["momentum"] == 0.5
    assert "momentum" not in DescentClassifier(method="adam", momentum=0.5).fit(X, y).run_.recipe["method"]
    own = steepest.methods.Momentum(momentum=0.3, rate_outside=True)
    method = DescentClassifier(method=own, momentum=0.5, max_iter=3, tol=None).fit(X, y).run_.recipe["method"]
    assert (method["momentum"], method["rate_outside"]) == (0.3, True)


def test_schedules_and_numbers_are_learning_rates():
    X, y = CANCER
    for rate in (0.1, steepest.schedules.Cosine(0.2), lambda t: 0.1):
        assert DescentClassifier(learning_rate=rate, max_iter=100, tol=None).fit(X, y).score(X, y) > 0.95


def test_uneven_columns_are_scaled_inside_and_the_run_says_so():
    X, y = CANCER
    fitted = DescentClassifier().fit(X, y)
    assert "columns centred and scaled inside" in fitted.run_.message
    assert "columns scaled inside" in DescentClassifier().fit(sp.csr_array(X), y).run_.message
    even = DescentClassifier().fit(StandardScaler().fit_transform(X), y)
    assert "inside" not in even.run_.message
    assert even.run_.problem.columns is None


def test_strong_penalties_bear_uneven_columns():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 3)) * [1.0, 1e-3, 1e3]
    y = X @ [1.0, 1.0, 1e-3] + 0.1 * rng.standard_normal(200)
    fitted = DescentRegressor(alpha=1.0, tol=1e-8).fit(X, y)
    assert fitted.run_.outcome is Outcome.CONVERGED
    model = steepest.LinearModel(X, y, penalty="l2", alpha=1.0)
    exact = np.linalg.solve(
        (X - X.mean(0)).T @ (X - X.mean(0)) / 200 + np.eye(3), (X - X.mean(0)).T @ (y - y.mean()) / 200
    )
    best = model.value(np.concatenate(([y.mean() - X.mean(0) @ exact], exact)))
    assert model.value(fitted.run_.problem.coefficients(fitted.run_.x)) <= best * (1 + 1e-6)


def test_batch_size_auto_is_the_whole_batch_until_the_data_are_large(monkeypatch):
    X, y = CANCER
    assert DescentClassifier().fit(X, y).run_.record.setup["batch_size"] is None
    monkeypatch.setattr(training, "WHOLE", 1000)
    assert DescentClassifier().fit(X, y).run_.record.setup["batch_size"] == training.BATCH


def test_the_sampling_is_that_of_the_random_state():
    X, y = IRIS
    options = {"batch_size": 8, "max_iter": 5, "tol": None}
    a, b, c = (DescentClassifier(random_state=seed, **options).fit(X, y).coef_ for seed in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()
    still = [DescentClassifier(shuffle=False, random_state=seed, **options).fit(X, y).coef_ for seed in (0, 1)]
    np.testing.assert_array_equal(*still)


def test_average_is_the_mean_of_the_rows():
    X, y = CANCER
    path = [DescentClassifier(max_iter=k, tol=None).fit(X, y).coef_ for k in (1, 2, 3)]
    np.testing.assert_allclose(DescentClassifier(max_iter=3, tol=None, average=True).fit(X, y).coef_, np.mean(path, 0))
    late = DescentClassifier(max_iter=3, tol=None, average=2 * len(y)).fit(X, y)
    np.testing.assert_allclose(late.coef_, np.mean(path[1:], 0))
    assert "average of the rows" in late.run_.message


def test_early_stopping_ends_where_the_score_stops_rising():
    X, y = load_digits(return_X_y=True)
    fitted = DescentClassifier(early_stopping=True, random_state=0).fit(X, y)
    assert fitted.run_.outcome is Outcome.STOPPED
    best = np.maximum.accumulate([-np.inf, *fitted.validation_scores_])
    rises = np.array(fitted.validation_scores_) >= best[:-1] + fitted.tol
    assert not rises[-fitted.n_iter_no_change :].any()
    assert fitted.n_iter_ == training_rows(fitted)
    assert fitted.score(X, y) > 0.95
    X, y = load_diabetes(return_X_y=True)
    assert DescentRegressor(early_stopping=True, random_state=0).fit(X, y).score(X, y) > 0.45


def training_rows(fitted):
    from steepest.estimators.base import WHOLE_SCORED_EVERY

    return WHOLE_SCORED_EVERY * len(fitted.validation_scores_)


def test_a_warm_start_goes_on():
    X, y = CANCER
    fitted = DescentClassifier(warm_start=True).fit(X, y)
    first, f = fitted.n_iter_, fitted.run_.f
    fitted.fit(X, y)
    assert fitted.n_iter_ < first
    assert fitted.loss_curve_[0] <= f
    with pytest.raises(ValueError, match="goes on with the classes"):
        fitted.fit(X, y + 1)
    with pytest.raises(ValueError, match="weights of shape"):
        fitted.fit(X[:, :3], y)


def test_partial_fit_learns_in_passes():
    X, y = CANCER
    X, fitted = StandardScaler().fit_transform(X), DescentClassifier(random_state=0)
    for _ in range(10):
        fitted.partial_fit(X, y, classes=[0, 1])
    assert fitted.score(X, y) > 0.97
    assert len(fitted.loss_curve_) == 10
    assert fitted.t_ == 10 * -(-len(y) // training.PARTIAL)
    averaged = DescentRegressor(average=True, random_state=0)
    Z, z = load_diabetes(return_X_y=True)
    for _ in range(20):
        averaged.partial_fit(Z * 20, z)
    assert averaged.score(Z * 20, z) > 0.5


def test_partial_fit_takes_rows_of_some_classes_only():
    X, y = IRIS
    for loss in ("log_loss", "hinge"):
        fitted = DescentClassifier(loss, random_state=0)
        for _ in range(20):
            for k in (0, 1, 2):
                fitted.partial_fit(X[y == k], y[y == k], classes=[0, 1, 2])
        assert fitted.coef_.shape == (3, 4)
        assert fitted.predict(X).shape == y.shape


def test_partial_fit_averages_its_iterates():
    X, y = CANCER
    X = StandardScaler().fit_transform(X)
    plain, averaged = DescentClassifier(batch_size=None), DescentClassifier(batch_size=None, average=True)
    path = []
    for _ in range(4):
        plain.partial_fit(X, y, classes=[0, 1])
        averaged.partial_fit(X, y, classes=[0, 1])
        path.append(plain.coef_)
    np.testing.assert_allclose(averaged.coef_, np.mean(path, axis=0))


def test_class_weights_are_weights_of_rows():
    X, y = IRIS
    by_class = DescentClassifier(class_weight={0: 2.0, 2: 0.5}).fit(X, y)
    by_row = DescentClassifier().fit(X, y, sample_weight=np.array([2.0, 1.0, 0.5])[y])
    np.testing.assert_allclose(by_class.coef_, by_row.coef_, rtol=1e-9)
    few = np.r_[0:50, 50:60]
    balanced = DescentClassifier(class_weight="balanced").fit(X[few], y[few])
    by_row = DescentClassifier().fit(X[few], y[few], sample_weight=np.where(y[few] == 0, 1.0, 5.0))
    np.testing.assert_allclose(balanced.coef_, by_row.coef_, rtol=1e-9)


def test_sparse_columns_are_scaled_like_those_without_a_mean():
    X, y = load_digits(return_X_y=True)
    dense = DescentClassifier(fit_intercept=False, max_iter=30, tol=None).fit(X, y)
    sparse = DescentClassifier(fit_intercept=False, max_iter=30, tol=None).fit(sp.csr_matrix(X), y)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-6, atol=1e-12)
    assert DescentClassifier(batch_size=32, max_iter=5, tol=None).fit(sp.csr_array(X), y).score(X, y) > 0.9


def test_a_pickle_holds_no_training_data():
    X, y = CANCER
    fitted = DescentClassifier().fit(X, y)
    held = pickle.dumps(fitted)
    assert len(held) < X.nbytes / 5
    again = pickle.loads(held)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert again.run_.message.startswith("CONVERGED")
    assert again.run_.recipe["problem"] == fitted.run_.recipe["problem"]
    assert again.partial_fit(X, y).t_ > fitted.t_


def test_parameters_survive_cloning():
    method = steepest.methods.Adam(learning_rate=0.05)
    copy = clone(DescentClassifier("hinge", method=method, alpha=0.1, learning_rate=steepest.schedules.Cosine(0.1)))
    assert copy.get_params()["method"] == method
    assert copy.set_params(loss="log_loss", alpha=1.0).get_params()["alpha"] == 1.0


def test_pipelines_searches_and_frames():
    pd = pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    fitted = DescentClassifier().fit(X, names)
    assert fitted.feature_names_in_.tolist() == list(X.columns)
    assert fitted.predict(X)[0] == "setosa"
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X[X.columns[::-1]])
    assert DescentClassifier(early_stopping=True, random_state=0).fit(X, names).score(X, names) > 0.8
    pipe = make_pipeline(StandardScaler(), DescentClassifier()).set_output(transform="pandas")
    assert cross_val_score(pipe, X, names).mean() > 0.93
    search = GridSearchCV(pipe, {"descentclassifier__method": ["momentum", "adam"]}, cv=3).fit(X, names)
    assert search.best_score_ > 0.93
    assert isinstance(pd.Series(search.predict(X)), pd.Series)


def test_weights_are_routed():
    X, y = IRIS
    weights = np.linspace(0, 2, len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        asks = DescentClassifier().set_fit_request(sample_weight=True)
        routed = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), asks).fit(
            X, y, sample_weight=weights
        )
    plain = DescentClassifier().fit(StandardScaler().fit_transform(X), y, sample_weight=weights)
    np.testing.assert_array_equal(routed[-1].coef_, plain.coef_)


# -- endings ----------------------------------------------------------------------------------------------------------


def test_reaching_max_iter_is_said():
    X, y = CANCER
    with pytest.warns(ConvergenceWarning, match=r"stopped at max_iter=5 iterations.*raise max_iter or tol"):
        DescentClassifier(max_iter=5).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DescentClassifier(max_iter=5, tol=None).fit(X, y)


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("rate", [50.0, 1e300])
def test_a_rate_too_large_is_said_with_its_limit_and_the_weights_stay_finite(rate, batch_size):
    X, y = load_diabetes(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match=r"diverged.*learning_rate .* is above .*try learning_rate="):
        fitted = DescentRegressor(learning_rate=rate, batch_size=batch_size).fit(X, y)
    assert np.isfinite(fitted.coef_).all()
    assert np.isfinite(fitted.predict(X)).all()


def test_separable_classes_without_a_penalty_are_said():
    X, y = IRIS
    with pytest.warns(ConvergenceWarning, match=r"separated .* no penalty.*grow for ever"):
        DescentClassifier(penalty=None).fit(X[:100], y[:100])
    with pytest.warns(ConvergenceWarning, match="grow for ever"):
        DescentClassifier(alpha=0.0).fit(X[y != 1], y[y != 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DescentClassifier().fit(X[:100], y[:100])
        DescentClassifier("hinge", penalty=None).fit(X[:100], y[:100])


def test_progress_may_be_asked_for_without_the_words_of_verbose(monkeypatch, capsys):
    X, y = CANCER
    told = []
    ended = training.minimize
    monkeypatch.setattr(
        training, "minimize", lambda *given, **named: told.append(named["progress"]) or ended(*given, **named)
    )
    fitted = DescentClassifier()
    fitted._progress = "auto"
    fitted.fit(X, y)
    assert "_progress" not in clone(fitted).__dict__
    DescentClassifier(verbose=1).fit(X, y)
    DescentClassifier().fit(X, y)
    assert told == ["auto", True, False]
    assert capsys.readouterr().err.count("CONVERGED") == 1


def test_kinks_get_a_rate_that_is_constant_for_a_hundred_iterations():
    X, y = IRIS
    rate = DescentClassifier("hinge").fit(X, y).run_.history.learning_rate[1:]
    assert rate[0] > rate[99] == pytest.approx(rate[0] * (100 / 199) ** 0.6)


@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "nesterov", "adam"])
def test_the_perceptrons_falls_before_what_is_left_of_w_turns_at_random(method):
    X, y = make_blobs(n_samples=300, random_state=0)
    X = StandardScaler().fit_transform(X)
    fitted = DescentClassifier("perceptron", method=method).fit(X, y)
    rate = fitted.run_.history.learning_rate[1:]
    assert rate[9] == pytest.approx(rate[0] * (10 / 19) ** 0.6)
    for seed in range(5):
        noise = np.random.default_rng(seed).uniform(-1, 1, X.shape)
        assert fitted.fit(X * (1 + 1e-7 * noise), y).score(X, y) > 0.91


def test_methods_with_a_rate_of_their_own_keep_it():
    X, y = CANCER
    fitted = DescentClassifier(method="lbfgs").fit(X, y)
    assert fitted.run_.success
    assert fitted.run_.f < DescentClassifier().fit(X, y).run_.f


# -- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 256])
@pytest.mark.parametrize("layout", ["C", "F", "float32", "strided"])
def test_fit_copies_nothing_of_X(layout, batch_size):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20_000, 100)) * 3 + 1  # uneven enough to be scaled inside
    y = (X[:, 0] > 1).astype(int)
    data = {
        "C": lambda: X, "F": lambda: np.asfortranarray(X), "float32": lambda: X.astype(np.float32),
        "strided": lambda: np.repeat(X, 2, axis=1)[:, ::2],
    }[layout]()  # fmt: skip
    fitted = DescentClassifier(batch_size=batch_size, max_iter=2, tol=None)
    fitted.fit(data, y)  # what is loaded and compiled once
    tracemalloc.start()
    try:
        fitted.fit(data, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fitted.run_.problem.columns is not None
    assert fitted.run_.problem.X is data
    assert peak < 0.4 * data.nbytes


def test_X_is_read_once_for_numbers_that_are_not_finite(monkeypatch):
    X, y = CANCER
    seen = []
    finite = design.finite
    monkeypatch.setattr(design, "finite", lambda array: seen.append(array.shape) or finite(array))
    for fitted in (DescentClassifier(early_stopping=True), DescentRegressor(max_iter=5, tol=None)):
        seen.clear()
        fitted.fit(X, y)
        assert seen.count(X.shape) == 1
