"""Where the JAX engine runs, and what it cannot run: said in one sentence that names the reason."""

from typing import NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.engines.jax import engine
from steepest.methods import Momentum

X = np.random.default_rng(0).normal(size=(11, 2))
Y = X @ [1.0, -2.0] + 0.5


def bowl(w):
    return (w[0] - 1.0) ** 2 + 4.0 * (w[1] + 0.5) ** 2


def loss(w, example):
    x, y = example
    return 0.5 * ((w[1:] * x).sum() + w[0] - y) ** 2


SUM = steepest.FiniteSum(loss, (X, Y))


def descend(problem=bowl, w0=(3.0, 3.0), **options):
    options = {"learning_rate": 0.05, "max_iter": 300, "grad_tol": None, "engine": "jax", **options}
    return steepest.minimize(problem, list(w0), **options)


@pytest.mark.parametrize("batch", [None, 3])
def test_the_processor_may_be_named(batch):
    problem, w0 = (bowl, [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    named = descend(problem, w0, engine="auto", device="cpu", batch_size=batch, max_iter=40)
    assert named.engine == "jax"
    assert named.recipe["device"] == "cpu"
    assert np.array_equal(named.history.w, descend(problem, w0, batch_size=batch, max_iter=40).history.w)
    assert np.array_equal(named.replay().history.w, named.history.w)


def test_a_device_that_is_not_there_is_a_sentence(monkeypatch):
    known = {"cpu": engine.devices()["cpu"]}
    monkeypatch.setattr(engine, "devices", lambda: known)
    with pytest.raises(
        ArgumentError, match=r"^device='gpu': JAX sees no such device here, only cpu; leave device out$"
    ):
        descend(engine="auto", device="gpu")
    with pytest.raises(ArgumentError, match=r"^device must be 'cpu', 'gpu' or None; got 'tpu'$"):
        descend(device="tpu")


def branching(w):
    return w[0] ** 2 + (w[1] ** 2 if w[1] > 0 else -w[1])


class Own:
    """A problem of the user's own class."""

    n, name, start, box, minimum, formula, source, gradient_note = 2, "own", None, None, None, "", "", "exact"

    def value(self, w):
        return float(w @ w)

    def gradient(self, w):
        return 2.0 * w

    def value_and_gradient(self, w):
        return self.value(w), self.gradient(w)

    def recipe(self):
        return {"kind": "own"}


OWN_SUM = steepest.FiniteSum(loss, (X, Y), grad=lambda w, e: loss(w, e) * np.ones(3))
BRANCHING_SUM = steepest.FiniteSum(lambda w, e: float(w[0] if w[0] > e else e - w[0]), np.arange(3.0))
YOURS = "the gradient is yours, and JAX would take its own; leave grad out"
REFUSED = [
    (bowl, {"grad": lambda w: 2.0 * w}, YOURS),
    (lambda w: (bowl(w), 2.0 * w), {"value_and_grad": True}, YOURS),
    (
        bowl,
        {"grad": "finite"},
        "the gradient is by central differences, and JAX would take its own; leave grad and work",
    ),
    (
        bowl,
        {"grad": "spsa"},
        "the gradient is by simultaneous perturbation, and JAX would take its own; leave grad and",
    ),
    (branching, {}, "it branches on values of w"),
    (Own(), {}, "it is no function that JAX can trace"),
    (OWN_SUM, {"w0": [0.0, 0.0, 0.0]}, YOURS),
    (BRANCHING_SUM, {"w0": [0.5]}, "it branches on values of w"),
    (
        bowl,
        {"learning_rate": steepest.line_search.Exact(), "method": "gradient_descent"},
        "a line search runs in the pl",
    ),
]


@pytest.mark.parametrize(("problem", "options", "why"), REFUSED)
def test_what_it_cannot_run_is_refused_in_one_sentence(problem, options, why):
    for asked in ({"engine": "jax"}, {"engine": "auto", "device": "cpu"}):
        said = "engine='jax'" if "device" not in asked else "device='cpu'"
        with pytest.raises(ArgumentError) as caught:
            descend(problem, **{**options, **asked})
        assert str(caught.value).startswith(f"{said} cannot run this: {why}")
        assert "\n" not in str(caught.value)
    assert descend(problem, **{**options, "engine": "auto", "max_iter": 2}).engine == "python"


def test_numba_is_not_quietly_replaced_by_jax():
    with pytest.raises(ArgumentError, match=r"^engine='numba' cannot run this: .* and this is a function"):
        descend(engine="numba")


def test_without_jax_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    for problem in (bowl, "sphere", SUM):
        w0 = [0.0, 0.0, 0.0] if problem is SUM else [3.0, 3.0]
        with pytest.raises(
            ArgumentError, match=r'^engine=\'jax\' cannot run this: it needs JAX: pip install "steepest'
        ):
            descend(problem, w0)
        assert descend(problem, w0, engine="auto", max_iter=2).engine == "python"
    assert descend(engine="auto", max_iter=2).recipe["gradient"] == "central differences, 4 evaluations an iteration"


class Stray(NamedTuple):
    """A rule that wants a function that rules may not use."""

    learning_rate: float = 0.1

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * xp.arctan(g), ()


def test_a_rule_that_leaves_xp_is_told_the_names():
    with pytest.raises(ArgumentError, match=r"^xp\.arctan is not available to rules and losses; use sqrt, "):
        steepest.minimize(bowl, [3.0, 3.0], Stray(), engine="jax", max_iter=3)


def test_the_engine_says_why_it_was_chosen():
    assert descend(engine="auto", max_iter=1).record.engine_reason.startswith("jax: a function that JAX differentiates")
    assert descend(max_iter=1).record.engine_reason == "jax: you asked for it"
    assert descend(engine="auto", device="cpu", max_iter=1).record.engine_reason == "jax: you asked for device cpu"
    assert steepest.minimize(bowl, [3.0, 3.0], Momentum(0.05), max_iter=1).engine == "jax"
