"""Watching optax: the same updates, in plain loops, jitted and inside a scan."""

import importlib.util

import numpy as np
import pytest

from steepest.base.errors import ArgumentError
from steepest.verbs.watching.starting import watch

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.skipif(importlib.util.find_spec("optax") is None, reason="live where optax is installed")


@pytest.fixture(scope="module")
def optax():
    import optax

    return optax


def f(p):
    return 0.5 * (p["a"][0] ** 2 + 10 * p["a"][1] ** 2) + (p["b"] - 1) ** 2


def start():
    return {"a": jax.numpy.ones(2), "b": jax.numpy.array(3.0)}


def loop(optax, transformation, how, steps, params, told=True):
    state = transformation.init(params)

    def one(params, state):
        value, slopes = jax.value_and_grad(f)(params)
        more = {"value": value} if told else {}
        updates, state = transformation.update(slopes, state, params, **more)
        return optax.apply_updates(params, updates), state

    if how == "scan":
        program = jax.jit(lambda carry: jax.lax.scan(lambda c, _: (one(*c), None), carry, length=steps)[0])
        return program((params, state))
    step = jax.jit(one) if how == "jit" else one
    for _ in range(steps):
        params, state = step(params, state)
    return params, state


@pytest.mark.parametrize("how", ["plain", "jit", "scan"])
@pytest.mark.parametrize("every", [1, 4])
def test_rows_are_the_loops_own(optax, how, every):
    rates = optax.exponential_decay(0.05, 10, 0.9)
    transformation = optax.inject_hyperparams(optax.adam)(learning_rate=rates)
    path, params, state = [start()], start(), optax.with_extra_args_support(transformation).init(start())
    for _ in range(12):
        updates, state = transformation.update(jax.grad(f)(params), state, params)
        params = optax.apply_updates(params, updates)
        path.append(params)
    with watch(transformation, every=every) as record:
        end, state = loop(optax, record.transformation, how, 12, start())
        record.last(end, int(state.count), float(f(end)))
    run = record.run
    rows = [t for t in range(13) if t % every == 0 or t == 12]
    assert list(run.history.iteration) == rows
    theirs = np.array([[*path[t]["a"], path[t]["b"]] for t in rows])
    np.testing.assert_allclose(run.history.w, theirs, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(run.history.f, [float(f(path[t])) for t in rows], rtol=1e-5)
    np.testing.assert_allclose(run.history.learning_rate[1], float(rates(max(every - 1, 0))), rtol=1e-6)
    assert run.recipe["method"] == {"name": "optax"}
    assert set(run.recipe["versions"]) >= {"optax", "jax"}
    assert run.w["a"].shape == (2,)


@pytest.mark.parametrize("how", ["plain", "jit"])
def test_with_the_problem(optax, how):
    with watch(optax.sgd(0.05), problem=f, every=2) as record:
        loop(optax, record.transformation, how, 9, start(), told=False)
        assert len(record.run.history) == 5
    run = record.run
    np.testing.assert_allclose(run.history.f, [run.problem.value(w) for w in run.history.w], rtol=1e-12)
    assert run.problem.gradient(run.record.w).shape == (3,)
    assert run.history.f[-1] < run.history.f[0]


def test_a_hand_written_loop_over_arrays_of_jax(optax):
    with watch() as record:
        params = start()
        for _ in range(5):
            value, slopes = jax.value_and_grad(f)(params)
            record.step(params, value, slopes, 0.05)
            params = jax.tree.map(lambda p, s: p - 0.05 * s, params, slopes)
    assert record.run.history.f.shape == (5,)
    assert record.run.w["b"] == pytest.approx(1 + 2 * 0.9**4, rel=1e-6)


def test_what_is_asked_of_the_loop(optax):
    record = watch(optax.sgd(0.1))
    transformation = record.transformation
    with pytest.raises(ArgumentError, match="params is missing"):
        transformation.update(start(), transformation.init(start()))
    with pytest.raises(ArgumentError, match="step is for loops without hooks; optax"):
        record.step(start())
    with pytest.raises(ArgumentError, match="w0 is not for optax"):
        watch(optax.sgd(0.1), w0=[1.0])


def test_rows_that_wait_are_thinned(optax, monkeypatch):
    from steepest.verbs.watching import optax_loop

    monkeypatch.setattr(optax_loop, "BUDGET", 24 * 10)
    with watch(optax.sgd(0.05), problem=f) as record:
        loop(optax, record.transformation, "jit", 50, start(), told=False)
    iteration = record.run.history.iteration
    assert 3 <= len(iteration) <= 11
    assert iteration[0] == 0
    assert np.unique(np.diff(iteration)).size == 1
