"""When a run ends and what it is called, held against a slow reading of the rules over written-down rows."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.engines.stopping import Settings, Verdict, Watch
from steepest.methods import Adam, GradientDescent, Momentum
from steepest.problems.function import Function
from steepest.records.outcome import Outcome

UNIT = GradientDescent(1.0)


# -- tolerances ------------------------------------------------------------------------------------------------------


def read_slowly(f, w, slopes, max_iter, f_tol=None, f_rtol=None, x_tol=None, grad_tol=None, f_target=None, patience=1):
    """(outcome, row) by the contract's words: tolerances that held for ``patience`` rows, then a standstill."""
    held = {}

    def holds(name, now):
        held[name] = held.get(name, 0) + 1 if now else 0
        return held[name] >= patience

    still = 0
    for t in range(max_iter + 1):
        if f_target is not None and f[t] <= f_target:
            return Outcome.F_TARGET, t
        met = False
        if t > 0:
            met |= f_tol is not None and holds("f_tol", abs(f[t] - f[t - 1]) <= f_tol)
            met |= f_rtol is not None and holds("f_rtol", abs(f[t] - f[t - 1]) <= f_rtol * abs(f[t]))
            met |= x_tol is not None and holds("x_tol", np.abs(w[t] - w[t - 1]).max() <= x_tol)
        met |= grad_tol is not None and holds("grad_tol", np.abs(slopes[t]).max() <= grad_tol)
        if met:
            return Outcome.CONVERGED, t
        still = still + 1 if t > 0 and (w[t] == w[t - 1]).all() else 0
        tolerant = any(v is not None for v in (f_tol, f_rtol, x_tol, grad_tol, f_target))
        if tolerant and still >= 2 and not any(held.values()):
            return Outcome.STALLED, t
    return Outcome.MAX_ITER, max_iter


optional = st.none() | st.sampled_from([0.0, 0.5, 1.0, 2.0])


@given(
    rows=st.lists(
        st.tuples(st.integers(-4, 4), st.tuples(st.integers(-2, 2), st.integers(-2, 2))), min_size=1, max_size=14
    ),
    f_tol=optional, f_rtol=optional, x_tol=optional, grad_tol=optional,
    f_target=st.none() | st.sampled_from([-4.0, -2.0]), patience=st.integers(1, 4), recorded=st.booleans(),
)  # fmt: skip
def test_any_tolerance_that_held_for_patience_rows_ends_the_run_there(
    go, script, rows, f_tol, f_rtol, x_tol, grad_tol, f_target, patience, recorded
):
    f, slopes = [float(v) for v, _ in rows], np.array([g for _, g in rows], dtype=float)
    w = np.concatenate([np.zeros((1, 2)), -np.cumsum(slopes, axis=0)])
    settings = dict(f_tol=f_tol, f_rtol=f_rtol, x_tol=x_tol, grad_tol=grad_tol, f_target=f_target, patience=patience)
    plan = steepest.records.history.Plan() if recorded else steepest.records.history.Plan(("w", "f"))
    ending = go(script(f, slopes).problem(), UNIT, [0, 0], plan=plan, max_iter=len(rows) - 1, **settings)
    assert (ending.outcome, ending.nit) == read_slowly(f, w, slopes, len(rows) - 1, **settings)
    assert ending.iteration == ending.nit
    history = ending.session.history()
    assert np.array_equal(history.w, w[: ending.nit + 1])
    assert np.array_equal(history.f, f[: ending.nit + 1])


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize(
    ("tolerance", "word"),
    [({"f_tol": 1e-7}, "f_tol 1e-07"), ({"f_rtol": 1e-3}, "f_rtol 0.001"), ({"x_tol": 1e-5}, "x_tol 1e-05"),
     ({"grad_tol": 1e-4}, "grad_tol 0.0001")],
)  # fmt: skip
@pytest.mark.parametrize("patience", [1, 3])
def test_a_tolerance_converges_at_its_first_row_and_says_which(engine, tolerance, word, patience):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((40, 3))
    problem = steepest.LinearModel(X, X @ [1.0, 2.0, 3.0] + 0.5)
    run = steepest.minimize(problem, learning_rate=0.05, engine=engine, patience=patience, **tolerance)
    f, w, g = run.history.f, run.history.w, run.history.grad_norm
    holds = {
        "f_tol": np.abs(np.diff(f)) <= 1e-7, "f_rtol": np.abs(np.diff(f)) <= 1e-3 * np.abs(f[1:]),
        "x_tol": np.abs(np.diff(w, axis=0)).max(axis=1) <= 1e-5, "grad_tol": g[1:] <= 1e-4,
    }[next(iter(tolerance))]  # fmt: skip
    windows = [holds[t + 1 - patience : t + 1].all() for t in range(patience - 1, holds.size)]
    assert run.outcome is Outcome.CONVERGED
    assert run.success
    assert [bool(v) for v in windows] == [False] * (len(windows) - 1) + [True]
    assert word in run.message


def test_f_target_and_grad_tol_are_tested_at_row_0(go, script):
    assert go(script([3.0], [1.0]).problem(), UNIT, [0], f_target=3.0)[:3] == (Outcome.F_TARGET, 0)[:2] or True
    ending = go(script([3.0], [1.0]).problem(), UNIT, [0], f_target=3.0)
    assert (ending.outcome, ending.nit) == (Outcome.F_TARGET, 0)
    ending = go(script([3.0], [0.25]).problem(), UNIT, [0], grad_tol=0.25)
    assert (ending.outcome, ending.nit) == (Outcome.CONVERGED, 0)
