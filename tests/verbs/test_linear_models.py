"""Linear models from end to end: descent reaches the optima of scikit-learn and SciPy, and a Run predicts labels, is
saved, loaded and replayed."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize as scipy_minimize
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, PoissonRegressor, QuantileRegressor, Ridge
from sklearn.svm import LinearSVC

import steepest
from steepest import LinearModel, minimize
from steepest.base.errors import ArgumentError
from steepest.problems import losses

RNG = np.random.default_rng(7)
X = RNG.standard_normal((60, 4)) + np.array([0.0, 0.5, 0.0, -0.5])
TARGET = X @ [1.5, 0.0, -2.0, 0.02] + 0.7 + 0.3 * RNG.standard_normal(60)
SEVERAL = np.c_[TARGET, X @ [0.0, 1.0, 0.0, 0.0] + 0.3 * RNG.standard_normal(60)]
TWO = np.where(TARGET + 1.5 * RNG.standard_normal(60) > 0.7, "yes", "no")
THREE = np.array(["high", "low", "mid"])[np.digitize(TARGET + RNG.standard_normal(60), [-0.5, 1.5])]
WEIGHTS = RNG.random(60) * (np.arange(60) % 3 > 0)
RULES = [("gradient_descent", {}), ("momentum", {}), ("nesterov", {}), ("adam", {"learning_rate": 0.02})]
rules = pytest.mark.parametrize(("method", "fields"), RULES, ids=[name for name, _ in RULES])
SMOOTH = [name for name in losses.names() if np.isfinite(losses.find(name)().curvature())]
KINKED = [name for name in losses.names() if name not in SMOOTH and name not in ("poisson", "perceptron")]


def targets(loss, several=False):
    if losses.find(loss).kind == "classification":
        return THREE if several else TWO
    return SEVERAL if several else TARGET


def descend(model, **options):
    return minimize(model, **{"engine": "python", "max_iter": 20_000, "grad_tol": 1e-9, "record": "none"} | options)


def close(model, run, intercept, coefficients, rtol=1e-6):
    """Whether a run ended at a peer's optimum: in its objective (a millionth of it) and its weights (a thousandth)."""
    peer = np.r_[intercept, coefficients] if model.fit_intercept else coefficients
    assert run.success
    assert run.f == pytest.approx(model.value(peer), rel=rtol)
    np.testing.assert_allclose(run.x, peer, rtol=1e-3, atol=1e-3)


# -- penalties -------------------------------------------------------------------------------------------------------


@rules
def test_l1_is_the_lasso_with_its_exact_zeros(method, fields):
    model = LinearModel(X, TARGET, penalty="l1", alpha=0.15)
    run = descend(model, method=method, **fields)
    lasso = Lasso(alpha=0.15, tol=1e-12).fit(X, TARGET)
    assert model.value(run.w) == pytest.approx(model.value(np.r_[lasso.intercept_, lasso.coef_]), rel=1e-9)
    assert np.array_equal(run.w[1:] == 0, lasso.coef_ == 0)
    assert 1 <= (run.w == 0).sum() <= 3
    np.testing.assert_allclose(run.w, np.r_[lasso.intercept_, lasso.coef_], atol=1e-5)
    assert run.record.grad_norm == pytest.approx(np.abs(model.gradient(run.w)).max(), rel=1e-9)


@rules
def test_the_elastic_net_is_scikit_learns(method, fields):
    model = LinearModel(X, TARGET, penalty="elasticnet", alpha=0.3, l1_ratio=0.6)
    run = descend(model, method=method, **fields)
    peer = ElasticNet(alpha=0.3, l1_ratio=0.6, tol=1e-12).fit(X, TARGET)
    assert np.array_equal(run.w[1:] == 0, peer.coef_ == 0)
    close(model, run, peer.intercept_, peer.coef_, rtol=1e-9)


@pytest.mark.parametrize("y", [TARGET, SEVERAL], ids=["one", "several"])
def test_l2_is_ridge(y):
    model = LinearModel(X, y, penalty="l2", alpha=0.2)
    peer = Ridge(alpha=0.2 * 60, solver="cholesky").fit(X, y)
    run = descend(model)
    found = model.split(run.w)
    np.testing.assert_allclose(found[0], peer.intercept_, atol=1e-7)
    np.testing.assert_allclose(found[1], peer.coef_.T, atol=1e-7)
    np.testing.assert_allclose(run.predict(X), peer.predict(X), atol=1e-6)


def test_weighed_l2_is_weighed_ridge_with_both_reductions():
    peer = Ridge(alpha=3.0).fit(X, TARGET, sample_weight=WEIGHTS)
    summed = LinearModel(X, TARGET, penalty="l2", alpha=3.0, sample_weight=WEIGHTS, reduction="sum")
    mean = LinearModel(X, TARGET, penalty="l2", alpha=3.0 / WEIGHTS.sum(), sample_weight=WEIGHTS)
    for model in (summed, mean):
        run = descend(model)
        np.testing.assert_allclose(run.w, np.r_[peer.intercept_, peer.coef_], atol=1e-6)
    assert summed.value(run.w) == pytest.approx(mean.value(run.w) * WEIGHTS.sum(), rel=1e-12)


# -- losses ----------------------------------------------------------------------------------------------------------


def test_log_loss_is_logistic_regression():
    model = LinearModel(X, TWO, "log_loss", penalty="l2", alpha=0.05)
    peer = LogisticRegression(C=1 / (0.05 * 60), tol=1e-10, max_iter=1000).fit(X, TWO)
    run = descend(model)
    close(model, run, float(peer.intercept_[0]), peer.coef_[0])
    assert np.array_equal(run.predict(X), peer.predict(X))
    assert run.training_errors == (int((peer.predict(X) != TWO).sum()), 60)


def test_multinomial_log_loss_is_multinomial_logistic_regression():
    model = LinearModel(X, THREE, "multinomial_log_loss", penalty="l2", alpha=0.05)
    peer = LogisticRegression(C=1 / (0.05 * 60), tol=1e-10, max_iter=1000).fit(X, THREE)
    run = descend(model, method="nesterov")
    assert run.w.shape == (5, 3)
    assert run.f == pytest.approx(model.value(np.vstack((peer.intercept_, peer.coef_.T)).ravel()), rel=1e-7)
    np.testing.assert_allclose(model.split(run.w)[1], peer.coef_.T, atol=1e-4)
    assert np.array_equal(run.predict(X), peer.predict(X))


def test_one_against_the_rest_is_a_model_each():
    model = LinearModel(X, THREE, "log_loss", penalty="l2", alpha=0.05)
    run = descend(model, method="nesterov")
    for k, label in enumerate(["high", "low", "mid"]):
        alone = LogisticRegression(C=1 / (0.05 * 60), tol=1e-10, max_iter=1000).fit(X, label == THREE)
        np.testing.assert_allclose(run.w[:, k], np.r_[alone.intercept_, alone.coef_[0]], atol=1e-4)


def test_squared_hinge_is_a_linear_support_vector_machine():
    model = LinearModel(X, TWO, "squared_hinge", penalty="l2", alpha=0.1, fit_intercept=False)
    peer = LinearSVC(loss="squared_hinge", C=1 / (0.1 * 60), fit_intercept=False, tol=1e-10, max_iter=100_000)
    close(model, descend(model), 0.0, peer.fit(X, TWO).coef_[0])


def test_poisson_is_scikit_learns():
    counts = RNG.poisson(np.exp(0.3 * X[:, 0]))
    model = LinearModel(X, counts, "poisson", penalty="l2", alpha=0.1)
    peer = PoissonRegressor(alpha=0.1, tol=1e-10, max_iter=1000).fit(X, counts)
    run = descend(model)
    close(model, run, peer.intercept_, peer.coef_)
    np.testing.assert_allclose(run.predict(X), peer.predict(X), rtol=1e-3)


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
@pytest.mark.parametrize("rescaled", [False, True], ids=["plain", "rescaled"])
def test_smooth_losses_reach_the_optimum_that_scipy_finds(loss, several, rescaled):
    plain = LinearModel(X, targets(loss, several), loss, penalty="l2", alpha=0.05, sample_weight=WEIGHTS)
    model = plain.rescaled() if rescaled else plain
    run = descend(model, method="nesterov", grad_tol=1e-7)
    peer = scipy_minimize(plain.value, np.zeros(plain.n), jac=plain.gradient, method="BFGS", options={"gtol": 1e-7})
    assert run.success
    assert run.f == pytest.approx(peer.fun, rel=1e-6)
    for found, wanted in zip(model.split(run.w), plain.split(peer.x), strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-3)
    found, wanted = run.predict(X), plain.predict(peer.x, X)
    if model.classes is None:
        np.testing.assert_allclose(found, wanted, atol=1e-2)
    else:
        assert np.mean(found == wanted) > 0.95


@pytest.mark.parametrize(("quantile", "alpha"), [(0.5, 0.05), (0.8, 0.02)])
def test_the_quantile_loss_has_the_optimum_of_the_linear_program(quantile, alpha):
    from steepest.problems.losses.quantile import Quantile

    model = LinearModel(X, TARGET, Quantile(quantile), penalty="l1", alpha=alpha)
    peer = QuantileRegressor(quantile=quantile, alpha=alpha, solver="highs").fit(X, TARGET)
    best = model.value(np.r_[peer.intercept_, peer.coef_])
    run = descend(model, method="gradient_descent", learning_rate=0.02, max_iter=3000, record="auto")
    assert best <= run.history.f.min() <= best * 1.01


def test_the_hinge_has_the_optimum_of_the_support_vector_machine():
    model = LinearModel(X, TWO, "hinge", penalty="l2", alpha=0.1, fit_intercept=False)
    peer = LinearSVC(loss="hinge", C=1 / (0.1 * 60), fit_intercept=False, tol=1e-10, max_iter=1_000_000).fit(X, TWO)
    best = model.value(peer.coef_[0])
    run = descend(model, method="gradient_descent", learning_rate=0.01, max_iter=3000, record="auto")
    assert best * (1 - 1e-9) <= run.history.f.min() <= best * 1.01


@pytest.mark.parametrize("loss", KINKED)
@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_losses_with_kinks_come_close_to_the_best_of_random_directions(loss, penalty):
    """A convex function that rises in many directions from where descent got is close to its minimum there."""
    model = LinearModel(X, targets(loss), loss, penalty=penalty, alpha=0.05)
    run = descend(model, learning_rate=0.01, method="gradient_descent", max_iter=3000)
    rng, best = np.random.default_rng(0), run.best
    assert best.f < 0.8 * model.value(model.start)
    steps = 0.2 * rng.standard_normal((200, model.n))
    assert min(model.value(best.w + step) for step in steps) > best.f


# -- data, weights, batches ------------------------------------------------------------------------------------------


@rules
def test_rows_without_weight_are_as_if_removed(method, fields):
    kept = WEIGHTS > 0
    options = {"method": method, "max_iter": 50, "learning_rate": 0.1, **fields}
    whole = LinearModel(X, THREE, "log_loss", penalty="l1", alpha=0.02, sample_weight=WEIGHTS)
    part = LinearModel(X[kept], THREE[kept], "log_loss", penalty="l1", alpha=0.02, sample_weight=WEIGHTS[kept])
    runs = [descend(model, **options) for model in (whole, part)]
    assert runs[0].f == pytest.approx(runs[1].f, rel=1e-10)
    np.testing.assert_allclose(runs[0].w, runs[1].w, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("loss", ["squared_error", "multinomial_log_loss"])
def test_a_sparse_matrix_runs_as_its_dense_one(batch_size, loss):
    A = np.where(np.abs(X) > 0.7, X, 0.0)
    options = {"batch_size": batch_size, "max_iter": 20, "learning_rate": 0.05, "seed": 1, "grad_tol": None}
    runs = [
        descend(LinearModel(form(A), targets(loss, True), loss, penalty="elasticnet", alpha=0.1), **options)
        for form in (np.asarray, sp.csr_array, sp.csc_matrix, sp.coo_array)
    ]
    for run in runs[1:]:
        np.testing.assert_allclose(run.w, runs[0].w, rtol=1e-9, atol=1e-12)
        assert np.array_equal(run.w == 0, runs[0].w == 0)
        assert run.predict(sp.csr_array(A)).shape == run.predict(A).shape
        if loss == "squared_error":
            np.testing.assert_allclose(run.predict(sp.csr_array(A)), run.predict(A), rtol=1e-12, atol=1e-12)
        else:
            assert np.array_equal(run.predict(sp.csr_array(A)), run.predict(A))


@pytest.mark.parametrize("penalty", ["l1", "elasticnet"])
def test_sums_step_as_means_do_at_a_rate_by_the_rows(penalty):
    """The same path, batches and their share of the penalty among it, where rows divide evenly."""
    mean = LinearModel(X, TARGET, penalty=penalty, alpha=0.1)
    summed = LinearModel(X, TARGET, penalty=penalty, alpha=6.0, reduction="sum")
    for batch_size, rate in ((None, 60), (15, 15)):
        options = {"batch_size": batch_size, "max_iter": 30, "seed": 3, "grad_tol": None, "method": "gradient_descent"}
        one = descend(mean, learning_rate=0.06, **options)
        other = descend(summed, learning_rate=0.06 / rate, **options)
        np.testing.assert_allclose(other.w, one.w, rtol=1e-9)
        assert other.f == pytest.approx(60 * one.f, rel=1e-10)


@pytest.mark.parametrize("kind", ["f4", "F", "strided"])
def test_data_of_any_layout_reaches_the_same_optimum_without_a_copy(kind):
    A = {"f4": X.astype("f4"), "F": np.asfortranarray(X), "strided": np.repeat(X, 3, axis=1)[:, ::3]}[kind]
    model = LinearModel(A, TARGET, penalty="l2", alpha=0.1)
    assert model.X is A
    wanted = descend(LinearModel(A.astype(float), TARGET, penalty="l2", alpha=0.1)).w
    np.testing.assert_allclose(descend(model).w, wanted, atol=1e-7)


# -- the Run ---------------------------------------------------------------------------------------------------------

RUNS = {
    "two classes": (TWO, "log_loss", (5,)), "softmax": (THREE, "multinomial_log_loss", (5, 3)),
    "one against the rest": (THREE, "hinge", (5, 3)), "two outputs for two classes": (TWO, "multinomial_log_loss",
                                                                                     (5, 2)),
    "labels and squared error": (TWO, "squared_error", (5,)), "booleans": (TWO == "yes", "log_loss", (5,)),
    "integers": ((TWO == "yes") * 7, "squared_hinge", (5,)), "floating signs": (np.where(TWO == "yes", 1.0, -1.0),
                                                                               "log_loss", (5,)),
    "several targets": (SEVERAL, "huber", (5, 2)), "counts": (np.arange(60) % 4, "poisson", (5,)),
}  # fmt: skip


@pytest.mark.parametrize("name", list(RUNS))
@pytest.mark.parametrize("rescaled", [False, True], ids=["plain", "rescaled"])
def test_a_run_is_saved_loaded_and_replayed(name, rescaled, tmp_path):
    y, loss, shape = RUNS[name]
    model = LinearModel(X, y, loss, penalty="elasticnet", alpha=0.05, sample_weight=WEIGHTS)
    model = model.rescaled() if rescaled else model
    run = minimize(model, engine="python", max_iter=40, learning_rate=0.02)
    assert run.w.shape == shape
    assert run.best.w.shape == shape
    assert run.history.w.shape == (run.nit + 1, int(np.prod(shape)))
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert np.array_equal(loaded.w, run.w)
    assert loaded.recipe == run.recipe
    for given in (X, X.tolist(), sp.csr_array(X), X[:, ::-1][:, ::-1]):
        assert np.array_equal(loaded.predict(given), run.predict(given))
    np.testing.assert_array_equal(run.predict(X), model.predict(run.w, X))
    replayed = loaded.replay(model)
    assert np.array_equal(replayed.history.w, run.history.w)
    assert np.array_equal(run.replay().w, run.w)
    with pytest.raises(ArgumentError, match=r"^problem differs from the recorded one: its l2 is 0\.0"):
        loaded.replay(LinearModel(X, y, loss, penalty="elasticnet", alpha=0.06, sample_weight=WEIGHTS))


@pytest.mark.parametrize("name", [name for name, (y, _, _) in RUNS.items() if y is TWO or y is THREE])
def test_training_errors_are_the_labels_that_predictions_miss(name):
    y, loss, _ = RUNS[name]
    run = minimize(LinearModel(X, y, loss), engine="python", max_iter=30, learning_rate=0.1)
    assert set(run.predict(X)) <= set(y)
    assert run.training_errors == (int((run.predict(X) != y).sum()), 60)
    assert 0 < run.training_errors[0] < 25


def test_training_errors_need_two_values_or_labels():
    options = {"engine": "python", "max_iter": 5, "learning_rate": 0.1}
    assert minimize(LinearModel(X, TARGET), **options).training_errors is None
    assert minimize(LinearModel(X, SEVERAL), **options).training_errors is None
    assert minimize(LinearModel(X, (TWO == "yes") * 1.0), **options).training_errors is not None


def test_a_start_may_have_the_shape_of_the_weights():
    model, start = LinearModel(X, THREE, "multinomial_log_loss"), np.arange(15.0).reshape(5, 3) / 10
    run = minimize(model, start, engine="python", max_iter=3, learning_rate=0.1)
    assert np.array_equal(run.start, start)
    assert np.array_equal(run.w, minimize(model, start.ravel(), engine="python", max_iter=3, learning_rate=0.1).w)


def test_the_compiled_engine_ends_where_the_plain_one_does():
    model = LinearModel(X, TARGET, penalty="elasticnet", alpha=0.2, sample_weight=WEIGHTS)
    auto, plain = (minimize(model, method="gradient_descent", engine=engine) for engine in ("auto", "python"))
    assert auto.engine == "numba"
    np.testing.assert_allclose(auto.w, plain.w, rtol=1e-9)
    assert auto.record.grad_norm == pytest.approx(plain.record.grad_norm, rel=1e-3)


# -- kinks -----------------------------------------------------------------------------------------------------------


def test_grad_tol_judges_the_shortest_subgradient():
    model = LinearModel(X, TARGET, penalty="l1", alpha=50.0)
    run = descend(model, method="gradient_descent")
    assert run.success
    assert np.array_equal(run.w[1:], np.zeros(4))  # all coefficients are held at 0, by slopes that are not 0
    assert run.w[0] == pytest.approx(TARGET.mean(), rel=1e-8)
    assert np.abs(model.smooth_gradient(run.w)[1:]).max() > 0.1
    assert run.record.grad_norm <= 1e-9


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("penalty", ["l1", "elasticnet"])
def test_a_line_search_refuses_a_penalty_with_a_kink(maximize, penalty):
    model = LinearModel(X, TARGET, penalty=penalty, alpha=0.1)
    with pytest.raises(ArgumentError, match="needs a smooth objective, and an l1 penalty has a kink; give"):
        minimize(model, method="gradient_descent", learning_rate=steepest.line_search.Armijo(), maximize=maximize)
    smooth = LinearModel(X, TARGET, penalty="l2", alpha=0.1)
    assert minimize(smooth, method="gradient_descent", learning_rate=steepest.line_search.Armijo()).success


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_climbing_climbs(penalty):
    model = LinearModel(X, TARGET, penalty=penalty, alpha=0.1)
    run = minimize(model, maximize=True, max_iter=10, learning_rate=0.01, method="gradient_descent")
    assert np.all(np.diff(run.history.f) > 0)
    first = model.start + 0.01 * model.gradient(model.start)
    np.testing.assert_allclose(run.history.w[1], first, rtol=1e-12)


def test_a_box_holds_an_l1_penalised_run():
    model = LinearModel(X, TARGET, penalty="l1", alpha=0.1)
    run = descend(model, bounds=[(None, None), *[(-0.5, 0.5)] * 4], method="gradient_descent")
    assert run.success
    assert np.abs(run.w[1:]).max() == 0.5
    inner = scipy_minimize(
        lambda v: model.value(np.r_[v[0], v[1:5] - v[5:]]), np.full(9, 0.1), method="L-BFGS-B",
        bounds=[(None, None), *[(0, 0.5)] * 8], options={"ftol": 1e-14, "gtol": 1e-9, "maxfun": 100_000},
    )  # fmt: skip
    assert run.f <= inner.fun + 1e-6
