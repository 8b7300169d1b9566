"""Copied Python and copied commands give the run again."""

import json
import shlex

import numpy as np
import pytest
from click.testing import CliRunner

import steepest
from steepest.cli.main import cli
from steepest.verbs.reproducing import command_of, python_of

RUNS = {
    "gallery": lambda: steepest.minimize("rosenbrock", max_iter=50),
    "dimension": lambda: steepest.minimize(steepest.gallery.rosenbrock(n=5), [0.5] * 5, "adam", max_iter=20, beta1=0.8),
    "formula": lambda: steepest.minimize("(1-x)^2 + 100*(y-x^2)^2", [-1.2, 1.0], learning_rate=1e-3, max_iter=30),
    "finite": lambda: steepest.minimize("x^2 + exp(y*x)", [1.0, 0.5], grad="finite", learning_rate=0.1, max_iter=30),
    "spsa": lambda: steepest.minimize("x^2 + 3*y^2", [1.0, 0.5], grad="spsa", seed=3, learning_rate=0.01, max_iter=30),
    "schedule": lambda: steepest.minimize(
        "sphere", [1.0, 2.0], "gradient_descent", learning_rate=steepest.schedules.Cosine(0.1), max_iter=20
    ),
    "mgh": lambda: steepest.minimize("mgh:beale", max_iter=30),
    "flags": lambda: steepest.minimize("rosenbrock", learning_rate=1e-3, rate_outside=True, f_tol=1e-3, max_iter=40),
    "tolerance": lambda: steepest.minimize("sphere", [1.0, 2.0], grad_tol=1e-3, patience=2),
    "maximize": lambda: steepest.minimize("-x^2", [1.0], learning_rate=0.1, maximize=True, max_iter=10),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_copied_python_gives_the_same_bits(name):
    run, found = RUNS[name](), {}
    exec(python_of(run), found)
    np.testing.assert_array_equal(found["run"].history.w, run.history.w)
    assert found["run"].outcome is run.outcome


@pytest.mark.parametrize("name", [name for name in RUNS if name != "schedule"])
def test_copied_commands_give_the_same_numbers(name):
    run = RUNS[name]()
    words = shlex.split(command_of(run))
    assert words[0] == "steepest"
    done = CliRunner().invoke(cli, [words[1], "--format", "json", *words[2:]])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["w"] == run.record.w.tolist()
    assert told["outcome"] == run.outcome.name


def test_what_a_recipe_does_not_hold_is_left_to_be_filled_in():
    model = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])
    run = steepest.minimize(model, batch_size=2, max_iter=3)
    text = python_of(run)
    assert "problem = ...  # the LinearModel" in text
    found = {"problem": model}
    exec(text.replace("problem = ...", "pass"), found)
    np.testing.assert_array_equal(found["run"].history.w, run.history.w)
    assert command_of(run) is None
    own = steepest.minimize(lambda w: float(w @ w), np.zeros(100), grad=lambda w: 2 * w, max_iter=1)
    assert "w0 = ...  # the start: 100 numbers" in python_of(own)
