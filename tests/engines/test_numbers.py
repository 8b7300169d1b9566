"""The plain loop on single floats against the one on arrays: the same record to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.engines import python
from steepest.engines.numbers import Numbers

FUNCTIONS = (
    "rosenbrock",
    "beale",
    "himmelblau",
    "rastrigin",
    "exponential",
    "camel_six_hump",
    "easom",
    "huber",
    "cube",
)
METHODS = ("gradient_descent", "momentum", "nesterov", "adam", "rmsprop", "adagrad", "lion", "rprop", "signsgd")
ENDS = (
    {}, {"grad_tol": None}, {"grad_tol": 1e-2, "patience": 3}, {"f_tol": 1e-6}, {"f_rtol": 1e-3, "grad_tol": 1e-3},
    {"x_tol": 1e-4}, {"f_target": 0.5}, {"record": 7}, {"record": "none"}, {"record": ("w", "f"), "grad_tol": None},
)  # fmt: skip


def told(run):
    """What a run says, but for its clock."""
    record = run.record
    numbers = [record.f, record.grad_norm, record.best.f, record.best.iteration, record.trouble_at]
    counts = [record.nit, record.nfev, record.njev, record.outcome.name, record.reason, record.why, record.advice]
    columns = {name: column for name, column in record.history.columns().items() if name != "seconds"}
    return numbers, counts, [record.w, record.best.w], columns


def both_ways(monkeypatch, *arguments, **options):
    used = []
    plain = Numbers.descend
    with monkeypatch.context() as patched:
        patched.setattr(Numbers, "descend", lambda self, session: used.append(1) or plain(self, session))
        quick = steepest.minimize(*arguments, **options)
    with monkeypatch.context() as patched:
        patched.setattr(python, "on_numbers", lambda task: None)
        slow = steepest.minimize(*arguments, **options)
    return quick, slow, bool(used)


def assert_same(quick, slow):
    numbers, counts, points, columns = told(quick)
    other_numbers, other_counts, other_points, other_columns = told(slow)
    np.testing.assert_array_equal(numbers, other_numbers)
    assert counts == other_counts
    np.testing.assert_array_equal(points, other_points)
    assert columns.keys() == other_columns.keys()
    for name, column in columns.items():
        np.testing.assert_array_equal(column, other_columns[name], err_msg=name)


@given(
    name=st.sampled_from(FUNCTIONS), method=st.sampled_from(METHODS), rate=st.floats(-5, 1), ends=st.sampled_from(ENDS),
    start=st.tuples(st.floats(-3, 3), st.floats(-3, 3)), most=st.sampled_from([0, 1, 9, 60, 700]),
)  # fmt: skip
def test_the_record_is_that_of_arrays(name, method, rate, ends, start, most):
    with pytest.MonkeyPatch.context() as monkeypatch:
        quick, slow, used = both_ways(
            monkeypatch, name, list(start), method, learning_rate=10.0**rate, max_iter=most, **ends
        )
    assert used
    assert_same(quick, slow)


def test_where_python_raises_and_numpy_does_not(monkeypatch):
    quick, slow, used = both_ways(monkeypatch, "cube", [1e30, 1.0], "gradient_descent", learning_rate=1e-3, max_iter=5)
    assert used
    assert_same(quick, slow)


@pytest.mark.parametrize(
    "options",
    [
        {"callback": lambda w: None}, {"max_evals": 30}, {"bounds": steepest.Box([-2, -2], [2, 2])},
        {"method": "nesterov_lookahead"}, {"method": "barzilai_borwein"}, {"maximize": True, "learning_rate": 1e-4},
        {"learning_rate": steepest.schedules.Cosine(1e-3, 1e-4)},
        {"method": "gradient_descent", "learning_rate": steepest.line_search.Armijo()},
    ],
)  # fmt: skip
def test_everything_else_goes_by_arrays(monkeypatch, options):
    given = {"method": "momentum", "max_iter": 20, **options}
    quick, slow, used = both_ways(monkeypatch, "rosenbrock", [-1.0, 0.5], **given)
    assert not used
    assert_same(quick, slow)


def test_a_rule_that_takes_arrays_only_goes_by_arrays(monkeypatch):
    class Arrays(steepest.methods.GradientDescent):
        def update(self, w, g, slots, t, xp):
            return -1e-3 * g.copy(), slots

    _, _, used = both_ways(monkeypatch, "rosenbrock", [-1.0, 0.5], Arrays(1e-3), max_iter=5)
    assert not used
