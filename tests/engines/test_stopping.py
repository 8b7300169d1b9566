"""When a run ends and what it is called, held against a slow reading of the contract over written-down rows."""

import math
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import steepest
from steepest.engines.stopping import Settings, Watch
from steepest.methods import Adam, GradientDescent, Momentum
from steepest.problems.function import Function
from steepest.records.history import Plan
from steepest.records.outcome import Outcome

UNIT = GradientDescent(1.0)
STEP_1E8 = 4.0 / (1e4 + 1.0) ** 2, ((1e4 - 1.0) / (1e4 + 1.0)) ** 2
"""Polyak's optimal rate and momentum for curvatures 1 and 1e8."""


# -- tolerances ------------------------------------------------------------------------------------------------------


def read_slowly(f, w, slopes, f_tol=None, f_rtol=None, x_tol=None, grad_tol=None, f_target=None, patience=1):
    """(outcome, row) by the contract's words: a tolerance that held for ``patience`` rows, else a standstill; a
    standstill too where it held of a start that was never left."""
    held, still = {}, 0

    def holds(name, now):
        held[name] = held.get(name, 0) + 1 if now else 0
        return held[name] >= patience

    for t in range(len(f)):
        if f_target is not None and holds("f_target", f[t] <= f_target):
            return Outcome.F_TARGET, t
        met = []
        if t > 0:
            change = abs(f[t] - f[t - 1])
            met.append(f_tol is not None and holds("f_tol", change <= f_tol))
            met.append(f_rtol is not None and holds("f_rtol", change <= f_rtol * abs(f[t])))
            met.append(x_tol is not None and holds("x_tol", np.abs(w[t] - w[t - 1]).max() <= x_tol))
        met.append(grad_tol is not None and holds("grad_tol", np.abs(slopes[t]).max() <= grad_tol))
        if any(met):
            nothing = t > 0 and (w[: t + 1] == w[0]).all() and slopes[t].any()  # happened, though w is no minimum
            return Outcome.STALLED if nothing else Outcome.CONVERGED, t
        still = still + 1 if t > 0 and (w[t] == w[t - 1]).all() else 0
        tolerant = any(v is not None for v in (f_tol, f_rtol, x_tol, grad_tol, f_target))
        if tolerant and still >= 2 and not any(held.values()):
            return Outcome.STALLED, t
    return Outcome.MAX_ITER, len(f) - 1


optional = st.none() | st.sampled_from([0.0, 0.5, 1.0, 2.0])


@given(
    rows=st.lists(
        st.tuples(st.integers(-4, 4), st.tuples(st.integers(-1, 1), st.integers(-1, 1))), min_size=1, max_size=16
    ),
    f_tol=optional, f_rtol=optional, x_tol=optional, grad_tol=optional,
    f_target=st.none() | st.sampled_from([-4.0, -2.0]), patience=st.integers(1, 4), recorded=st.booleans(),
)  # fmt: skip
@example([(0, (0, 0))] * 2, None, None, 0.0, None, None, 1, False)  # the start is a minimum, no gradient is recorded
@example([(0, (1, 0)), (1, (-1, 0)), (1, (1, 0))], 0.0, None, None, None, None, 1, True)  # it returns to its start
def test_any_tolerance_that_held_for_patience_rows_ends_the_run_there(
    go, script, rows, f_tol, f_rtol, x_tol, grad_tol, f_target, patience, recorded
):
    f, slopes = np.array([v for v, _ in rows], dtype=float), np.array([g for _, g in rows], dtype=float)
    w = np.concatenate([np.zeros((1, 2)), -np.cumsum(slopes, axis=0)[:-1]])
    settings = {
        "f_tol": f_tol,
        "f_rtol": f_rtol,
        "x_tol": x_tol,
        "grad_tol": grad_tol,
        "f_target": f_target,
        "patience": patience,
    }
    plan = Plan() if recorded else Plan(("w", "f"))
    ending = go(script(f, slopes).problem(), UNIT, [0, 0], plan=plan, max_iter=len(rows) - 1, **settings)
    assert (ending.outcome, ending.nit) == read_slowly(f, w, slopes, **settings)
    assert ending.iteration == ending.nit
    history = ending.session.history()
    assert np.array_equal(history.w, w[: ending.nit + 1])
    assert np.array_equal(history.f, f[: ending.nit + 1])
    assert np.array_equal(ending.session.w, w[ending.nit])


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("name", ["f_tol", "f_rtol", "x_tol", "grad_tol"])
@pytest.mark.parametrize("patience", [1, 3])
def test_a_tolerance_converges_at_its_first_row_and_says_which(engine, name, patience):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((40, 3))
    problem = steepest.LinearModel(X, X @ [1.0, 2.0, 3.0] + rng.standard_normal(40))
    tolerance = {"f_tol": 1e-7, "f_rtol": 1e-6, "x_tol": 1e-5, "grad_tol": 1e-4}[name]
    run = steepest.minimize(problem, learning_rate=0.05, engine=engine, patience=patience, **{name: tolerance})
    f, w, g = run.history.f, run.history.w, run.history.grad_norm
    holds = {
        "f_tol": np.abs(np.diff(f)) <= tolerance, "f_rtol": np.abs(np.diff(f)) <= tolerance * np.abs(f[1:]),
        "x_tol": np.abs(np.diff(w, axis=0)).max(axis=1) <= tolerance, "grad_tol": g[1:] <= tolerance,
    }[name]  # fmt: skip
    complete = [bool(holds[t - patience : t].all()) for t in range(patience, holds.size + 1)]
    assert run.outcome is Outcome.CONVERGED
    assert run.success
    assert complete == [False] * (len(complete) - 1) + [True]
    assert f"{name} {steepest.base.text.number(tolerance)}" in run.message


def test_f_target_and_grad_tol_are_tested_at_row_0(go, script):
    ending = go(script([3.0], [1.0]).problem(), UNIT, [0], f_target=3.0)
    assert (ending.outcome, ending.nit) == (Outcome.F_TARGET, 0)
    ending = go(script([3.0], [-0.25]).problem(), UNIT, [0], grad_tol=0.25)
    assert (ending.outcome, ending.nit) == (Outcome.CONVERGED, 0)


@pytest.mark.parametrize("batch_size", [None, 2])
def test_f_target_under_maximize_is_reached_from_below(batch_size):
    problem = steepest.LinearModel([[1.0], [2.0], [3.0]], [1.0, 2.0, 4.0], fit_intercept=False)
    run = steepest.minimize(
        problem, [2.0], "gradient_descent", learning_rate=0.01, maximize=True, f_target=50.0, batch_size=batch_size
    )
    assert run.outcome is Outcome.F_TARGET
    assert run.history.f[-1] >= 50 > run.history.f[-2]
    assert ">= f_target 50" in run.message


@given(lr=st.floats(1e-4, 0.4), steps=st.integers(0, 40), method=st.sampled_from(["gradient_descent", "adam"]))
def test_without_a_tolerance_a_run_makes_exactly_max_iter_iterations(lr, steps, method):
    run = steepest.minimize(
        steepest.gallery.sphere(), [1.0, -2.0], method, learning_rate=lr, max_iter=steps, grad_tol=None
    )
    assert run.outcome is Outcome.MAX_ITER
    assert (run.nit, len(run.history), run.success) == (steps, steps + 1, False)


def test_without_a_tolerance_a_standstill_is_no_end():
    run = steepest.minimize(steepest.gallery.sphere(), [0.0, 0.0], learning_rate=0.1, max_iter=30, grad_tol=None)
    assert (run.outcome, run.nit) == (Outcome.MAX_ITER, 30)


# -- the other ends --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["python", "numba"])
def test_stalled_where_rounding_keeps_w_from_moving(engine):
    problem = steepest.LinearModel([[1.0]], [1e9], fit_intercept=False)
    run = steepest.minimize(problem, [1.0], "gradient_descent", learning_rate=1e-30, engine=engine)
    assert (run.outcome, run.nit) == (Outcome.STALLED, 2)
    assert not run.success
    assert "w has not changed for 2 iterations" in run.message


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7, 8, 9, 14, 15, 50])
@pytest.mark.parametrize("grad_tol", [None, 1e-6])
def test_max_evals_is_obeyed_inside_a_difference_gradient(limit, grad_tol):
    calls = []

    def f(w):
        calls.append(w.copy())
        return float(w @ w)

    run = steepest.minimize(f, [1.0, 2.0, 3.0], learning_rate=0.1, max_evals=limit, grad_tol=grad_tol)
    assert run.outcome is Outcome.MAX_EVALS
    assert len(calls) == run.nfev == limit
    assert run.nit == (limit - 1) // 7  # a row costs its value; the step to the next one 2 n more
    assert np.array_equal(run.w, run.history.w[-1])
    assert np.isfinite(run.history.f).all()
    assert f"max_evals {limit}" in run.message


def test_max_evals_comes_after_the_end_that_its_last_evaluation_shows():
    run = steepest.minimize(
        lambda w: float(w @ w), [1.0, 2.0], learning_rate=0.1, max_evals=1, f_target=5.0, grad="finite"
    )
    assert run.outcome is Outcome.F_TARGET
    run = steepest.minimize(
        lambda w: float(w @ w), [1.0, 2.0], learning_rate=0.1, max_evals=11, f_target=3.3, grad="finite"
    )
    assert (run.outcome, run.nit, run.nfev) == (Outcome.F_TARGET, 1, 10)


@pytest.mark.parametrize("batch_size", [None, 1, 3])
@pytest.mark.parametrize("engine", ["python", "numba"])
def test_max_evals_counts_rows_where_gradients_are_exact(engine, batch_size):
    problem = steepest.LinearModel(np.eye(4), [1.0, 2.0, 3.0, 4.0])
    run = steepest.minimize(
        problem, learning_rate=0.01, max_evals=5, grad_tol=None, engine=engine, batch_size=batch_size
    )
    assert (run.outcome, run.nfev, run.nit) == (Outcome.MAX_EVALS, 5, 4)


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch_size", [None, 1])
def test_time_limit_ends_the_run_and_keeps_what_was_done(engine, batch_size):
    problem = steepest.LinearModel(np.eye(4), [1.0, 2.0, 3.0, 4.0])
    run = steepest.minimize(
        problem, learning_rate=1e-9, time_limit=0.02, max_iter=10**9, grad_tol=None, engine=engine,
        batch_size=batch_size, record=1000,
    )  # fmt: skip
    assert run.outcome is Outcome.TIME_LIMIT
    assert run.nit == run.history.iteration[-1] > 0
    assert run.seconds >= 0.02
    assert "time_limit 0.02" in run.message


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_a_callback_stops_the_run_at_its_row(engine, batch_size):
    problem, seen = steepest.LinearModel(np.eye(4), [1.0, 2.0, 3.0, 4.0]), []

    def callback(w):
        seen.append(w)
        if len(seen) == 7:
            raise StopIteration

    run = steepest.minimize(problem, learning_rate=0.01, callback=callback, engine=engine, batch_size=batch_size)
    assert (run.outcome, run.nit, len(run.history)) == (Outcome.STOPPED, 7, 8)
    assert np.array_equal(np.array(seen), run.history.w[1:])


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch_size", [None, 2])
def test_the_row_that_ends_a_run_is_shown_to_the_callback_too(engine, batch_size):
    problem, seen = steepest.LinearModel(np.eye(4), [1.0, 2.0, 3.0, 4.0]), []
    run = steepest.minimize(
        problem, learning_rate=0.1, callback=seen.append, engine=engine, batch_size=batch_size, f_tol=1e-3
    )
    assert run.outcome is Outcome.CONVERGED
    assert np.array_equal(np.array(seen), run.history.w[1:])


def test_unbounded_below_and_above():
    def line(w):
        return float(-1e5 * w[0])

    def slope(w):
        return np.array([-1e5])

    run = steepest.minimize(line, [1.0], "gradient_descent", grad=slope, learning_rate=1.0)
    assert run.outcome is Outcome.UNBOUNDED
    assert run.nit < 110
    assert "maximize" in run.message
    assert not run.success
    up = steepest.minimize(
        lambda w: -line(w), [1.0], "gradient_descent", grad=lambda w: -slope(w), learning_rate=1.0, maximize=True
    )
    assert (up.outcome, up.nit) == (Outcome.UNBOUNDED, run.nit)
    assert "minimize" in up.message
    assert np.array_equal(up.history.w, run.history.w)


def test_a_valley_that_rises_again_is_not_unbounded(go, script):
    down = -1e5 * np.arange(60.0)
    f = np.concatenate([down, [down[-1] + 1.0], down[-1] - np.arange(1.0, 45.0)])
    ending = go(script(f, np.full(f.size, -1.0)).problem(), UNIT, [1.0], max_iter=f.size - 1)
    assert ending.outcome is Outcome.MAX_ITER


# -- divergence ------------------------------------------------------------------------------------------------------


def expected_trouble(f):
    """The first row with f - min f > 1e6 max(|f0|, 1) that never came below again."""
    f = np.array(f)
    above = f - np.minimum.accumulate(f) > 1e6 * max(abs(f[0]), 1.0)
    return int(np.flatnonzero(~above)[-1]) + 1


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch_size", [None, 1, 2])
@pytest.mark.parametrize("lr", [3.0, 30.0, 1e4])
def test_overflow_after_a_rise_is_a_divergence_named_where_it_began(engine, batch_size, lr):
    problem = steepest.LinearModel(np.eye(3) + 1.0, [1.0, 2.0, 4.0])
    run = steepest.minimize(
        problem, [1.0, 0.0, 0.0, 0.5], learning_rate=lr, engine=engine, batch_size=batch_size, max_iter=5000
    )
    assert run.outcome is Outcome.DIVERGED
    assert not run.success
    f = run.history.f
    finite = f[np.isfinite(f)]
    assert run.record.trouble_at == expected_trouble(finite)
    assert f"DIVERGED at {'iteration' if batch_size is None else 'epoch'} {run.record.trouble_at}:" in run.message
    assert np.isfinite(run.w).all()
    assert np.isfinite(run.f)
    assert run.best.f == finite.min()


@given(
    f=st.lists(st.sampled_from([0.0, 1.0, -5.0, 2e6, 1e7, 3e13, -1e9]), min_size=1, max_size=30),
    last=st.sampled_from([math.nan, math.inf, -math.inf]),
)  # fmt: skip
def test_not_finite_or_diverged_is_told_by_the_row_before(go, script, f, last):
    ending = go(script([*f, last], np.ones(len(f) + 1)).problem(), UNIT, [0.0])
    diverged = f[-1] > 1e6 * max(abs(f[0]), 1.0)
    assert ending.nit == len(f)
    assert ending.outcome is (Outcome.DIVERGED if diverged else Outcome.NOT_FINITE)
    above = np.array(f) - np.minimum.accumulate(f) > 1e6 * max(abs(f[0]), 1.0)
    if diverged and above[-1]:
        assert ending.iteration == expected_trouble(f)
    if not diverged:
        assert ending.iteration == len(f)
    assert np.array_equal(ending.session.w, [-(len(f) - 1.0)])
    assert ending.session.f == f[-1]


def test_a_slow_geometric_rise_diverges_long_before_it_overflows():
    run = steepest.minimize(
        steepest.gallery.sphere(), [1.0, 1.0], "gradient_descent", learning_rate=1.05, max_iter=100_000
    )
    assert run.outcome is Outcome.DIVERGED
    assert run.f < 1e20
    assert run.record.trouble_at == expected_trouble(run.history.f)


@pytest.mark.parametrize("tolerances", [{}, {"f_tol": 1e-14}, {"x_tol": 1e-12}])
def test_a_well_tuned_heavy_ball_at_condition_1e8_is_not_called_divergent(tolerances):
    curvatures = np.array([1.0, 1e8])
    rate, momentum = STEP_1E8
    problem = Function(lambda w: 0.5 * float(curvatures @ (w * w)), lambda w: curvatures * w, 2)
    run = steepest.minimize(
        problem, [1.0, 1e-4], learning_rate=rate, momentum=momentum, max_iter=400_000, record=100,
        **(tolerances or {"grad_tol": 1e-6}),
    )  # fmt: skip
    assert run.history.f.max() > 1e6 * run.history.f[0]
    assert run.outcome is Outcome.CONVERGED
    assert run.f < 1e-9


def test_adam_from_a_tiny_start_is_not_called_divergent():
    run = steepest.minimize(steepest.gallery.sphere(), [1e-9, 1e-9], "adam", learning_rate=0.1, grad_tol=1e-10)
    assert run.history.f.max() > 1e15 * run.history.f[0]
    assert run.outcome is Outcome.CONVERGED


def test_a_start_at_f_0_is_no_divergence():
    """As a perceptron does, f starts at 0 and must rise before it settles."""
    X = np.array([[1.0, 2.0], [2.0, 1.0], [-1.0, -3.0], [-2.0, -1.0]])
    y = np.array([1.0, 1.0, -1.0, -1.0])

    def f(w):
        return float(np.maximum(0.0, 1e4 * (X @ w) * -y).sum())

    def grad(w):
        wrong = (X @ w) * y <= 0
        return -1e4 * (X[wrong] * y[wrong, None]).sum(axis=0)

    run = steepest.minimize(f, [0.0, 0.0], grad=grad, learning_rate=0.1, momentum=0.99, max_iter=3000, grad_tol=None)
    assert run.history.f[0] == 0
    assert run.outcome is Outcome.MAX_ITER
    assert run.success is False


def test_growth_below_a_known_stability_limit_is_a_transient(go):
    """Steps that grow for 50 rows accuse a run only where the learning rate is above the limit, or none is known."""
    asked = []

    def rows(over):
        watch, verdict, t = Watch(Settings(10**6), "iteration", over), None, 0
        while verdict is None and t < 200:
            verdict = watch.row(t, 1.2**t if t < 160 else 1.2 ** (320 - t), np.array([1.1**t if t < 160 else 1.1**160]))
            t += 1
        return verdict, t

    def below():
        asked.append(1)
        return False

    assert rows(below) == (None, 200)
    assert len(asked) == 1  # the answer costs gradients
    for over in (lambda: True, lambda: None):
        verdict, t = rows(over)
        assert verdict is not None
        assert verdict.outcome is Outcome.DIVERGED
        assert t < 160


def test_patient_runs_know_tolerances_and_finite_numbers_only(go, script):
    f = [1.0, 1e9, 1e300, 1e305, math.inf]
    ending = go(script(f, np.ones(5)).problem(), UNIT, [0.0], patient=True)
    assert (ending.outcome, ending.iteration) == (Outcome.NOT_FINITE, 4)


# -- success is never claimed of numbers that are not -----------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("n", [1, 2, 5, 30, 100])
@pytest.mark.parametrize("at", [0, -1])
def test_a_gradient_with_one_bad_component_never_converges(bad, n, at):
    def grad(w):
        g = np.full(w.size, 1e-12)
        g[at] = bad
        return g

    run = steepest.minimize(lambda w: 1.0, np.ones(n), grad=grad, learning_rate=0.1, max_iter=5)
    assert not run.success
    assert run.outcome is Outcome.NOT_FINITE
    assert np.array_equal(run.w, np.ones(n))


@pytest.mark.parametrize("tolerance", [{"f_tol": 1.0}, {"f_rtol": 1.0}, {"grad_tol": 1.0}, {"f_target": 0.5}, {}])
def test_w_that_is_not_finite_is_no_success_even_where_f_is(tolerance):
    """tanh is finite at infinity, and its slope there is 0."""

    def grad(w):
        return np.array([1e308 if w[0] > -1 else 0.0])

    run = steepest.minimize(
        lambda w: math.tanh(w[0]), [1.0], "gradient_descent", grad=grad, learning_rate=1e10, max_iter=20,
        **(tolerance or {"grad_tol": None}),
    )  # fmt: skip
    assert np.isinf(run.history.w[-1]).all()
    assert (run.outcome, run.success) == (Outcome.NOT_FINITE, False)
    assert run.record.trouble_at == 1
    assert np.array_equal(run.w, [1.0])
    assert run.best.w == run.w


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_start_without_a_finite_value_ends_at_once(value):
    run = steepest.minimize(lambda w: value, [1.0], grad=lambda w: w, learning_rate=0.1)
    assert (run.outcome, run.nit, run.success) == (Outcome.NOT_FINITE, 0, False)
    assert "at the start" in run.message


@pytest.mark.parametrize("fault", ["value", "gradient", "differences", "domain"])
def test_overflow_in_pure_python_is_a_number_that_is_not_finite(fault):
    """math.exp raises where NumPy gives infinity; a run ends, it does not raise."""

    def f(w):
        x = float(w[0])
        if fault == "domain":
            return x - math.log(x)
        return math.exp(x * x) if fault != "gradient" else x

    def grad(w):
        x = float(w[0])
        return np.array([-1.0 if x == 2.0 else -math.exp(1000.0)]) if fault == "gradient" else np.array([-10.0])

    run = steepest.minimize(f, [2.0], grad=None if fault in ("differences", "domain") else grad, learning_rate=9.0)
    assert run.outcome in (Outcome.NOT_FINITE, Outcome.DIVERGED)
    assert np.isfinite(run.w).all()


def test_an_error_of_the_objective_is_not_taken_for_a_number():
    def f(w):
        if w[0] < 1:
            raise ValueError("no such weather")
        return float(w[0])

    with pytest.raises(ValueError, match="no such weather"):
        steepest.minimize(f, [2.0], grad=lambda w: np.ones(1), learning_rate=0.5)


@pytest.mark.parametrize("method", [GradientDescent(0.3), Momentum(0.3), Adam(0.3)])
def test_every_reason_is_one_line_of_ascii(method):
    for settings in ({"max_iter": 3}, {"f_tol": 1e-3}, {"f_target": 0.5}, {"max_evals": 2}):
        run = steepest.minimize(steepest.gallery.sphere(), [1.0, 2.0], method, **settings)
        assert run.message.isascii()
        assert "\n" not in run.message
        assert re.match(r"[A-Z_]+ \S", run.message)
