"""What is compiled, and how often: once for each structure of rule and problem, whatever the numbers are."""

from typing import NamedTuple

import numpy as np
import pytest

import steepest
from steepest import methods, schedules
from steepest.base.fields import Fraction, Rate
from steepest.engines.jax import programs

X = np.random.default_rng(0).normal(size=(12, 3))
Y = X @ [1.0, -1.0, 2.0]


class Told(NamedTuple):
    """Heavy ball that notes each time it is traced."""

    learning_rate: Rate = 0.05
    momentum: Fraction = 0.5
    doubled: bool = False

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def update(self, w, g, slots, t, xp):
        if not isinstance(w, np.ndarray):
            TRACES.append(type(w).__name__)
        v = self.momentum * slots[0] - (2.0 if self.doubled else 1.0) * self.learning_rate * g
        return v, (v,)


TRACES: list[str] = []


def bowl(w):
    return ((w - 1.0) ** 2).sum() + 0.25 * (w**4).sum()


def go(problem, w0, **options):
    return steepest.minimize(problem, w0, Told, engine="jax", **{"grad_tol": None, "max_iter": 20, **options})


def traces(*problem, **options):
    """How often a run traces the rule."""
    before = len(TRACES)
    go(*problem, **options)
    return len(TRACES) - before


@pytest.mark.parametrize("batch", [None, 5])
def test_a_hundred_hyper_parameters_compile_once(compilations, batch):
    problem = (bowl, [0.0, 0.0, 0.0]) if batch is None else (steepest.LinearModel(X, Y), np.zeros(4))
    options = {} if batch is None else {"batch_size": batch}
    assert 1 <= traces(*problem, **options) <= 4  # the body of a loop, perhaps twice, and the last short batch
    kept, compiled = len(programs._programs), compilations()
    ends, traced = set(), len(TRACES)
    for k in range(100):
        run = go(*problem, learning_rate=0.001 * (k + 1), momentum=0.005 * k, max_iter=10 + k, seed=k, **options)
        ends.add(run.history.w[3].tobytes())
    assert len(ends) == 100
    assert len(TRACES) == traced
    assert len(programs._programs) == kept
    assert compilations() == compiled


def test_another_number_of_variables_is_another_program():
    go(bowl, [0.0, 0.0, 0.0])
    assert traces(bowl, [0.5, 0.5, 0.5]) == 0
    assert traces(bowl, [0.5, 0.5]) >= 1


@pytest.mark.parametrize("batch", [None, 5])
def test_schedules_share_a_program_of_their_own(compilations, batch):
    problem = (bowl, [0.0, 0.0, 0.0]) if batch is None else (steepest.LinearModel(X, Y), np.zeros(4))
    options = {} if batch is None else {"batch_size": batch}
    go(*problem, **options)
    go(*problem, learning_rate=schedules.Cosine(0.05, 0.01), **options)
    compiled = compilations()
    for learning_rate in (schedules.Exponential(0.05, 0.99), schedules.Step(0.05, every=7), lambda t: 0.05 / (1 + t)):
        for momentum in (0.3, schedules.Cosine(0.9, 0.1)):
            assert traces(*problem, learning_rate=learning_rate, momentum=momentum, max_iter=33, **options) == 0
    go(*problem, **options)
    assert compilations() == compiled


def test_what_is_no_number_is_compiled_in():
    go(bowl, [0.0, 0.0, 0.0])
    slow = go(bowl, [0.0, 0.0, 0.0], max_iter=1)
    assert traces(bowl, [0.0, 0.0, 0.0], doubled=True) >= 1
    fast = go(bowl, [0.0, 0.0, 0.0], max_iter=1, doubled=True)
    np.testing.assert_allclose(fast.w, 2.0 * slow.w, rtol=1e-15)


def test_bounds_and_gradient_tests_are_told_apart_but_their_values_are_not(compilations):
    start = np.full(3, 0.25)
    for options in ({}, {"bounds": steepest.Box(0.0, 0.5)}):
        go(bowl, start, **options)
    compiled = compilations()
    assert go(bowl, start, bounds=steepest.Box(-1.0, 0.375), max_iter=50).w.tolist() == [0.375] * 3
    assert go(bowl, start, grad_tol=1e-3, max_iter=500).success
    assert compilations() == compiled


def test_equal_data_shapes_share_a_program_and_other_shapes_do_not_mix(compilations):
    def at(rows, seed):
        data = np.random.default_rng(seed)
        return steepest.LinearModel(data.normal(size=(rows, 2)), data.normal(size=rows))

    ends = [go(at(9, 0), np.zeros(3), max_iter=2000).w]
    compiled = compilations()
    ends.append(go(at(9, 1), np.zeros(3), max_iter=2000).w)
    assert compilations() == compiled
    ends.append(go(at(10, 1), np.zeros(3), max_iter=2000).w)
    for w, (rows, seed) in zip(ends, [(9, 0), (9, 1), (10, 1)], strict=True):
        model = at(rows, seed)
        wanted = np.linalg.lstsq(np.c_[np.ones(rows), model.X], model.y)[0]
        np.testing.assert_allclose(w, wanted, rtol=1e-9)


def test_a_program_is_never_run_on_another_capture_s_values():
    """Two functions of one code, each with an array of its own: what one of them captured may change afterwards."""

    def loss_of(scale):
        return lambda w, example: ((scale * w - example) ** 2).sum()

    first, second = np.ones(2), np.ones(2)
    data = np.random.default_rng(1).normal(size=(7, 2))
    options = {"method": "gradient_descent", "learning_rate": 0.01, "max_iter": 2000, "grad_tol": None}
    for scale, rows in ((first, data[:5]), (second, data), (first, data)):
        run = steepest.minimize(steepest.FiniteSum(loss_of(scale), rows), [0.0, 0.0], **options)
        assert run.engine == "jax"
        np.testing.assert_allclose(run.w, rows.mean(axis=0) / scale, rtol=1e-9)
        first[:] = 4.0


def test_programs_that_are_not_used_are_forgotten(monkeypatch):
    monkeypatch.setattr(programs, "MOST_PROGRAMS", 3)
    ends = []
    for n in (2, 3, 4, 5, 6):
        run = steepest.minimize(
            steepest.gallery.sphere(n=n), learning_rate=0.25, momentum=0.0, max_iter=1, engine="jax"
        )
        ends.append(run.w / run.w0)
    assert len(programs._programs) == 3
    for end in ends:
        np.testing.assert_allclose(end, 0.5)


def test_methods_differ_though_their_fields_are_equal():
    ends = {
        name: steepest.minimize("booth", method=getattr(methods, name)(0.01, 0.5), max_iter=5, engine="jax").w.tobytes()
        for name in ("Momentum", "Nesterov", "NesterovLookahead")
    }
    assert len(set(ends.values())) == 3
