"""Every kind of linear model in the kernels against the plain loop: losses, penalties, weights, outputs, layouts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steepest import LinearModel, minimize
from steepest.engines.numba import threads
from steepest.problems import losses

RNG = np.random.default_rng(5)
X = RNG.standard_normal((70, 5))
Y = X @ np.arange(5.0) + RNG.standard_normal(70)
TWO, THREE = (Y > 0).astype(int), np.digitize(Y, [-2.0, 2.0])
WEIGHTS = np.where(RNG.random(70) < 0.2, 0.0, RNG.random(70))
BATCHES = pytest.mark.parametrize("batch", [None, 1, 16])
FORMS = {
    "C": X, "Fortran": np.asfortranarray(X), "float32": X.astype(np.float32),
    "float32 Fortran": np.asfortranarray(X.astype(np.float32)), "strided": np.repeat(X, 2, axis=1)[::-1, ::2],
    "wide": np.random.default_rng(6).standard_normal((70, 600)),
}  # fmt: skip


def targets_for(loss, outputs):
    kind = losses.find(loss)
    if hasattr(kind, "fold"):
        return THREE
    if kind.kind == "classification":
        return TWO if outputs == 1 else THREE
    y = np.abs(Y) if loss == "poisson" else Y
    return y if outputs == 1 else np.column_stack([y, 0.5 * y])


def same(model, batch, method="momentum", rate=0.02, tol=1e-12):
    """The kernels' rows are the plain loop's."""
    more = {
        "learning_rate": rate, "max_iter": 5, "batch_size": batch, "grad_tol": 0.0,
        "record": ("w", "f", "grad_norm", "running_f"),
    }  # fmt: skip
    plain = minimize(model, None, method, engine="python", **more).history
    fast = minimize(model, None, method, engine="numba", **more).history
    for name in ("w", "f", "grad_norm") + (("running_f",) if batch else ()):
        wanted, found = np.asarray(getattr(plain, name)), np.asarray(getattr(fast, name))
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tol * np.nanmax(np.abs(wanted)))


@BATCHES
@pytest.mark.parametrize("loss", losses.names())
def test_every_loss(loss, batch):
    rate = 1e-3 if loss == "poisson" else 0.02
    same(LinearModel(X, targets_for(loss, 1), loss, "l2", 0.1, sample_weight=WEIGHTS), batch, rate=rate)


@BATCHES
@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "hinge"])
def test_several_outputs(loss, batch):
    same(LinearModel(X, targets_for(loss, 2), loss, "l1", 0.05), batch)


@BATCHES
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_every_layout(loss, form, batch):
    same(LinearModel(FORMS[form], targets_for(loss, 1), loss), batch)


@BATCHES
@pytest.mark.parametrize("method", ["gradient_descent", "nesterov_lookahead", "adam"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_every_kind_of_step_under_an_elastic_net(method, reduction, batch):
    rate = 0.02 if reduction == "mean" else 1e-4
    same(
        LinearModel(X, Y, penalty="elasticnet", alpha=0.3, l1_ratio=0.7, reduction=reduction),
        batch,
        method,
        rate,
        1e-10,
    )


@BATCHES
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("loss", ["squared_error", "multinomial_log_loss"])
def test_scaled_columns(loss, intercept, batch):
    uneven = X * [1, 10, 1e-3, 0.0, 100] + [0, 5, 1, 3, 0]
    model = LinearModel(uneven, targets_for(loss, 1), loss, "elasticnet", 1e-3, fit_intercept=intercept)
    same(model.rescaled(), batch, rate=1e-4, tol=1e-9)


@settings(max_examples=25)
@given(
    rows=st.integers(1, 150), features=st.integers(1, 9), intercept=st.booleans(), batch=st.sampled_from([None, 1, 7]),
    penalty=st.sampled_from([None, "l2", "l1", "elasticnet"]), weighted=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_any_shape(rows, features, intercept, batch, penalty, weighted, seed):
    rng = np.random.default_rng(seed)
    model = LinearModel(
        rng.standard_normal((rows, features)), rng.standard_normal(rows), "squared_error", penalty,
        0.1 if penalty else 0.0, sample_weight=rng.random(rows) + 0.1 if weighted else None, fit_intercept=intercept,
    )  # fmt: skip
    same(model, batch)


@pytest.mark.parametrize("form", ["C", "Fortran"])
@pytest.mark.parametrize("loss", ["log_loss", "multinomial_log_loss"])
def test_blocks_in_any_number_of_threads_give_the_same_bits_and_the_plain_loops_numbers(loss, form):
    big = RNG.standard_normal((9000, 20))
    y = targets_of_big = (big @ np.arange(20.0) > 0).astype(int)
    if loss == "multinomial_log_loss":
        y = targets_of_big + (big[:, 0] > 1)
    model = LinearModel(np.asfortranarray(big) if form == "Fortran" else big, y, loss, "l2", 0.01)
    paths = []
    for count in (1, 2, 3):
        with threads.limit(count):
            run = minimize(model, learning_rate=0.1, max_iter=4, engine="numba")
            paths.append((run.history.w, run.history.f))
    for w, f in paths[1:]:
        assert np.array_equal(w, paths[0][0])
        assert np.array_equal(f, paths[0][1])
    same(model, None)
