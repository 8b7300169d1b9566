"""Which engine runs what, and the sentence that says why."""

from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse

import steepest
from steepest.base.errors import ArgumentError
from steepest.engines.choose import choose, runner
from steepest.methods import GradientDescent, Momentum
from steepest.problems.function import as_function
from steepest.problems.negated import Negated

MODEL = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])
SPARSE = steepest.LinearModel(scipy.sparse.eye_array(3).tocsr(), [1.0, 2.0, 3.0])


class Wide(NamedTuple):
    learning_rate: float = 0.1

    def init(self, w, xp):
        return tuple(xp.zeros_like(w) for _ in range(7))

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
        cls = steepest.methods.find(name)
        rule = cls(**({"f_least": 0.0} if "f_least" in cls._fields else {}))
        for fields in ({}, {"learning_rate": 0.1} if "learning_rate" in cls._fields else {}):
            engine, why = choose(MODEL, rule._replace(**fields))
            if name == "lbfgs":
                assert (engine, why) == ("python", "python: the rule has more than 6 slots")
            else:
                assert engine == "numba"
                assert why.startswith("numba: ")


@pytest.mark.parametrize(
    ("problem", "rule", "word"),
    [
        (steepest.gallery.sphere(), Momentum(0.1), "function"),
        (Negated(MODEL), Momentum(0.1), "climb"),
        (MODEL, Wide(), "6 slots"),
        (SPARSE, Whole(), "no element-wise update"),
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


def test_least_squares_on_many_rows_runs_without_its_data():
    X = np.ones((20_000, 20))
    X[:, 0] = np.arange(20_000.0)
    big = steepest.LinearModel(X, np.ones(20_000))
    assert choose(MODEL, GradientDescent(0.1), "quadratic") == ("quadratic", "quadratic: you asked for it")
    assert choose(big, GradientDescent(0.1), max_iter=10_000)[0] == "quadratic"
    assert choose(big, GradientDescent(0.1), max_iter=3)[0] == "numba"
    assert choose(big, GradientDescent(0.1), batch_size=10, max_iter=10_000)[0] == "numba"
    assert choose(MODEL, GradientDescent(0.1), max_iter=10_000)[0] == "numba"
    with pytest.raises(ArgumentError, match=r"^engine='quadratic' cannot run this: batches need the data"):
        choose(big, GradientDescent(0.1), "quadratic", batch_size=10)
    with pytest.raises(ArgumentError, match=r"^engine='quadratic' cannot run this: it is for linear models"):
        choose(AUTOMATIC, GradientDescent(0.1), "quadratic")


def square(w):
    return (w**2).sum()


def printing(w):
    print(end="")
    return (w**2).sum()


W0 = np.array([1.0, 2.0])
AUTOMATIC, YOURS = as_function(square, W0), as_function(square, W0, lambda w: 2 * w)
FINITE, IMPURE = as_function(square, W0, "finite"), as_function(printing, W0)


@pytest.mark.parametrize("problem", [AUTOMATIC, Negated(AUTOMATIC)])
@pytest.mark.parametrize("rule", [Momentum(0.1), Wide(), Whole()])
def test_a_function_that_jax_differentiates_runs_in_jax_with_any_rule(problem, rule):
    engine, why = choose(problem, rule)
    assert engine == "jax"
    assert why.startswith("jax: ")


@pytest.mark.parametrize("problem", [AUTOMATIC, MODEL, Negated(MODEL), steepest.gallery.sphere()])
def test_jax_takes_whatever_can_be_traced_where_it_is_asked_for(problem):
    assert choose(problem, Momentum(0.1), "jax") == ("jax", "jax: you asked for it")
    assert choose(problem, Momentum(0.1), device="cpu") == ("jax", "jax: you asked for device cpu")
    assert choose(problem, Momentum(0.1), "jax", device="cpu")[0] == "jax"


@pytest.mark.parametrize(
    ("problem", "word"), [(YOURS, "the gradient is yours"), (FINITE, "central differences"), (IMPURE, "it prints")]
)
def test_what_jax_cannot_run_is_said(problem, word):
    assert choose(problem, Momentum(0.1))[0] == "python"
    with pytest.raises(ArgumentError, match=rf"^engine='jax' cannot run this: .*{word}"):
        choose(problem, Momentum(0.1), "jax")
    with pytest.raises(ArgumentError, match=rf"^device='gpu' cannot run this: .*{word}"):
        choose(problem, Momentum(0.1), device="gpu")


def test_without_jax_nothing_runs_in_it(monkeypatch):
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    for engine, device in (("jax", None), ("auto", "cpu")):
        with pytest.raises(ArgumentError, match=r"cannot run this: .*pip install \"steepest\[jax\]\"$"):
            choose(MODEL, Momentum(0.1), engine, device=device)
    assert choose(MODEL, Momentum(0.1))[0] == "numba"


@pytest.mark.parametrize("engine", ["python", "numba"])
def test_a_device_belongs_to_jax(engine):
    with pytest.raises(
        ArgumentError, match=rf"^device='gpu' is for engine='jax'; leave it out with engine='{engine}'$"
    ):
        choose(MODEL, Momentum(0.1), engine, device="gpu")


@pytest.mark.parametrize("problem", [AUTOMATIC, MODEL, YOURS])
def test_a_line_search_runs_in_the_plain_loop(problem):
    search = steepest.line_search.Armijo()
    engine, why = choose(problem, GradientDescent(1.0), search=search)
    assert (engine, why) == ("python", "python: a line search runs in the plain loop")
    for asked in ("numba", "jax"):
        with pytest.raises(ArgumentError, match=rf"^engine='{asked}' cannot run this"):
            choose(problem, GradientDescent(1.0), asked, search)


def test_numba_is_not_given_a_function_however_it_is_asked():
    with pytest.raises(ArgumentError, match=r"^engine='numba' cannot run this: .* this is a function"):
        choose(AUTOMATIC, Momentum(0.1), "numba")


@pytest.mark.parametrize("engine", ["NUMBA", "cuda", "", None, 3])
def test_an_unknown_engine_is_refused_by_name(engine):
    with pytest.raises(ArgumentError, match="engine must be") as error:
        choose(MODEL, GradientDescent(0.1), engine)
    assert repr(engine) in str(error.value)


def test_every_engine_has_a_runner():
    assert all(callable(runner(engine)) for engine in ("python", "numba", "jax"))
    assert len({runner(engine) for engine in ("python", "numba", "jax")}) == 3


def test_the_run_says_which_engine_it_ran_in():
    run = steepest.minimize(MODEL, learning_rate=0.1, max_iter=3)
    assert run.engine == "numba"
    assert steepest.minimize(MODEL, learning_rate=0.1, max_iter=3, maximize=True).engine == "python"
    assert steepest.minimize(steepest.gallery.sphere(), learning_rate=0.1, max_iter=3).engine == "python"
    assert steepest.minimize(square, [1.0, 2.0], learning_rate=0.1, max_iter=3).engine == "jax"
