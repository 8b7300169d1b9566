"""Cells of a least-squares map: each is bit for bit what the quadratic engine makes of it alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.errors import CompileError
from steepest.engines.together import least_squares, run_together
from steepest.records.history import Plan

RNG = np.random.default_rng(5)
X = RNG.standard_normal((90, 4)) * [1.0, 0.7, 0.5, 0.3]
Y = X @ RNG.standard_normal(4) + 0.1 * RNG.standard_normal(90)
MODELS = {
    "plain": steepest.LinearModel(X, Y),
    "with l2": steepest.LinearModel(X, Y, penalty="l2", alpha=0.1),
    "two outputs": steepest.LinearModel(X, np.column_stack([Y, Y**2])),
    "flat": steepest.LinearModel(np.column_stack([X, X[:, 0]]), Y),
}
SETTINGS = {
    "gradient": {"grad_tol": 1e-6}, "rounding": {"grad_tol": 1e-16}, "f": {"f_tol": 1e-12}, "x": {"x_tol": 1e-9},
    "target": {"f_target": 0.01}, "none": {},
}  # fmt: skip


@given(
    model=st.sampled_from(sorted(MODELS)), rule=st.sampled_from(["momentum", "nesterov_lookahead", "adam"]),
    settings=st.sampled_from(sorted(SETTINGS)), ends=st.booleans(),
    rates=st.lists(st.floats(-3, 1).map(lambda power: 10**power), min_size=2, max_size=8),
)  # fmt: skip
def test_cells_are_those_they_would_be_alone(together, tasks_of, model, rule, settings, ends, rates):
    plan = Plan(ends_only=ends)
    together(tasks_of(MODELS[model], rule, rates, plan=plan, max_iter=700, **SETTINGS[settings]), "quadratic")


def test_more_cells_than_are_computed_side_by_side(together, tasks_of, monkeypatch):
    monkeypatch.setattr(least_squares, "CELLS", 3)
    tasks = tasks_of(MODELS["plain"], "momentum", np.geomspace(1e-3, 10, 10), max_iter=3000, grad_tol=1e-8)
    assert {"CONVERGED", "DIVERGED"} <= together(tasks, "quadratic")


def test_cells_of_one_start_share_their_passes_over_the_data(tasks_of, monkeypatch):
    made = []

    class Counting(least_squares.Quadratic):
        def __init__(self, *arguments):
            made.append(self)
            super().__init__(*arguments)

    monkeypatch.setattr(least_squares, "Quadratic", Counting)
    tasks = tasks_of(MODELS["plain"], "momentum", [0.01, 0.02, 0.03], grad_tol=1e-6)
    run_together([*tasks, *tasks_of(MODELS["plain"], "momentum", [0.01, 0.02], spread=1.0, grad_tol=1e-6)], "quadratic")
    assert len(made) == 3  # one for the start in common, one for each of the two others


def test_squares_that_overflow_are_refused_as_alone(tasks_of):
    tasks = tasks_of(steepest.LinearModel(1e200 * X, Y), "momentum", [0.01, 0.02])
    with pytest.raises(CompileError, match="overflow"):
        run_together(tasks, "quadratic")


def test_cells_with_a_time_limit_go_alone(tasks_of):
    tasks = tasks_of(MODELS["plain"], "momentum", [0.01, 0.02], max_iter=10**9, time_limit=1e-9)
    assert [ending.outcome.name for ending in run_together(tasks, "quadratic")] == ["TIME_LIMIT"] * 2
