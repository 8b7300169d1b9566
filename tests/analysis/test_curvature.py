"""The largest curvature against NumPy's eigenvalues."""

import math
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import steepest
from steepest.analysis import curvature
from steepest.analysis.curvature import each_once, largest_curvature, largest_row_curvature
from steepest.problems import losses
from steepest.problems.function import Function
from steepest.problems.limited import limited
from steepest.problems.negated import Negated


def hessian(model):
    """Of squared error: X'X with the intercept's column of ones, mean or sum."""
    X = np.column_stack([np.ones(model.rows), model.X]) if model.fit_intercept else model.X
    return X.T @ X / (model.rows if model.reduction == "mean" else 1)


@st.composite
def models(draw):
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 7)))
    X = draw(hnp.arrays(np.float64, shape, elements=st.floats(-100, 100, allow_subnormal=False)))
    return steepest.LinearModel(
        X, np.zeros(shape[0]), fit_intercept=draw(st.booleans()), reduction=draw(st.sampled_from(["mean", "sum"]))
    )


@given(model=models())
def test_a_linear_models_curvature_is_the_top_eigenvalue_of_its_hessian(model):
    found = largest_curvature(model, np.zeros(model.n))
    wanted = np.linalg.eigvalsh(hessian(model))[-1]
    assert found.value == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert found.gradients == 0


@given(model=models(), w=st.floats(-9, 9))
def test_it_is_the_curvature_of_the_gradient_too(model, w):
    """The same number from differences of gradients, which know nothing of X."""
    plain = Function(model.value, model.gradient, model.n)
    at = np.full(model.n, w)
    found, wanted = largest_curvature(plain, at).value, largest_curvature(model, at).value
    assert found == pytest.approx(wanted, rel=1e-4, abs=1e-4 * max(1.0, wanted))


@given(model=models())
def test_a_problem_inside_another_is_recognised(model):
    wanted = largest_curvature(model, np.zeros(model.n))
    assert largest_curvature(Negated(model), np.zeros(model.n)) == wanted
    assert largest_curvature(limited(model, 5)[0], np.zeros(model.n)) == wanted


@given(model=models())
def test_no_row_curves_more_than_the_largest_row(model):
    rows = [
        np.linalg.eigvalsh(hessian(steepest.LinearModel(row[None], [0.0], fit_intercept=model.fit_intercept)))[-1]
        for row in model.X
    ]
    assert largest_row_curvature(model) == pytest.approx(max(rows), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("features", [curvature.GRAM_COLUMNS - 1, curvature.GRAM_COLUMNS, curvature.GRAM_COLUMNS + 200])
def test_many_columns_go_without_the_gram_matrix(intercept, reduction, features):
    X = np.random.default_rng(3).standard_normal((25, features)) + 0.1
    model = steepest.LinearModel(X, np.zeros(25), fit_intercept=intercept, reduction=reduction)
    whole = np.column_stack([np.ones(25), X]) if intercept else X
    wanted = np.linalg.svd(whole, compute_uv=False)[0] ** 2 / (25 if reduction == "mean" else 1)
    assert largest_curvature(model, np.zeros(model.n)).value == pytest.approx(wanted, rel=1e-5)


@st.composite
def any_models(draw):
    """Any loss with a curvature, penalty, weights, outputs, reduction, data type and order; perhaps scaled columns."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    rows, features, classes = draw(st.integers(4, 12)), draw(st.integers(1, 4)), draw(st.integers(2, 3))
    X = rng.standard_normal((rows, features)) * 10.0 ** rng.integers(-1, 2, features)
    loss = draw(st.sampled_from([name for name in losses.names() if np.isfinite(losses.find(name)().curvature())]))
    regression = losses.find(loss).kind == "regression"
    y = rng.standard_normal((rows, classes)) if regression else np.arange(rows) % classes
    form = draw(
        st.sampled_from([np.asarray, np.asfortranarray, sp.csr_array, lambda X: np.repeat(X, 2, axis=1)[:, ::2]])
    )
    model = steepest.LinearModel(
        form(X), y, loss,
        sample_weight=rng.random(rows) * (np.arange(rows) > 0) if draw(st.booleans()) else None,
        fit_intercept=draw(st.booleans()), reduction=draw(st.sampled_from(["mean", "sum"])),
    )  # fmt: skip
    return model.rescaled() if draw(st.booleans()) else model


def seen(model):
    """The columns as the model sees them, the intercept's first, times the roots of the weights."""
    X = np.asarray(model.X.todense() if model.sparse else model.X, dtype=float)
    if model.columns is not None:
        X = (X - model.columns.centre) * model.columns.factor
    X = np.column_stack([np.ones(model.rows), X]) if model.fit_intercept else X
    return X if model.weights is None else np.sqrt(model.weights)[:, None] * X


@given(model=any_models(), many=st.booleans())
def test_the_bound_is_the_top_eigenvalue_of_the_data_times_the_curvature_of_the_loss(model, many):
    was, curvature.GRAM_COLUMNS = curvature.GRAM_COLUMNS, 0 if many and model.n // model.outputs_per_row > 1 else 1000
    try:
        found = largest_curvature(model, np.zeros(model.n)).value
    finally:
        curvature.GRAM_COLUMNS = was
    wanted = np.linalg.svd(seen(model), compute_uv=False)[0] ** 2 * model.share * model.loss.curvature()
    assert found == pytest.approx(wanted, rel=1e-5 if many else 1e-9)


@given(model=any_models(), seed=st.integers(0, 99), apart=st.sampled_from([1e-3, 1.0, 100.0]))
def test_gradients_change_no_faster_than_the_bound(model, seed, apart):
    rng = np.random.default_rng(seed)
    w, step = rng.standard_normal(model.n), apart * rng.standard_normal(model.n)
    change = np.linalg.norm(model.gradient(w + step) - model.gradient(w))
    assert change <= largest_curvature(model, w).value * np.linalg.norm(step) * (1 + 1e-9)


@given(model=any_models())
def test_the_largest_row_is_found_under_weights_and_scales(model):
    wanted = np.square(seen(model)).sum(axis=1).max() * model.loss.curvature()
    assert largest_row_curvature(model) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("rescaled", [True, False])
def test_the_l2_penalty_adds_its_largest_factor(reduction, rescaled):
    X = np.random.default_rng(0).standard_normal((9, 3)) * [1.0, 10.0, 0.1]
    plain, model = (
        steepest.LinearModel(X, X[:, 0], penalty="elasticnet", alpha=a, l1_ratio=0.25, reduction=reduction)
        for a in (0.0, 0.4)
    )
    plain, model = (plain.rescaled(), model.rescaled()) if rescaled else (plain, model)
    most = 0.3 * (model.columns.factor.max() ** 2 if rescaled else 1.0)
    w = np.zeros(4)
    assert largest_curvature(model, w).value == pytest.approx(largest_curvature(plain, w).value + most, rel=1e-12)
    assert largest_row_curvature(model) == pytest.approx(largest_row_curvature(plain) + most, rel=1e-12)


def test_losses_without_a_curvature_count_as_if_rounded_and_poisson_by_its_counts():
    X, y = np.ones((4, 1)), np.array([0.0, 1.0, 7.0, 2.0])
    for loss, wanted in (("absolute_error", 1.0), ("hinge", 1.0), ("poisson", 7.0)):
        model = steepest.LinearModel(X, y > 1 if loss == "hinge" else y, loss, fit_intercept=False)
        assert largest_curvature(model, np.zeros(1)).value == pytest.approx(wanted)
    few = steepest.LinearModel(X, y / 10, "poisson", fit_intercept=False)
    assert largest_curvature(few, np.zeros(1)).value == pytest.approx(1.0)


def test_many_columns_whose_main_direction_sums_to_zero():
    """A vector of ones is orthogonal to it and would find the second direction only."""
    X = np.zeros((4, 1200))
    X[0, 0], X[0, 1] = 10.0, -10.0
    X[1, 2:] = 0.1
    model = steepest.LinearModel(X, np.zeros(4), fit_intercept=False, reduction="sum")
    assert largest_curvature(model, np.zeros(1200)).value == pytest.approx(200.0, rel=1e-5)


@pytest.mark.parametrize("columns", [3, 1200])
@pytest.mark.parametrize("intercept", [True, False])
def test_no_data_but_zeros(columns, intercept):
    model = steepest.LinearModel(np.zeros((5, columns)), np.ones(5), fit_intercept=intercept)
    assert largest_curvature(model, np.zeros(model.n)).value == pytest.approx(float(intercept))
    assert largest_row_curvature(model) == float(intercept)


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("far", [1e8, 1e12])
def test_columns_far_from_zero_are_centred_before_they_are_multiplied(monkeypatch, few, far):
    """By subtracting products of means, far**2 eps = 2 and more would be left of a curvature of 3."""
    monkeypatch.setattr(curvature, "GRAM_COLUMNS", 256 if few else 0)
    plain = np.random.default_rng(1).integers(-9, 9, (40, 4)) / 8.0  # whose sum with far is exact
    model = steepest.LinearModel(plain + far, np.zeros(40)).rescaled()
    wanted = largest_curvature(steepest.LinearModel(plain, np.zeros(40)).rescaled(), np.zeros(5)).value
    assert largest_curvature(model, np.zeros(5)).value == pytest.approx(wanted, rel=1e-6 if far < 1e9 else 1e-3)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("few", [True, False])
def test_numbers_whose_squares_overflow_are_scaled_before_they_are_multiplied(monkeypatch, form, few):
    monkeypatch.setattr(curvature, "GRAM_COLUMNS", 256 if few else 0)
    plain = np.random.default_rng(1).standard_normal((40, 4))
    small, large = (steepest.LinearModel(form(plain * size), np.zeros(40)) for size in (1.0, 1e300))
    wanted = largest_curvature(small.rescaled(), np.zeros(5)).value
    assert largest_curvature(large.rescaled(), np.zeros(5)).value == pytest.approx(wanted, rel=1e-9)
    assert largest_row_curvature(large.rescaled()) == pytest.approx(largest_row_curvature(small.rescaled()), rel=1e-9)
    assert not np.isfinite(largest_curvature(large, np.zeros(5)).value)
    assert not np.isfinite(largest_row_curvature(large))


def test_nothing_of_X_is_copied_as_a_whole():
    X = np.random.default_rng(0).standard_normal((30_000, 40))
    model = steepest.LinearModel(X, np.zeros(30_000)).rescaled()
    for many in (0, 256):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(curvature, "GRAM_COLUMNS", many)
            largest_curvature(model, np.zeros(41))  # what is imported once
            tracemalloc.start()
            largest_curvature(model, np.zeros(41))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 0.4 * X.nbytes


@given(model=any_models(), batch=st.integers(1, 12))
def test_a_batch_curves_between_its_steepest_row_and_the_whole(model, batch):
    model = model if model.reduction == "mean" else model.with_(reduction="mean")
    row, whole = largest_row_curvature(model), curvature.model_curvature(model)
    found = curvature.batch_curvature(model, batch)
    assert found == pytest.approx(min(row, row / batch + (1 - 1 / batch) * whole), rel=1e-9)
    assert curvature.batch_curvature(model, batch, 3.0) * curvature.bend(model) == pytest.approx(3.0 * found, rel=1e-9)


def test_a_batchs_curvature_takes_a_sample_of_many_rows(monkeypatch):
    X = np.random.default_rng(0).standard_normal((40, 3))
    model = steepest.LinearModel(X, np.zeros(40), sample_weight=np.arange(1.0, 41.0))
    monkeypatch.setattr(curvature, "SAMPLE", 20)
    part = model.with_(X=X[::2], y=np.zeros(20), weights=model.weights[::2])
    wanted = (largest_row_curvature(model) + 3 * curvature.model_curvature(part)) / 4
    assert curvature.batch_curvature(model, 4) == pytest.approx(wanted, rel=1e-12)


def quadratic(eigenvalues, seed=0):
    """A quadratic with these curvatures in random directions, its gradient calls counted."""
    n = len(eigenvalues)
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
    A = (q * eigenvalues) @ q.T
    calls = []

    def gradient(w):
        calls.append(1)
        return A @ w

    return Function(lambda w: 0.5 * float(w @ A @ w), gradient, n), calls


@given(
    eigenvalues=st.lists(st.floats(-1e4, 1e4, allow_subnormal=False), min_size=1, max_size=10), seed=st.integers(0, 99),
    at=st.floats(-5, 5),
)  # fmt: skip
def test_up_to_ten_variables_the_whole_hessian_is_taken(eigenvalues, seed, at):
    problem, calls = quadratic(np.array(eigenvalues), seed)
    found = largest_curvature(problem, np.full(len(eigenvalues), at))
    assert found.value == pytest.approx(np.abs(eigenvalues).max(), rel=1e-6, abs=1e-6)
    assert found.gradients == len(calls) == 2 * len(eigenvalues) <= 20


@pytest.mark.parametrize("n", [11, 50, 300])
@pytest.mark.parametrize(
    "spectrum",
    [np.linspace(0.01, 1.0, 300), np.logspace(-6, 0, 300), np.linspace(-1.0, 0.2, 300), np.linspace(-1.0, 1.0, 300)],
)
def test_beyond_ten_variables_lanczos_is_within_a_few_per_cent(n, spectrum):
    eigenvalues = 1e3 * spectrum[np.linspace(0, 299, n).round().astype(int)]
    for seed in range(3):
        problem, calls = quadratic(eigenvalues, seed)
        found = largest_curvature(problem, np.ones(n))
        wanted = np.abs(eigenvalues).max()
        assert 0.92 * wanted <= found.value <= wanted * (1 + 1e-6)
        assert found.gradients == len(calls) <= 20


def test_lanczos_stops_where_there_is_no_more_to_find():
    problem, calls = quadratic(np.full(40, 7.0))
    assert largest_curvature(problem, np.ones(40)).value == pytest.approx(7.0, rel=1e-6)
    assert len(calls) < 20
    flat = Function(lambda w: float(w.sum()), lambda w: np.ones(w.size), 40)
    assert largest_curvature(flat, np.ones(40)) == (0.0, 2)


def test_rosenbrocks_curvature_at_its_start():
    problem = steepest.gallery.rosenbrock()
    x, y = -1.2, 1.0
    exact = np.linalg.eigvalsh([[1200 * x * x - 400 * y + 2, -400 * x], [-400 * x, 200.0]])[-1]
    assert largest_curvature(problem, np.array([x, y])).value == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("n", [2, 30])
def test_a_saddles_curvature_is_an_absolute_value(n):
    signs = np.where(np.arange(n) % 2, -3.0, 1.0)
    problem = Function(lambda w: 0.5 * float(signs @ (w * w)), lambda w: signs * w, n)
    assert largest_curvature(problem, np.zeros(n)).value == pytest.approx(3.0, rel=1e-6)


@pytest.mark.parametrize("n", [2, 30])
@pytest.mark.parametrize("fault", ["nan", "inf", "overflow"])
def test_a_gradient_that_is_not_finite_gives_no_number_and_no_error(n, fault):
    def gradient(w):
        if fault == "overflow":
            return np.array([math.exp(1e4)])
        return np.full(w.size, math.nan if fault == "nan" else math.inf)

    assert math.isnan(largest_curvature(Function(lambda w: 0.0, gradient, n), np.ones(n)).value)


def test_an_error_of_the_gradient_is_not_hidden():
    def gradient(w):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        largest_curvature(Function(lambda w: 0.0, gradient, 2), np.ones(2))


def test_the_gradient_may_be_given():
    problem = Function(lambda w: 0.0, lambda w: 0 * w, 2)
    assert largest_curvature(problem, np.ones(2), lambda w: 5 * w).value == pytest.approx(5.0)


def test_w_is_left_alone():
    w = np.array([1.0, 2.0])
    largest_curvature(steepest.gallery.rosenbrock(), w)
    assert w.tolist() == [1.0, 2.0]


def test_within_each_once_a_point_is_looked_at_once():
    calls = []
    problem = Function(lambda w: float(w @ w), lambda w: calls.append(1) or 2 * w, 2)
    with each_once():
        first = largest_curvature(problem, np.array([1.0, 2.0]))
        spent = len(calls)
        assert largest_curvature(problem, np.array([1.0, 2.0])) == first
        assert len(calls) == spent
        largest_curvature(problem, np.array([1.0, 2.5]))
        assert len(calls) == 2 * spent
    largest_curvature(problem, np.array([1.0, 2.0]))
    assert len(calls) == 3 * spent
    assert first.gradients == 4
