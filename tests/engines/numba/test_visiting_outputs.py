"""One example at a time with several outputs: the kernel of its own against the plain loop, single updates, layouts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest import LinearModel, minimize
from steepest.engines.numba.kernels import VISITED

COLUMNS = ("w", "f", "grad_norm", "running_f")
RNG = np.random.default_rng(8)
X = RNG.standard_normal((60, 5))
CLASSES = RNG.integers(0, 4, 60)
LOSSES = ["multinomial_log_loss", "log_loss", "hinge", "squared_error"]


def targets(loss, outputs, rows=60, seed=0):
    rng = np.random.default_rng(seed)
    if loss == "squared_error":
        return rng.standard_normal((rows, outputs))
    y = rng.integers(0, outputs, rows)
    y[:outputs] = np.arange(outputs)  # each class occurs
    return y


def same(model, method="momentum", tol=1e-12, **options):
    more = {"learning_rate": 0.02, "max_iter": 4, "batch_size": 1, "grad_tol": 0.0, "record": COLUMNS} | options
    plain, fast = (minimize(model, None, method, engine=engine, **more) for engine in ("python", "numba"))
    for name in COLUMNS:
        wanted, found = np.asarray(getattr(plain.history, name)), np.asarray(getattr(fast.history, name))
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tol * np.nan_to_num(np.abs(wanted)).max(), err_msg=name)
    return fast


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("method", ["gradient_descent", "nesterov_lookahead", "adam", "schedule_free_sgd"])
def test_rules_of_every_kind(loss, method):
    same(LinearModel(X, targets(loss, 4), loss, "l2", 0.1), method)


@settings(max_examples=20)
@given(
    rows=st.integers(9, 40), features=st.integers(1, 20), outputs=st.integers(2, 9), intercept=st.booleans(),
    loss=st.sampled_from(LOSSES[:2]), penalty=st.sampled_from([None, "l2", "l1", "elasticnet"]), weighted=st.booleans(),
    reduction=st.sampled_from(["mean", "sum"]), sampling=st.sampled_from(["shuffle", "sequential", "replacement"]),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_any_shape(
    rows, features, outputs, intercept, loss, penalty, weighted, reduction, sampling, seed
):  # an output's weights, with what fills up their cache lines, are 8, 16 or 24 numbers
    rng = np.random.default_rng(seed)
    outputs = max(3, outputs) if loss == "log_loss" else outputs  # of two classes it has one output
    model = LinearModel(
        rng.standard_normal((rows, features)), targets(loss, outputs, rows, seed), loss, penalty,
        0.1 if penalty else 0.0, sample_weight=rng.random(rows) + 0.1 if weighted else None, fit_intercept=intercept,
        reduction=reduction,
    )  # fmt: skip
    same(model, sampling=sampling, seed=seed)


@pytest.mark.parametrize("loss", LOSSES[:2])
def test_bounds_schedules_and_blocks_of_rows(loss):
    model = LinearModel(X, CLASSES, loss, "l1", 0.01)
    n = model.n
    same(model, "nesterov_lookahead", bounds=steepest.Box(np.linspace(-0.05, -0.01, n), np.linspace(0.02, 0.06, n)))
    same(model, learning_rate=steepest.schedules.RobbinsMonro(0.05, 0.75, 10.0))
    long = LinearModel(RNG.standard_normal((VISITED + 9, 3)), targets(loss, 3, VISITED + 9), loss)
    same(long, learning_rate=steepest.schedules.RobbinsMonro(0.05, 0.75, 10.0))


@pytest.mark.parametrize("loss", LOSSES[:2])
@pytest.mark.parametrize(
    "form", [np.asfortranarray, lambda X: X.astype(np.float32), lambda X: np.repeat(X, 2, axis=1)[::-1, ::2]]
)
def test_layouts_and_scaled_columns(loss, form):
    same(LinearModel(form(X), CLASSES, loss, "l2", 0.01))
    uneven = X * [1, 10, 1e-3, 0.0, 100] + [0, 5, 1, 3, 0]
    for intercept in (True, False):
        model = LinearModel(form(uneven), CLASSES, loss, "elasticnet", 1e-3, fit_intercept=intercept)
        same(model.rescaled(), learning_rate=1e-4, tol=1e-9)


@pytest.mark.parametrize("loss", LOSSES[:2])
def test_single_updates_are_the_plain_loops_and_do_not_change_the_run(loss):
    model = LinearModel(X, CLASSES, loss, "l2", 0.01)
    options = {"learning_rate": 0.02, "batch_size": 1, "max_iter": 3}
    kept, plain = (
        minimize(model, None, "momentum", engine=engine, record="updates", **options) for engine in ("numba", "python")
    )
    np.testing.assert_allclose(kept.updates.w, plain.updates.w, rtol=0, atol=1e-13)
    np.testing.assert_allclose(kept.updates.running_f, plain.updates.running_f, rtol=0, atol=1e-12, equal_nan=True)
    assert np.array_equal(minimize(model, None, "momentum", **options).w, kept.w)
