"""The schedule-free rules: worked by hand, against optax (live), and as the averages that they are, derived again."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import ScheduleFreeAdam, ScheduleFreeSGD

CURVATURES = np.geomspace(1.0, 100.0, 4)
W0 = {"quadratic": np.array([-4.0, 1.0, 2.5, -0.5]), "rosenbrock": np.array([-1.2, 1.0])}
RULES = [ScheduleFreeSGD(0.1), ScheduleFreeAdam(0.1), ScheduleFreeAdam(0.1, as_published=True)]
each = pytest.mark.parametrize("rule", RULES, ids=str)


def gradient(problem: str, w: Any) -> Any:
    if problem == "quadratic":
        return CURVATURES * w
    return np.array([-400 * w[0] * (w[1] - w[0] ** 2) - 2 * (1 - w[0]), 200 * (w[1] - w[0] ** 2)])


def walk(rule: Any, w: Any, slope: Any, steps: int, rates: Any = None) -> dict[str, np.ndarray]:
    """z, y and x, each (steps + 1, n): y_t is where the gradient of step t + 1 is taken, x_t what row t reports."""
    slots = rule.init(w, xp)
    rows: dict[str, list[Any]] = {"z": [], "y": [], "x": []}
    for t in range(steps + 1):
        now = rule if rates is None else rule._replace(learning_rate=float(rates[min(t, steps - 1)]))
        rows["z"].append(w)
        rows["x"].append(now.read(w, slots, float(t), xp))
        rows["y"].append(y := now.look(w, slots, t + 1.0, xp))
        step, slots = now.update(w, slope(y), slots, t + 1.0, xp)
        w = w + step
    return {name: np.array(values) for name, values in rows.items()}


def assert_equal(rows: Any, peers: Any) -> None:
    """To 1e-10 of the largest weight, at every row."""
    assert np.shape(rows) == np.shape(peers)
    assert np.abs(rows - peers).max() <= 1e-10 * np.abs(peers).max()


# -- by hand -------------------------------------------------------------------------------------------------------

GIVEN = [
    # f = w^2 from 1: z = 1 - 0.1 * 2 = 0.8, x = 0.8; y = 0.8, z = 0.8 - 0.16 = 0.64, x = (0.8 + 0.64) / 2
    (ScheduleFreeSGD(0.1, momentum=0.5), [1.0, 0.8, 0.72], [1.0, 0.8, 0.64]),
    # y = (0.64 + 3 * 0.72) / 4 = 0.7, z = 0.64 - 0.14 = 0.5, x = (2 * 0.72 + 0.5) / 3
    (ScheduleFreeSGD(0.1, momentum=0.75), [1.0, 0.8, 0.72, 1.94 / 3], [1.0, 0.8, 0.64, 0.5]),
    # g = 2, v / 0.25 = 4: z = 0.9; g = 1.8, v = 0.75 + 0.81 = 1.56, v / 0.4375, z = 0.9 - 0.18 / sqrt(1.56 / 0.4375)
    (ScheduleFreeAdam(0.1, 0.5, 0.75, 0.0), [1.0, 0.9, 0.9 - 0.09 * (0.4375 / 1.56) ** 0.5],
     [1.0, 0.9, 0.9 - 0.18 * (0.4375 / 1.56) ** 0.5]),
    # the same steps, since epsilon is 0, but weighed as 0.25 and 0.4375
    (ScheduleFreeAdam(0.1, 0.5, 0.75, 0.0, as_published=True),
     [1.0, 0.9, 0.9 - 0.18 * (0.4375 / 1.56) ** 0.5 * 0.4375 / 0.6875],
     [1.0, 0.9, 0.9 - 0.18 * (0.4375 / 1.56) ** 0.5]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "x", "z"), GIVEN, ids=str)
def test_first_steps_by_hand(rule, x, z):
    rows = walk(rule, np.ones(1), lambda w: 2 * w, len(x) - 1)
    np.testing.assert_allclose(rows["x"][:, 0], x, rtol=1e-14)
    np.testing.assert_allclose(rows["z"][:, 0], z, rtol=1e-14)


@each
@pytest.mark.parametrize("engine", ["python", "jax"])
def test_a_runs_rows_f_and_gradient_are_those_of_the_average(rule, engine):
    problem = steepest.gallery.sphere()
    run = steepest.minimize(problem, [1.0, -2.0], rule, max_iter=20, grad_tol=0.0, engine=engine)
    x = walk(rule, np.array([1.0, -2.0]), problem.gradient, 20)["x"]
    np.testing.assert_allclose(run.history.w, x, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(run.history.f, [problem.value(row) for row in x], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(run.history.grad_norm, np.abs(2 * x).max(axis=1), rtol=1e-12, atol=1e-15)


# -- edges ---------------------------------------------------------------------------------------------------------


@each
def test_without_a_gradient_nothing_moves(rule):
    for start in (np.zeros(1), np.array([3.0, -1.0])):
        with np.errstate(all="raise"):
            rows = walk(rule, start, lambda y: 0 * y, 3)
        assert all((rows[name] == start).all() for name in "zyx")


@each
def test_while_the_rate_is_0_nothing_moves_and_nothing_is_0_by_0(rule):
    """A warm-up may begin at 0: the first c is then no 0 / 0."""
    start, rates = np.array([1.0, -2.0]), np.array([0.0, 0.0, 0.1, 0.1])
    with np.errstate(all="raise"):
        rows = walk(rule, start, lambda y: 2 * y, 4, rates)
    assert (rows["x"][:3] == start).all()
    assert (rows["x"][3] == rows["z"][3]).all(), "the first rate that counts has all the weight"
    assert (np.abs(rows["x"][3]) < np.abs(start)).all()


@each
def test_the_start_is_not_shared_with_the_average(rule):
    w = np.ones(2)
    assert not any(np.shares_memory(slot, w) for slot in rule.init(w, xp))


# -- optax ---------------------------------------------------------------------------------------------------------


def optax_rows(problem: str, method: Any, steps: int) -> dict[str, np.ndarray]:
    """Its parameters are y; x it works out of y and z."""
    rows: dict[str, list[Any]] = {"z": [], "y": [], "x": []}
    with jax.enable_x64(True):
        y = jnp.asarray(W0[problem])
        state, update = method.init(y), jax.jit(method.update)
        for _ in range(steps + 1):
            rows["y"].append(y)
            rows["z"].append(state.z)
            rows["x"].append(optax.contrib.schedule_free_eval_params(state, y))
            updates, state = update(jnp.asarray(gradient(problem, np.asarray(y))), state, y)
            y = optax.apply_updates(y, updates)
        return {name: np.array(values) for name, values in rows.items()}


@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.98])
@pytest.mark.parametrize(("problem", "rate"), [("quadratic", 0.01), ("quadratic", 0.02), ("rosenbrock", 5e-4)])
def test_sgd_is_optaxs(problem, rate, momentum):
    ours = walk(ScheduleFreeSGD(rate, momentum), W0[problem], lambda y: gradient(problem, y), 200)
    peers = optax_rows(problem, optax.contrib.schedule_free_sgd(rate, b1=momentum), 200)
    for name in "zyx":
        assert_equal(ours[name], peers[name])


@pytest.mark.parametrize("betas", [(0.9, 0.999, 1e-8), (0.5, 0.99, 1e-3)])
@pytest.mark.parametrize(("problem", "rate"), [("quadratic", 0.01), ("quadratic", 0.05), ("rosenbrock", 0.01)])
def test_adam_is_optaxs(problem, rate, betas):
    ours = walk(ScheduleFreeAdam(rate, *betas), W0[problem], lambda y: gradient(problem, y), 200)
    b1, b2, eps = betas
    peers = optax_rows(problem, optax.contrib.schedule_free_adamw(rate, b1=b1, b2=b2, eps=eps), 200)
    for name in "zyx":
        assert_equal(ours[name], peers[name])


def test_a_warm_up_is_optaxs_too():
    """The rates rise from 0; optax calls its schedule with the step's number, counted from 1 for the weights and from 0
    for the steps, so that it is asked for one that is late by one there."""
    rates = 0.02 * np.minimum(np.arange(60) / 20, 1.0)

    def base(count):
        return 0.02 * jnp.minimum(count.astype(float) / 20, 1.0)  # whole by whole number is single precision in JAX

    peer = optax.contrib.schedule_free(optax.sgd(base), lambda count: base(count - 1), b1=0.9)
    ours = walk(ScheduleFreeSGD(0.02, 0.9), W0["quadratic"], lambda y: gradient("quadratic", y), 60, rates)
    peers = optax_rows("quadratic", peer, 60)
    for name in "zyx":
        assert_equal(ours[name], peers[name])


# -- second derivations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
def test_sgd_reports_the_average_of_all_z_weighed_by_squared_rates(momentum, falling):
    """The whole path at once: z the sum of the steps taken at y, x by cumulative sums, y between the two."""
    rates = 0.015 * np.linspace(1.0, 0.1, 300) if falling else np.full(300, 0.015)
    rows = walk(ScheduleFreeSGD(0.015, momentum), W0["quadratic"], lambda y: gradient("quadratic", y), 300, rates)
    steps = -rates[:, None] * CURVATURES * rows["y"][:-1]
    np.testing.assert_allclose(rows["z"][1:], W0["quadratic"] + np.cumsum(steps, axis=0), rtol=0, atol=1e-12)
    weights = rates[:, None] ** 2
    averages = np.cumsum(weights * rows["z"][1:], axis=0) / np.cumsum(weights, axis=0)
    np.testing.assert_allclose(rows["x"][1:], averages, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(rows["y"], (1 - momentum) * rows["z"] + momentum * rows["x"], rtol=0, atol=1e-14)


@pytest.mark.parametrize("published", [False, True])
def test_adam_reports_the_average_of_steps_by_all_squared_gradients_so_far(published):
    """v as the weighted sum that its recursion stands for, in place of the recursion."""
    rate, beta1, beta2, epsilon, steps = 0.05, 0.8, 0.95, 1e-2, 200
    rule = ScheduleFreeAdam(rate, beta1, beta2, epsilon, published)
    rows = walk(rule, W0["quadratic"], lambda y: gradient("quadratic", y), steps)
    t = np.arange(1, steps + 1)
    g = CURVATURES * rows["y"][:-1]
    powers = np.tril(beta2 ** np.maximum(t[:, None] - t, 0))
    sums, corrections = (1 - beta2) * powers @ g**2, 1 - beta2 ** t[:, None]
    rates = rate * np.sqrt(corrections) if published else np.full((steps, 1), rate)
    root = np.sqrt(sums) if published else np.sqrt(sums / corrections)
    np.testing.assert_allclose(np.diff(rows["z"], axis=0), -rates * g / (root + epsilon), rtol=1e-8, atol=1e-13)
    averages = np.cumsum(rates**2 * rows["z"][1:], axis=0) / np.cumsum(rates**2, axis=0)
    np.testing.assert_allclose(rows["x"][1:], averages, rtol=1e-9, atol=1e-13)


def test_without_momentum_it_averages_the_rows_of_gradient_descent():
    problem = steepest.gallery.ill_conditioned_quadratic(n=4, condition=100.0)
    given = {"learning_rate": 0.01, "max_iter": 100, "grad_tol": None}
    plain = steepest.minimize(problem, method="gradient_descent", **given).history.w
    run = steepest.minimize(problem, method="schedule_free_sgd", momentum=0.0, **given)
    averages = np.cumsum(plain[1:], axis=0) / np.arange(1, 101)[:, None]
    np.testing.assert_allclose(run.history.w[1:], averages, rtol=1e-11, atol=1e-13)


# -- engines -------------------------------------------------------------------------------------------------------


@each
def test_python_and_jax_make_the_same_steps(rule):
    problem = steepest.gallery.rosenbrock()
    rule = rule._replace(learning_rate=5e-4 if isinstance(rule, ScheduleFreeSGD) else 0.01)
    runs = [
        steepest.minimize(problem, method=rule, max_iter=100, grad_tol=None, engine=engine)
        for engine in ("python", "jax")
    ]
    assert [run.engine for run in runs] == ["python", "jax"]
    np.testing.assert_allclose(runs[1].history.w, runs[0].history.w, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("rule", "batch_size"), [*zip(RULES, (1, None, 7), strict=True)], ids=str)
def test_all_engines_fit_a_linear_model_alike(rule, batch_size):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 3))
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 0.5] + rng.normal(size=40))
    rows = [
        steepest.minimize(
            model, method=rule, batch_size=batch_size, max_iter=20, grad_tol=None, engine=engine, learning_rate=0.03
        ).history.w
        for engine in ("python", "numba", "jax")
    ]
    for other in rows[1:]:
        np.testing.assert_allclose(other, rows[0], rtol=1e-10, atol=1e-12)
