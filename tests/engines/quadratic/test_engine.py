"""The quadratic engine against the plain loop, at the minimum, where the data do not confirm it, and in refusals."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets

import steepest
from steepest import Box, LinearModel, gallery, methods
from steepest.base.errors import ArgumentError, CompileError
from steepest.engines import choose, chunks
from steepest.engines.python import run as plain_run
from steepest.engines.quadratic import data, engine
from steepest.engines.quadratic import model as model_of
from steepest.engines.stopping import Settings
from steepest.engines.task import Task
from steepest.methods import schedules
from steepest.problems.negated import Negated
from steepest.records.history import Plan
from steepest.records.outcome import Outcome

RNG = np.random.default_rng(11)
X = RNG.standard_normal((90, 4)) * [1.0, 2.0, 0.5, 1.0]
Y = X @ np.arange(4.0) + RNG.standard_normal(90)
RULES = [*(name for name in methods.names() if hasattr(methods.find(name), "update")),
         "Averaged", "AheadAveraged", "ThreeSlots", "Zoo", "Nested"]  # fmt: skip


def ran(problem, rule, w0=None, run=engine.run, schedules=None, plan=None, callback=None, over_limit=lambda: None,
        progress=None, **more):  # fmt: skip
    w0 = problem.start if w0 is None else np.array(w0, dtype=float)
    more = {"max_iter": 60, "grad_tol": None} | more
    return run(Task(problem, rule, w0, Settings(**more), plan or Plan(), schedules=schedules or {}, callback=callback,
                    over_limit=over_limit, progress=progress))  # fmt: skip


def close(found, wanted, tol):
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tol * max(float(np.abs(wanted).max()), 1e-300))


def same(problem, rule, tol=1e-12, **more):
    """The rows are the plain loop's."""
    found, wanted = ran(problem, rule, **more).session.history(), ran(problem, rule, run=plain_run, **more)
    wanted = wanted.session.history()
    close(found.w, wanted.w, tol)
    close(found.f, wanted.f, tol)
    close(found.grad_norm, wanted.grad_norm, tol)
    assert np.array_equal(found.w[0], wanted.w[0])


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=6)
@given(outputs=st.sampled_from([1, 2]), alpha=st.sampled_from([0.0, 0.2]), start=st.integers(-3, 3),
       rows=st.integers(0, 60), form=st.sampled_from(["C", "CSR", "float32"]))  # fmt: skip
def test_every_rule_walks_the_path_of_the_plain_loop(rule_called, name, outputs, alpha, start, rows, form):
    data = {"C": X, "CSR": scipy.sparse.csr_matrix(X), "float32": X.astype(np.float32)}[form]
    y = Y if outputs == 1 else np.column_stack([Y, Y**2])
    model = LinearModel(data, y, penalty="l2", alpha=alpha)
    w0 = start / 3 * np.arange(1.0, model.n + 1)
    same(model, rule_called(name, learning_rate=1e-2), w0=w0, max_iter=rows, tol=1e-10)


def raw(name):
    load = {"breast cancer": datasets.load_breast_cancer, "digits": datasets.load_digits,
            "diabetes": lambda **more: datasets.load_diabetes(scaled=False, **more)}[name]  # fmt: skip
    features, y = load(return_X_y=True)
    return LinearModel(features, y.astype(float) + 0.01 * np.arange(len(y)))


def largest_curvature(model):
    stacked = np.column_stack([np.ones(model.rows), model.X])
    return float(np.linalg.norm(stacked, 2) ** 2 / model.rows)


@pytest.mark.parametrize("name", ["breast cancer", "digits", "diabetes"])
@pytest.mark.parametrize("rule", ["momentum", "nesterov_lookahead"])
def test_unscaled_data_cost_no_accuracy(name, rule):
    model = raw(name)
    made = methods.find(rule)(learning_rate=0.3 / largest_curvature(model), momentum=0.9)
    same(model, made, tol=1e-8, max_iter=3000)


def test_chunks_do_not_change_the_bits(monkeypatch):
    rule, model = methods.Momentum(0.05, 0.9), LinearModel(X, Y)
    whole = ran(model, rule, max_iter=500).session.history()
    monkeypatch.setattr(engine, "FIRST_PRODUCTS", 1)
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0.0)
    pieces = ran(model, rule, max_iter=500).session.history()
    assert np.array_equal(whole.w, pieces.w)
    assert np.array_equal(whole.f, pieces.f)
    assert np.array_equal(whole.grad_norm, pieces.grad_norm)


def test_any_field_may_follow_a_schedule(monkeypatch):
    monkeypatch.setattr(engine, "FIRST_PRODUCTS", 100)
    varied = {"learning_rate": schedules.Cosine(0.1).resolved(60.0),
              "momentum": schedules.Exponential(0.9, 0.99).resolved(60.0)}  # fmt: skip
    same(LinearModel(X, Y), methods.Momentum(0.1, 0.9), schedules=varied)


@pytest.mark.parametrize("model", [LinearModel(X, Y), LinearModel(X + 1000.0, Y).rescaled()])
def test_no_f_is_below_the_minimum_and_w_ends_at_the_minimiser(model):
    rate = 0.9 / float(np.abs(engine.Quadratic(model, model.start).G).sum(axis=0).max())
    ending = ran(model, methods.Nesterov(rate, 0.9), max_iter=20_000)
    best = np.linalg.lstsq(np.column_stack([np.ones(model.rows), model.X]), model.y, rcond=None)[0]
    least = 0.5 * float(np.mean((model.X @ best[1:] + best[0] - model.y) ** 2))
    f = ending.session.history().f
    np.testing.assert_allclose(f.min(), least, rtol=1e-12)  # sums are added in another order on each processor
    assert f.min() == f[-1]
    close(model.coefficients(ending.session.w), best, 1e-9)
    assert np.abs(model.gradient(ending.session.w)).max() < 1e-12


def test_interpolation_keeps_its_digits():
    model = LinearModel(X, X @ np.arange(4.0) + 1.0)
    f = ran(model, methods.GradientDescent(0.3), max_iter=3000).session.history().f
    wanted = ran(model, methods.GradientDescent(0.3), max_iter=3000, run=plain_run).session.history().f
    assert 0 <= f.min() < 1e-26
    some = wanted > 1e-20
    np.testing.assert_allclose(f[some], wanted[some], rtol=1e-4)


@pytest.mark.parametrize("w0", [np.zeros(6), np.array([0.3, 1.0, 2.0, -1.0, 5.0, 7.0])])
def test_directions_without_curvature_stay_put(w0):
    features = np.column_stack([X[:, :3], X[:, 0] - X[:, 1], np.zeros(90)])
    model, flat = LinearModel(features, Y), np.array([0.0, 1.0, -1.0, 0.0, -1.0, 0.0])
    ending = ran(model, methods.Momentum(0.05, 0.9), w0=w0, max_iter=5000, grad_tol=1e-9)
    assert ending.outcome is Outcome.CONVERGED
    assert ending.session.w[5] == w0[5]
    np.testing.assert_allclose(ending.session.w @ flat, w0 @ flat, atol=1e-11)
    same(model, methods.Momentum(0.05, 0.9), w0=w0, max_iter=500)


def test_directions_flatter_than_rounding_keep_their_slope():
    """Two columns differ by 1e-9 of their size: G cannot tell them apart, the gradient can."""
    apart = RNG.standard_normal(90)
    features = np.column_stack([X[:, 0], X[:, 0] + 1e-9 * apart])
    model = LinearModel(features, 1e6 * apart, fit_intercept=False)
    same(model, methods.GradientDescent(0.4), tol=1e-8, max_iter=2000)


def test_a_start_at_the_minimum_has_converged():
    model = LinearModel(X, Y)
    best = np.linalg.lstsq(np.column_stack([np.ones(90), X]), Y, rcond=None)[0]
    ending = ran(model, methods.Momentum(0.05, 0.9), w0=best, grad_tol=1e-9)
    assert (ending.outcome, ending.nit) == (Outcome.CONVERGED, 0)
    assert np.array_equal(ending.session.w, best)


def test_a_step_too_small_to_move_w_is_no_convergence():
    model = LinearModel(X, Y)
    ending = ran(model, methods.GradientDescent(1e-300), w0=np.full(5, 0.3), x_tol=1e-9)
    assert ending.outcome is Outcome.STALLED


# -- endings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tolerance",
    [
        {"grad_tol": 1e-6},
        {"f_tol": 1e-10},
        {"f_rtol": 1e-9},
        {"x_tol": 1e-9},
        {"f_target": 1.0},
        {"grad_tol": 1e-6, "patience": 5},
    ],
)
def test_runs_end_where_the_plain_loop_ends(tolerance):
    model, rule = LinearModel(X, Y), methods.Momentum(0.05, 0.8)
    more = {"max_iter": 3000, **tolerance}
    found, wanted = ran(model, rule, **more), ran(model, rule, run=plain_run, **more)
    assert (found.outcome, found.nit) == (wanted.outcome, wanted.nit)
    assert found.outcome in (Outcome.CONVERGED, Outcome.F_TARGET)
    confirmed = 0 if "x_tol" in tolerance else 1
    assert found.nfev == found.njev == 2 + confirmed


@pytest.mark.parametrize("over", [None, True])
def test_a_diverging_run_is_named_as_the_plain_loop_names_it(over):
    model, rule = LinearModel(X, Y), methods.Momentum(2.0, 0.9)
    more = {"max_iter": 3000, "over_limit": lambda: over}
    found, wanted = ran(model, rule, **more), ran(model, rule, run=plain_run, **more)
    assert found.outcome is Outcome.DIVERGED
    assert (found.outcome, found.iteration, found.reason) == (wanted.outcome, wanted.iteration, wanted.reason)


def skewed(monkeypatch, size):
    """A curvature that is wrong by ``size``: the data must not confirm what is worked out from it."""
    prepare = engine.Quadratic.__init__

    def wrong(self, *given):
        prepare(self, *given)
        self.slope = self.slope + size

    monkeypatch.setattr(engine.Quadratic, "__init__", wrong)


@pytest.mark.parametrize("tolerance", [{"grad_tol": 1e-6}, {"f_rtol": 1e-13}])
@pytest.mark.parametrize("chunk", [1, 2**20])
def test_a_run_goes_on_where_the_data_do_not_confirm_its_end(monkeypatch, tolerance, chunk):
    model, rule = LinearModel(X, Y), methods.Momentum(0.05, 0.8)
    honest = ran(model, rule, max_iter=3000, **tolerance)
    skewed(monkeypatch, 1e-3)
    monkeypatch.setattr(engine, "FIRST_PRODUCTS", chunk)
    ending = ran(model, rule, max_iter=3000, **tolerance)
    assert ending.outcome is Outcome.CONVERGED
    assert ending.nfev > honest.nfev
    assert ending.nit > 0
    assert np.abs(model.gradient(ending.session.w)).max() <= 1e-6
    np.testing.assert_allclose(ending.session.f, model.value(ending.session.w), rtol=1e-12)
    history = ending.session.history()
    assert np.array_equal(history.iteration, np.arange(ending.nit + 1))
    steps = np.abs(np.diff(history.w, axis=0)).max(axis=1)
    assert steps[-1] < 1e-5  # nothing jumped where the run went on


def test_a_target_that_only_the_quadratic_meets_is_not_met(monkeypatch):
    model, rule = LinearModel(X, Y), methods.Momentum(0.05, 0.8)
    least = ran(model, rule, max_iter=3000).session.f
    prepare = engine.Quadratic.__init__

    def too_low(self, *given):
        prepare(self, *given)
        self.floor -= 1e-3

    monkeypatch.setattr(engine.Quadratic, "__init__", too_low)
    ending = ran(model, rule, max_iter=3000, f_target=least - 1e-4)
    assert ending.outcome in (Outcome.STALLED, Outcome.MAX_ITER)
    assert model.value(ending.session.w) > least - 1e-4
    np.testing.assert_allclose(ending.session.f, least, rtol=1e-10)


def test_a_tolerance_below_the_rounding_of_the_data_is_not_said_to_be_met():
    model = LinearModel(1e8 * X, Y, reduction="sum")
    rate = 1.0 / float(np.linalg.norm(np.column_stack([np.ones(90), model.X]), 2) ** 2)
    ending = ran(model, methods.Momentum(rate, 0.9), max_iter=20_000, grad_tol=1e-9, w0=np.zeros(5))
    assert ending.outcome is not Outcome.CONVERGED
    if ending.outcome is Outcome.STALLED:
        assert "on the data largest gradient component" in ending.reason


def test_squares_that_overflow_are_left_to_the_plain_loop_and_the_run_says_so():
    model = LinearModel(1e200 * X, Y)
    with pytest.raises(CompileError, match="squares of the data, which overflow; scale"):
        ran(model, methods.GradientDescent(1e-3), max_iter=5)
    model = LinearModel(np.full((2**16, 4), 1e200), np.ones(2**16))
    arguments = {"method": "gradient_descent", "learning_rate": 1e-3, "max_iter": 5000}
    assert choose.choose(model, methods.GradientDescent(1e-3), max_iter=5000)[0] == "quadratic"
    run = steepest.minimize(model, **arguments)
    assert (run.engine, run.recipe["engine"]) == ("python", "python")
    assert "squares of the data" in run.record.engine_reason
    wanted = steepest.minimize(model, engine="python", **arguments)
    assert (run.outcome, run.message) == (wanted.outcome, wanted.message)
    with pytest.raises(ArgumentError, match="squares of the data"):
        steepest.minimize(model, engine="quadratic", **arguments)


# -- what goes on meanwhile ------------------------------------------------------------------------------------------


def test_callbacks_see_each_row_and_stop_the_run():
    from steepest.engines.session import CallbackStop

    seen = []

    def look(session):
        seen.append((session.rows - 1, session.f))
        if session.rows == 8:
            raise CallbackStop

    ending = ran(LinearModel(X, Y), methods.Momentum(0.05, 0.8), callback=look)
    assert ending.outcome is Outcome.STOPPED
    assert [row for row, _ in seen] == list(range(1, 8))
    assert [f for _, f in seen] == ending.session.history().f[1:].tolist()
    assert ending.nit == 7


def test_ctrl_c_keeps_the_rows_that_were_done():
    def strike(session):
        if session.rows == 5:
            raise KeyboardInterrupt

    ending = ran(LinearModel(X, Y), methods.Momentum(0.05, 0.8), callback=strike)
    assert (ending.outcome, ending.nit) == (Outcome.INTERRUPTED, 4)
    assert ending.nfev == ending.njev == 2


def test_limits_of_evaluations_and_time_hold():
    model, rule = LinearModel(X, Y), methods.Momentum(1e-3, 0.8)
    ending = ran(model, rule, max_evals=30)
    assert (ending.outcome, ending.nit) == (Outcome.MAX_EVALS, 29)
    ending = ran(model, rule, max_iter=10**9, time_limit=0.05, plan=Plan(budget=2**20))
    assert ending.outcome is Outcome.TIME_LIMIT
    assert 0 < ending.nit < 10**9


def test_the_first_passes_end_with_the_time(monkeypatch):
    """One block after another and one pass after another looks at the clock, which ticks once a look."""
    monkeypatch.setattr(data, "BLOCK", 20)
    problem = LinearModel(X, Y)
    blocks = -(-problem.rows // (20 // X.shape[1]))
    for looks, late, passes in ((0, True, 1), (blocks // 2, True, 1), (blocks, False, 1), (10**6, False, None)):
        ticks = iter(range(10**7))
        monkeypatch.setattr(data.time, "perf_counter", lambda ticks=ticks: next(ticks))
        found = model_of.Quadratic(problem, problem.start, deadline=looks)
        monkeypatch.undo()
        monkeypatch.setattr(data, "BLOCK", 20)
        assert found.late is late
        assert passes is None or found.passes == passes
        assert found.floor <= problem.value(problem.start) * (1 + 1e-12)


def test_a_run_whose_time_is_over_before_its_curvature_is_known_has_its_start(monkeypatch):
    monkeypatch.setattr(data, "BLOCK", 20)
    model = LinearModel(X, Y)
    ending = ran(model, methods.Momentum(1e-3, 0.8), time_limit=1e-9)
    assert (ending.outcome, ending.nit, ending.nfev) == (Outcome.TIME_LIMIT, 0, 1)
    value, gradient = model.value_and_gradient(model.start)
    assert ending.session.f == pytest.approx(value, rel=1e-12)
    assert ending.session.grad_norm == pytest.approx(np.abs(gradient).max(), rel=1e-12)


def test_without_time_for_the_factorisation_the_path_is_the_same(monkeypatch):
    wanted = ran(LinearModel(X, Y), methods.Momentum(1e-3, 0.8), max_iter=40).session.history()
    monkeypatch.setattr(model_of, "EIGEN", 1e30)
    found = ran(LinearModel(X, Y), methods.Momentum(1e-3, 0.8), max_iter=40, time_limit=1e9).session.history()
    np.testing.assert_allclose(found.f, wanted.f, rtol=1e-9)
    np.testing.assert_allclose(found.w, wanted.w, rtol=1e-9, atol=1e-12)


def test_long_records_are_thinned():
    ending = ran(LinearModel(X, Y), methods.Momentum(1e-3, 0.8), max_iter=5000, plan=Plan(budget=2**14))
    history = ending.session.history()
    assert len(history.f) < 500
    assert history.iteration[[0, -1]].tolist() == [0, 5000]


# -- what it takes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "more", "why"),
    [
        (gallery.rosenbrock(), {}, "linear models"),
        (Negated(LinearModel(X, Y)), {}, "linear models"),
        (LinearModel(X, Y, "huber"), {}, "huber"),
        (LinearModel(X, Y, penalty="l1", alpha=0.1), {}, "l1"),
        (LinearModel(X, Y), {"batch_size": 4}, "batches"),
        (LinearModel(X, Y), {"search": object()}, "line search"),
        (LinearModel(X, Y), {"box": Box(np.zeros(5), np.ones(5))}, "bounds"),
    ],
)
def test_what_it_cannot_run_is_refused_with_the_reason(problem, more, why):
    assert why in engine.why_not(problem, methods.Momentum(0.1), **more)


def test_what_it_can_run_is_not_refused(rule_called):
    for name in RULES:
        assert engine.why_not(LinearModel(X, Y, penalty="l2", alpha=0.1), rule_called(name)) is None


def test_it_is_worth_its_passes_on_many_rows_and_many_iterations_only():
    tall = LinearModel(np.broadcast_to(np.ones(64), (1_000_000, 64)), np.broadcast_to(1.0, 1_000_000))
    wide = LinearModel(np.broadcast_to(np.ones(3000), (3000, 3000)), np.ones(3000))
    assert engine.worth_it(tall, 1000)
    assert not engine.worth_it(tall, 10)
    assert not engine.worth_it(wide, 10_000)
    assert not engine.worth_it(LinearModel(X, Y), 100)
