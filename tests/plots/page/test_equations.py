"""The lines of docstrings, held against the steps that runs make."""

import numpy as np
import pytest

import steepest
from steepest.plots.page.equations import candidates, evaluated, holds, statements_of
from steepest.verbs.pages import traced_steps

WRITTEN = {
    "adabelief", "adagrad", "adam", "adamw", "amsgrad", "gradient_descent", "lion", "momentum", "nesterov",
    "nesterov_lookahead", "signsgd", "yogi",
}  # fmt: skip
"""Rules whose docstring writes the whole update in lines."""


def steps_of(method, **fields):
    run = steepest.minimize("rosenbrock", method=method, max_iter=20, grad_tol=None, **fields)
    return run, *traced_steps(run)


@pytest.mark.parametrize("method", sorted(WRITTEN))
def test_the_lines_of_a_docstring_give_the_recorded_steps(method):
    run, rule, trace = steps_of(method)
    statements = statements_of(rule, trace, run.history.w)
    assert statements
    assert {target for target, _ in statements} >= {"w"}


def test_the_form_that_is_run_is_the_one_that_is_shown():
    run, rule, trace = steps_of("momentum", learning_rate=1e-3, rate_outside=True)
    assert dict(statements_of(rule, trace, run.history.w))["w"] == "w - learning_rate * v"


def test_lines_that_do_not_hold_are_not_shown():
    run, rule, trace = steps_of("momentum", learning_rate=1e-3)
    right = statements_of(rule, trace, run.history.w)
    wrong = (right[0], ("w", "w - v"))
    assert holds(right, trace, run.history.w)
    assert not holds(wrong, trace, run.history.w)
    modified = steps_of("momentum", learning_rate=1e-3, weight_decay=0.1)
    assert statements_of(modified[1], modified[2], modified[0].history.w) == ()


def test_schedules_come_with_the_numbers_of_their_step():
    run, rule, trace = steps_of("gradient_descent", learning_rate=steepest.schedules.Cosine(1e-3))
    assert np.unique(trace.fields["learning_rate"]).size > 10
    assert statements_of(rule, trace, run.history.w)
    np.testing.assert_array_equal(trace.fields["learning_rate"][1:], run.history.learning_rate[1:])


def test_every_rule_has_lines_or_a_reason_to_have_none():
    for name in steepest.methods.names():
        assert candidates(steepest.methods.find(name)()) or name not in WRITTEN


def test_expressions_are_arithmetic_and_nothing_else():
    known = {"a": np.array([3.0]), "b": 2.0}
    assert evaluated("max(a, b) * (1 - b^2) / -sqrt(4)", known) == pytest.approx([4.5])
    for text in ("__import__('os')", "a.shape", "a[0]", "print(a)", "lambda: 1", "'x'", "a if b else a"):
        with pytest.raises((ValueError, KeyError, SyntaxError)):
            evaluated(text, known)
