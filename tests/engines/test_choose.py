"""Which engine runs what, and the sentence that says why."""

from typing import NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, NotYetError
from steepest.engines.choose import ENGINES, choose, runner
from steepest.methods import GradientDescent, Momentum
from steepest.problems.negated import Negated

MODEL = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])


class Wide(NamedTuple):
    learning_rate: float = 0.1

    def init(self, w, xp):
        return tuple(xp.zeros_like(w) for _ in range(4))

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, slots


class Whole(NamedTuple):
    learning_rate: float = 0.1

    def init(self, w, xp):
        return ()

    def step(self, w, f, g, slots, t, xp):
        return -self.learning_rate * g, slots


class Loose(NamedTuple):
    learning_rate: float = 0.1
    name: str = "x"

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, slots


def test_a_linear_model_is_compiled_with_any_of_our_rules():
    for name in steepest.methods.names():
        for fields in ({}, {"learning_rate": 0.1}):
            engine, why = choose(MODEL, steepest.methods.find(name)(**fields))
            assert engine == "numba"
            assert why.startswith("numba: ")


@pytest.mark.parametrize(
    ("problem", "rule", "word"),
    [
        (steepest.gallery.sphere(), Momentum(0.1), "function"),
        (Negated(MODEL), Momentum(0.1), "climb"),
        (MODEL, Wide(), "three slots"),
        (MODEL, Whole(), "no element-wise update"),
        (MODEL, Loose(), "field"),
    ],
)
def test_what_cannot_be_compiled_runs_plain_and_says_why(problem, rule, word):
    engine, why = choose(problem, rule)
    assert engine == "python"
    assert why.startswith("python: ")
    assert word in why
    with pytest.raises(ArgumentError, match="engine='numba' cannot run this") as error:
        choose(problem, rule, "numba")
    assert word in str(error.value)
    assert "engine='auto'" in str(error.value)


def test_an_engine_that_is_asked_for_is_taken():
    assert choose(MODEL, GradientDescent(0.1), "python") == ("python", "python: you asked for it")
    assert choose(MODEL, GradientDescent(0.1), "numba") == ("numba", "numba: you asked for it")


@pytest.mark.parametrize("engine", ["jax", "quadratic"])
def test_an_engine_of_a_later_version_says_so(engine):
    assert engine in ENGINES
    with pytest.raises(NotYetError, match="later version"):
        choose(MODEL, GradientDescent(0.1), engine)


@pytest.mark.parametrize("engine", ["NUMBA", "cuda", "", None, 3])
def test_an_unknown_engine_is_refused_by_name(engine):
    with pytest.raises(ArgumentError, match="engine must be") as error:
        choose(MODEL, GradientDescent(0.1), engine)
    assert repr(engine) in str(error.value)


def test_every_engine_has_a_runner():
    for engine in ("python", "numba"):
        assert callable(runner(engine))
    assert runner("python") is not runner("numba")


def test_the_run_says_which_engine_it_ran_in():
    run = steepest.minimize(MODEL, learning_rate=0.1, max_iter=3)
    assert run.engine == "numba"
    assert steepest.minimize(MODEL, learning_rate=0.1, max_iter=3, maximize=True).engine == "python"
    assert steepest.minimize(steepest.gallery.sphere(), learning_rate=0.1, max_iter=3).engine == "python"
