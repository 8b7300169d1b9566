"""Many runs of a linear model in the kernels: each is bit for bit the run it would be alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.box import Box
from steepest.engines.numba import threads
from steepest.engines.together import linear, run_together
from steepest.records.history import Plan

RNG = np.random.default_rng(7)
X = RNG.standard_normal((70, 5))
Y = X @ RNG.standard_normal(5) + 0.3 * RNG.standard_normal(70)
MODELS = {
    "squares": steepest.LinearModel(X, Y),
    "logistic with l2": steepest.LinearModel(X, (Y > 0).astype(float), loss="log_loss", penalty="l2", alpha=0.1),
    "summed, without intercept": steepest.LinearModel(X, Y, fit_intercept=False, reduction="sum"),
}
PLANS = {
    "all": Plan(), "thinned": Plan(budget=1500), "ends": Plan(ends_only=True), "f every third": Plan(("f",), stride=3),
    "no norms": Plan(("w", "f", "running_f", "seconds")),
}  # fmt: skip
SETTINGS = {
    "none": {}, "gradient": {"grad_tol": 0.05}, "patience": {"grad_tol": 0.1, "patience": 3}, "f": {"f_tol": 1e-4},
    "relative": {"f_rtol": 1e-3}, "x": {"x_tol": 1e-3}, "target": {"f_target": 0.5}, "evaluations": {"max_evals": 23},
    "all": {"grad_tol": 1e-3, "f_tol": 1e-9, "x_tol": 1e-9},
}  # fmt: skip


@given(
    model=st.sampled_from(sorted(MODELS)), rule=st.sampled_from(["momentum", "adam"]),
    batch=st.sampled_from([None, 1, 16]), plan=st.sampled_from(sorted(PLANS)),
    settings=st.sampled_from(sorted(SETTINGS)),
    rates=st.lists(st.floats(-4, 2).map(lambda power: 10**power), min_size=2, max_size=9),
    seed=st.integers(0, 99), count=st.integers(1, 3),
)  # fmt: skip
def test_runs_are_those_they_would_be_alone(
    together, tasks_of, model, rule, batch, plan, settings, rates, seed, count
):  # fmt: skip
    tasks = tasks_of(
        MODELS[model], rule, rates, plan=PLANS[plan], batch_size=batch, seed=seed, spread=0.5, **SETTINGS[settings]
    )  # fmt: skip
    with threads.limit(count):
        together(tasks)


def test_runs_that_end_in_every_way_end_so_together(together, tasks_of):
    rates = np.geomspace(1e-3, 1e3, 24)
    assert together(tasks_of(MODELS["squares"], "momentum", rates, max_iter=400, grad_tol=1e-3)) == {
        "CONVERGED", "MAX_ITER", "DIVERGED",
    }  # fmt: skip
    assert together(tasks_of(MODELS["squares"], "momentum", [0.0, 1e-2, 0.0], grad_tol=1e-9)) == {
        "STALLED", "MAX_ITER",
    }  # fmt: skip
    assert "NOT_FINITE" in together(tasks_of(MODELS["squares"], "gradient_descent", [1e-2, 1e200, 1e-3], max_iter=9))


def test_column_that_never_moves_is_no_standstill(together, tasks_of):
    blank = np.column_stack([np.zeros(70), X])
    model = steepest.LinearModel(blank, Y, fit_intercept=False)
    assert together(tasks_of(model, "momentum", [1e-3, 1e-2], grad_tol=1e-6)) == {"MAX_ITER"}


@pytest.mark.parametrize(
    ("rule", "batch"), [("Averaged", 1), ("AheadAveraged", 32), ("nesterov_lookahead", 1), ("nesterov_lookahead", None)]
)
def test_rules_that_look_and_read_elsewhere_go_together(together, tasks_of, rule, batch):
    together(tasks_of(MODELS["squares"], rule, [1e-3, 1e-2, 0.1], batch_size=batch, spread=1.0, max_iter=20))


@pytest.mark.parametrize("batch", [None, 1, 16])
@pytest.mark.parametrize("outputs", [1, 2])
def test_schedules_differ_from_run_to_run(together, tasks_of, batch, outputs):
    model = MODELS["squares"] if outputs == 1 else steepest.LinearModel(X, np.column_stack([Y, Y**2]))
    made = tasks_of(
        model, "momentum", [1e-3, 1e-2, 5e-2], batch_size=batch, max_iter=20,
        schedules=lambda k, rate: steepest.schedules.Cosine(rate, rate / (k + 2), steps=50),
    )  # fmt: skip
    assert together(made) == {"MAX_ITER"}


@pytest.mark.parametrize("batch", [None, 1, 16])
@pytest.mark.parametrize("loss", ["multinomial_log_loss", "log_loss"])
def test_several_outputs_weights_of_rows_and_bounds_go_together(together, tasks_of, batch, loss):
    classes = np.digitize(Y, [-1, 1])
    several = steepest.LinearModel(X, classes, loss=loss, sample_weight=np.linspace(0.5, 2, 70))
    box = Box(np.full(several.n, -0.4), np.full(several.n, 0.3))
    together(tasks_of(several, "momentum", [1e-2, 0.1, 1.0], batch_size=batch, box=box))


def test_l1_goes_together(together, tasks_of):
    model = steepest.LinearModel(X, Y, penalty="l1", alpha=0.2)
    for batch in (None, 1):
        together(tasks_of(model, "momentum", [1e-3, 1e-2], batch_size=batch))


@pytest.mark.parametrize("rule", ["momentum", "AheadAveraged"])
def test_blocks_of_a_large_batch_are_read_once_for_all(together, tasks_of, rule, monkeypatch):
    from steepest.engines.numba import engine

    for module in (engine, linear):
        monkeypatch.setattr(module, "BLOCK_ELEMENTS", 100)
    together(tasks_of(MODELS["logistic with l2"], rule, [1e-3, 1e-2, 0.1], max_iter=25, grad_tol=1e-3))


def test_many_runs_are_cut_into_portions_that_fit(together, tasks_of, monkeypatch):
    monkeypatch.setattr(linear, "MOST_BYTES", 4 * 8 * MODELS["squares"].n * 3)
    together(tasks_of(MODELS["squares"], "momentum", np.geomspace(1e-3, 1, 8), batch_size=1, max_iter=5))


def test_threads_do_not_change_the_bits(tasks_of):
    made = tasks_of(MODELS["squares"], "momentum", np.geomspace(1e-3, 1, 7), batch_size=1, max_iter=9)
    found = []
    for count in (1, 2, 3):
        with threads.limit(count):
            found.append(run_together(made, "numba").summary())
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].w, other.w)


def test_sparse_rows_and_kept_gradients_run_alone_with_the_same_result(together, tasks_of):
    from scipy.sparse import csr_array

    together(tasks_of(steepest.LinearModel(csr_array(X), Y), "momentum", [1e-3, 1e-2], batch_size=1, max_iter=5))
    together(tasks_of(MODELS["squares"], "saga", [1e-3, 1e-2], batch_size=1, max_iter=5))
