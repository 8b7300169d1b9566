"""Runs followed on modes against ``minimize``: errors row by row, and counts to the iteration."""

import numpy as np
import pytest

import steepest
from steepest.analysis.mode_runs import errors_along, predictable, predicted_count
from steepest.analysis.modes import Modes, gap, modes_of
from steepest.verbs.subject import ruled, subject

METHODS = [
    ("gradient_descent", {}), ("momentum", {"momentum": 0.9}), ("momentum", {"momentum": 0.5, "rate_outside": True}),
    ("nesterov", {"momentum": 0.8}), ("nesterov_lookahead", {"momentum": 0.95}),
]  # fmt: skip


def made(n, condition, seed):
    draws = np.random.default_rng(seed)
    c = np.geomspace(1, condition, n) if n > 1 else np.array([3.0])
    Q = np.linalg.qr(draws.standard_normal((n, n)))[0]
    A = (Q * c) @ Q.T
    return (lambda w: 0.5 * float(w @ (A @ w))), (lambda w: A @ w), draws.standard_normal(n), c[-1]


@pytest.mark.parametrize(("method", "fields"), METHODS)
@pytest.mark.parametrize(("n", "condition"), [(1, 1), (2, 10), (5, 1e3), (30, 1e2), (100, 1e3)])
def test_counts_are_those_of_minimize(method, fields, n, condition):
    f, g, w0, L = made(n, condition, n)
    problem, start = subject(f, w0, grad=g)
    modes = modes_of(problem, start)
    fields = fields | {"learning_rate": 0.9 / L}
    count = predicted_count(modes, ruled(method, fields, problem))
    run = steepest.minimize(
        f, w0, method, grad=g, f_target=modes.f_least + 1e-6 * gap(modes), max_iter=20_000, **fields
    )
    assert run.outcome.name == "F_TARGET"
    assert abs(count - run.nit) <= 1


@pytest.mark.parametrize(("method", "fields"), METHODS)
def test_errors_are_those_of_minimize(method, fields):
    X = np.random.default_rng(0).standard_normal((30, 4))
    model = steepest.LinearModel(X, X @ np.array([1.0, -2, 3, 0]) + np.sin(np.arange(30)), reduction="sum")
    modes = modes_of(model, model.start)
    fields = fields | {"learning_rate": 0.005}
    run = steepest.minimize(model, method=method, max_iter=60, grad_tol=None, **fields)
    predicted = errors_along(modes, ruled(method, fields, model), 60)
    measured = (run.history.w - modes.w_least) @ modes.vectors
    np.testing.assert_allclose(predicted, measured, atol=1e-9 * np.abs(measured).max())


def test_slow_descent_is_counted_in_closed_form():
    """(1 - 1e-9)^(2 t) = 1e-6 at t = 6.9e9: nobody steps through that."""
    modes = Modes(np.array([1e-9, 1.0]), np.array([1e6, 0.0]), 0.0, None, None, True, "")
    rule = steepest.methods.GradientDescent(learning_rate=1.0)
    assert predicted_count(modes, rule, most=10**12) == pytest.approx(np.log(1e-6) / (2 * np.log1p(-1e-9)), rel=1e-6)
    assert predicted_count(modes, rule, most=10**6) is None


def test_what_is_not_predicted():
    for rule in (
        steepest.methods.Adam(learning_rate=0.1), steepest.methods.SignSGD(learning_rate=0.1),
        ruled("momentum", {"learning_rate": 0.1, "weight_decay": 0.1}, steepest.gallery.sphere()),
    ):  # fmt: skip
        assert predictable(rule)
        assert predicted_count(Modes(np.ones(1), np.ones(1), 0.0, None, None, True, ""), rule) is None
    unstable = steepest.methods.Momentum(learning_rate=5.0)
    assert predicted_count(Modes(np.ones(1), np.ones(1), 0.0, None, None, True, ""), unstable, most=5000) is None
    still = Modes(np.ones(1), np.zeros(1), 0.0, None, None, True, "")
    assert predicted_count(still, steepest.methods.Momentum(learning_rate=0.1)) == 0
