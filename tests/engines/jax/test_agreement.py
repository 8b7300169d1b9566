"""The three engines make the same steps: every rule, problem, batch size and sampling, over 1,000 updates."""

from typing import Any, NamedTuple

import numpy as np
import pytest

import steepest
from steepest import methods, schedules
from steepest.base.fields import Rate

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(20, 4))
Y = X @ [1.0, -2.0, 0.5, 3.0] + 0.3 * RANDOM.normal(size=20)
MODEL = steepest.LinearModel(X, Y)
START = np.ones(5)


class Whole(NamedTuple):
    """A user's rule of the whole vector: the step is shortened by f and by the length of g."""

    learning_rate: Rate = 0.05
    drag: float = 0.1

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def step(self, w, f, g, slots, t, xp):
        size = xp.sqrt((g * g).sum())
        v = 0.5 * slots[0] - self.learning_rate * g / (1.0 + size * 0.1 + xp.log1p(f) / t)
        return v - self.drag * self.learning_rate * w, (v,)


def loss(w, example):
    x, y = example
    return 0.5 * (w[0] + (x * w[1:]).sum() - y) ** 2


SUM = steepest.FiniteSum(loss, (X, Y))
USERS = ["Averaged", "AheadAveraged", "ThreeSlots", "Zoo", "Nested"]
OURS = [name for name in methods.names() if not hasattr(methods.find(name), "corrected")]
"""Those with corrected gradients do not run in JAX."""
BATCHES = [name for name in OURS if not getattr(methods.find(name), "full_batch_only", False)]
SETTLING = ("lbfgs", "barzilai_borwein", "polyak", "conjugate_gradient")
"""They come to rest or, where gradients change fast, part by rounding within few of 1,000 steps."""
CLOSE = {"polyak": 1e-12}
"""Its rate is a quotient of small differences: it multiplies rounding, by how much depends on the processor."""
NUMBA = [*(name for name in OURS if name != "lbfgs"), "AheadAveraged"]
"""For the others of the users' rules tests/engines/numba shows it."""


@pytest.fixture
def rule_of(rule_called):
    # at random, near a minimum
    swinging = {"adam": 5, "ThreeSlots": 5, "rmsprop": 50, "adafactor": 50, "normalized": 20}

    def rule(name: str, rate: float) -> Any:
        small = rate / swinging.get(name, 1)
        return Whole(learning_rate=rate) if name == "Whole" else rule_called(name, learning_rate=small)

    return rule


def run(problem, w0, rule, engine, **options):
    found = steepest.minimize(problem, w0, rule, engine=engine, grad_tol=None, **options)
    assert found.engine == engine
    return found


@pytest.mark.parametrize("name", [*OURS, *USERS, "Whole"])
def test_full_batch_on_a_linear_model(rule_of, same_path, name):
    rule, steps = rule_of(name, 0.05), 20 if name in SETTLING else 1000
    plain = run(MODEL, START, rule, "python", max_iter=steps)
    assert np.ptp(plain.history.w, axis=0).min() > 1e-3  # it went somewhere
    for engine in ("numba", "jax") if name in NUMBA else ("jax",):
        same_path(run(MODEL, START, rule, engine, max_iter=steps), plain, CLOSE.get(name, 1e-13))


@pytest.mark.parametrize("name", [*OURS, *USERS, "Whole"])
def test_full_batch_on_a_gallery_function(rule_of, same_path, name):
    problem, rule = steepest.gallery.rosenbrock(n=3), rule_of(name, 2e-4)
    steps = 10 if name in SETTLING else 1000
    plain = run(problem, None, rule, "python", max_iter=steps)
    assert plain.f < 0.999 * plain.f_start
    same_path(run(problem, None, rule, "jax", max_iter=steps), plain)


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("name", [*BATCHES, "AheadAveraged"])
def test_batches_of_every_sampling(rule_of, same_path, name, batch):
    rule = rule_of(name, 2e-3)
    options = {"max_iter": 50 if batch == 1 else 334, "batch_size": batch, "record": "updates"}  # 1,000 updates
    ends = set()
    for sampling in ("shuffle", "replacement", "sequential", "tutorial"):
        plain = run(MODEL, START, rule, "python", sampling=sampling, **options)
        others = [run(MODEL, START, rule, "numba", sampling=sampling, **options)] if name != "AheadAveraged" else []
        others.append(run(MODEL, START, rule, "jax", sampling=sampling, **options))
        if sampling == "shuffle":  # the orders are the same for all problems
            others += [run(SUM, START, rule, engine, sampling=sampling, **options) for engine in ("jax", "python")]
        for other in others:
            same_path(other, plain, CLOSE.get(name, 1e-13))
            found, wanted = other.updates, plain.updates
            assert np.array_equal(found.iteration, np.arange(options["max_iter"] * -(-20 // batch) + 1))
            np.testing.assert_allclose(found.w, wanted.w, rtol=0, atol=CLOSE.get(name, 1e-13) * np.abs(wanted.w).max())
            np.testing.assert_allclose(found.running_f[1:], wanted.running_f[1:], rtol=1e-10, atol=1e-12)
        ends.add(plain.w.tobytes())
    assert len(ends) == 4 or name == "signsgd"  # its small steps are the same ones in another order


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_sums_and_gradient_norms_of_epochs(same_path, reduction):
    model = steepest.LinearModel(X, Y, fit_intercept=False, reduction=reduction)
    total = steepest.FiniteSum(lambda w, e: 0.5 * ((e[0] * w).sum() - e[1]) ** 2, (X, Y), reduction=reduction)
    options = {"batch_size": 7, "max_iter": 40, "grad_tol": 1e-12, "learning_rate": 1e-3}
    plain = steepest.minimize(model, engine="python", **options)
    for problem in (model, total):
        same_path(steepest.minimize(problem, np.zeros(4), engine="jax", **options), plain)
    assert np.isfinite(plain.history.grad_norm).all()
    whole = {"learning_rate": 1e-3, "max_iter": 40}  # the two reductions do not share a program
    plain = steepest.minimize(model, engine="python", **whole)
    for problem in (model, total):
        same_path(steepest.minimize(problem, np.zeros(4), engine="jax", **whole), plain)


def test_schedules_of_updates_and_of_epochs(same_path):
    rule = methods.Momentum(schedules.Cosine(0.05, 0.001), schedules.Exponential(0.9, 0.999))
    plain = run(MODEL, START, rule, "python", max_iter=1000)
    for engine in ("numba", "jax"):
        same_path(run(MODEL, START, rule, engine, max_iter=1000), plain)
    rule = methods.Momentum(
        schedules.Step(0.004, every=10, factor=0.5, per_epoch=True), lambda t: 0.9 / (1.0 + 0.001 * t)
    )
    plain = run(MODEL, START, rule, "python", max_iter=100, batch_size=7, seed=5)
    assert plain.history.learning_rate[[1, 10, 11]].tolist() == [0.004, 0.004, 0.002]
    for engine in ("numba", "jax"):
        same_path(run(MODEL, START, rule, engine, max_iter=100, batch_size=7, seed=5), plain)


@pytest.mark.parametrize("batch", [None, 7])
@pytest.mark.parametrize("name", ["momentum", "nesterov_lookahead", "adam"])
def test_projection_onto_bounds(rule_of, same_path, name, batch):
    box = steepest.Box([-1.0, 0.5, -1.0, -np.inf, -1.0], [1.0, 1.5, 0.3, 0.2, np.inf])
    options = {"bounds": box, "max_iter": 200, "batch_size": batch, "record": "all"}
    rule = rule_of(name, 0.1 if name == "adam" else 0.01)
    start = np.array([0.0, 1.0, 0.0, 0.0, 0.0])
    plain = steepest.minimize(MODEL, start, rule, engine="python", grad_tol=1e-14, **options)
    assert ((plain.history.w == box.lower) | (plain.history.w == box.upper)).any(axis=0).sum() >= 2
    for engine in ("numba", "jax"):
        other = steepest.minimize(MODEL, start, rule, engine=engine, grad_tol=1e-14, **options)
        same_path(other, plain)
        assert all(box.holds(w) for w in other.history.w)


def test_climbing_is_the_mirror_image(same_path):
    def hill(w):
        return -((w[0] - 1.0) ** 2) - 3.0 * (w[1] + 2.0) ** 2 + w[0] * w[1]

    def slope(w):
        return np.array([-2.0 * (w[0] - 1.0) + w[1], -6.0 * (w[1] + 2.0) + w[0]])

    options = {"maximize": True, "learning_rate": 0.05, "max_iter": 1000, "grad_tol": None}
    up = steepest.minimize(hill, [0.0, 0.0], **options)
    assert up.engine == "jax"
    same_path(up, steepest.minimize(hill, [0.0, 0.0], grad=slope, **options))
    assert up.f > up.f_start
    down = steepest.minimize(lambda w: -hill(w), [0.0, 0.0], **{**options, "maximize": False})
    np.testing.assert_allclose(up.history.f, -down.history.f, rtol=1e-14)
    batches = {"maximize": True, "max_iter": 20, "batch_size": 7, "learning_rate": 1e-4, "record": "updates"}
    plain = steepest.minimize(SUM, START, engine="python", **batches)
    same_path(steepest.minimize(SUM, START, **batches), plain)
    assert plain.f > plain.f_start


def test_gallery_functions_of_one_class_are_not_mixed_up():
    quadratic = steepest.gallery.ill_conditioned_quadratic
    for condition in (10.0, 100.0, 10.0):
        found = run(quadratic(condition=condition), None, methods.GradientDescent(0.01), "jax", max_iter=1)
        np.testing.assert_allclose(found.w, found.w0 * (1.0 - 0.01 * np.array([1.0, condition])), rtol=0, atol=1e-15)


def test_rules_of_one_name_are_not_mixed_up():
    def made(factor):
        class Same(NamedTuple):
            learning_rate: Rate = 0.1

            def init(self, w, xp):
                return ()

            def update(self, w, g, slots, t, xp):
                return -factor * self.learning_rate * g, ()

        return Same()

    ends = [run("sphere", [1.0, 1.0], made(factor), "jax", max_iter=1).w[0] for factor in (1.0, 2.0)]
    np.testing.assert_allclose(ends, [0.8, 0.6], rtol=1e-15)
    assert run("sphere", [1.0, 1.0], methods.Momentum(0.1, 0.5), "jax", max_iter=2).w[0] != ends[0]
