"""Hyper-parameters that change while a run goes on: schedules in every engine against a plain loop that writes out the
fields of each step."""

import math
from typing import Any

import numpy as np
import optax
import pytest

import steepest
from steepest import schedules
from steepest.base.errors import ArgumentError
from steepest.base.xp import numpy_functions as xp
from steepest.engines import chunks
from steepest.engines.orders import Orders

RANDOM = np.random.default_rng(5)
X = RANDOM.standard_normal((23, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RANDOM.standard_normal(23)
MODEL = steepest.LinearModel(X, Y)
TALL = steepest.LinearModel(RANDOM.standard_normal((22_000, 6)), RANDOM.standard_normal(22_000))
"""More than two blocks of rows: the block kernels run it."""
SEED = 3


def quadratic(w):
    return 0.5 * (w[0] ** 2 + 10 * w[1] ** 2 + (w[0] * w[1]) ** 2)


def quadratic_slope(w):
    return np.array([w[0] + w[0] * w[1] ** 2, 10 * w[1] + w[0] ** 2 * w[1]])


def plain_loop(gradient, rule, w0, rows, fields, batches=lambda row: [None]):
    """Rows of w where update u (from 0) is made by ``rule`` with ``fields(u, row)``; ``batches(row)`` says which rows
    of the data each update of a row takes."""
    w, slots, u, table = np.array(w0, dtype=float), rule.init(np.array(w0, dtype=float), xp), 0, [np.array(w0)]
    for row in range(rows):
        for chosen in batches(row):
            now, t = rule._replace(**fields(u, row)), u + 1.0
            at = now.look(w, slots, t, xp) if hasattr(now, "look") else w
            step, slots = now.update(w, gradient(at, chosen), slots, t, xp)
            w, u = w + step, u + 1
        table.append(w)
    return np.array(table)


def of_rows(problem):
    return lambda w, rows: problem.gradient(w) if rows is None else problem.batch_value_and_gradient(w, rows)[1]


def in_batches(problem, size, sampling="shuffle"):
    """Which rows of the data each update of an epoch takes."""
    orders = Orders(sampling, problem.rows, SEED)

    def batches(epoch):
        order = orders.epochs(epoch, 1)[0]
        return [order[k : k + size] for k in range(0, problem.rows, size)]

    return batches


RULES = {
    "gradient_descent": {"learning_rate": (0.1, 0.01)},
    "momentum": {"learning_rate": (0.05, 0.005), "momentum": (0.5, 0.9)},
    "nesterov_lookahead": {"learning_rate": (0.05, 0.005), "momentum": (0.9, 0.3)},
    "adam": {"learning_rate": (0.1, 0.02), "beta1": (0.9, 0.5), "epsilon": (1e-8, 1e-3)},
}
"""Each field goes from the first number to the second, linearly over ten updates (or epochs)."""


def ramp(ends):
    return schedules.Polynomial(start=ends[0], end=ends[1], power=1.0, steps=10)


def ramped(name, t):
    """The fields after t updates (or epochs), written out."""
    share = min(t, 10) / 10
    return {field: (1 - share) * first + share * last for field, (first, last) in RULES[name].items()}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("size", [None, 1, 5])
def test_every_update_is_made_with_the_fields_of_its_time(name, engine, size):
    rows = 14 if size is None else 3
    fields = {field: ramp(ends) for field, ends in RULES[name].items()}
    run = steepest.minimize(
        MODEL, method=name, engine=engine, batch_size=size, seed=SEED, max_iter=rows, grad_tol=None, **fields
    )
    rule = steepest.methods.find(name)()
    batches = (lambda row: [None]) if size is None else in_batches(MODEL, size)
    wanted = plain_loop(of_rows(MODEL), rule, MODEL.start, rows, lambda u, row: ramped(name, u), batches)
    assert run.engine == engine
    np.testing.assert_allclose(run.history.w, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("size", [1, 5])
def test_per_epoch_counts_epochs(engine, size):
    rate = schedules.Step(start=0.1, factor=0.5, every=2, per_epoch=True)
    run = steepest.minimize(
        MODEL, method="momentum", learning_rate=rate, engine=engine, batch_size=size, seed=SEED, max_iter=5
    )
    wanted = plain_loop(
        of_rows(MODEL), steepest.methods.Momentum(), MODEL.start, 5,
        lambda u, epoch: {"learning_rate": 0.1 * 0.5 ** (epoch // 2)}, in_batches(MODEL, size),
    )  # fmt: skip
    np.testing.assert_allclose(run.history.w, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())
    assert np.array_equal(run.history.learning_rate, [math.nan, 0.1, 0.1, 0.05, 0.05, 0.025], equal_nan=True)


@pytest.mark.parametrize("name", ["momentum", "nesterov_lookahead"])
def test_many_blocks_of_rows_are_stepped_with_the_fields_of_their_time(name):
    fields = {field: ramp(ends) for field, ends in RULES[name].items()}
    run = steepest.minimize(TALL, method=name, max_iter=4, grad_tol=None, **fields)
    wanted = plain_loop(
        of_rows(TALL), steepest.methods.find(name)(), TALL.start, 4, lambda u, row: ramped(name, u)
    )  # fmt: skip
    assert run.engine == "numba"
    np.testing.assert_allclose(run.history.w, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


@pytest.mark.parametrize("kind", [quadratic_slope, "finite", None])
def test_a_function_is_stepped_with_the_fields_of_its_time(kind):
    rate = schedules.InverseTime(start=0.05, decay=0.5)
    run = steepest.minimize(
        quadratic, [2.0, 1.0], grad=kind, learning_rate=rate, momentum=ramp((0.9, 0.1)), max_iter=30
    )
    wanted = plain_loop(
        lambda w, _: quadratic_slope(w), steepest.methods.Momentum(), [2.0, 1.0], 30,
        lambda u, row: {"learning_rate": 0.05 / (1 + 0.5 * u), "momentum": 0.9 - 0.8 * min(u, 10) / 10},
    )  # fmt: skip
    tolerance = 1e-7 if kind == "finite" else 1e-13
    np.testing.assert_allclose(run.history.w, wanted, rtol=0, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("size", [None, 1, 5])
def test_the_history_says_which_rate_made_each_row(engine, size):
    run = steepest.minimize(
        MODEL, learning_rate=schedules.Exponential(start=0.1, factor=0.99), engine=engine, batch_size=size, max_iter=4,
        grad_tol=None,
    )  # fmt: skip
    updates = 1 if size is None else -(-MODEL.rows // size)
    wanted = [math.nan, *(0.1 * 0.99 ** (row * updates - 1) for row in range(1, 5))]
    np.testing.assert_allclose(run.history.learning_rate, wanted, rtol=1e-14)


def test_the_rates_of_thinned_rows_are_those_of_the_rows_that_are_left():
    rate = schedules.InverseTime(start=0.05, decay=1.0)
    run = steepest.minimize(quadratic, [2.0, 1.0], grad=quadratic_slope, learning_rate=rate, max_iter=20, record=7)
    assert run.history.iteration.tolist() == [0, 7, 14, 20]
    np.testing.assert_allclose(run.history.learning_rate[1:], 0.05 / np.array([7, 14, 20]))


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [None, 1, 5])
@pytest.mark.parametrize("engine", ["numba", "jax"])
def test_the_size_of_chunks_does_not_matter(monkeypatch, rows, size, engine):
    arguments: dict[str, Any] = {
        "engine": engine, "batch_size": size, "max_iter": 11, "learning_rate": ramp((0.1, 0.01)),
        "momentum": ramp((0.5, 0.9)), "grad_tol": None,
    }  # fmt: skip
    whole = steepest.minimize(MODEL, **arguments)

    class Small(chunks.Chunks):
        def next(self, left):
            self.rows = min(self.rows, rows)
            return super().next(left)

    monkeypatch.setattr(chunks, "Chunks", Small)
    parts = steepest.minimize(MODEL, **arguments)
    assert np.array_equal(whole.history.w, parts.history.w)
    assert np.array_equal(whole.history.learning_rate, parts.history.learning_rate, equal_nan=True)


@pytest.mark.parametrize("rate", [lambda t: 0.1 / (1 + t), optax.schedules.exponential_decay(0.1, 1, 0.9)])
@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
def test_a_callable_of_t_or_of_optax_is_a_schedule(rate, engine):
    run = steepest.minimize(MODEL, method="gradient_descent", learning_rate=rate, max_iter=6, engine=engine)
    rates = [float(rate(float(t))) for t in range(6)]
    wanted = plain_loop(
        of_rows(MODEL),
        steepest.methods.GradientDescent(0.1),
        MODEL.start,
        6,
        lambda u, row: {"learning_rate": rates[u]},
    )
    np.testing.assert_allclose(run.history.w, wanted, rtol=1e-6)
    np.testing.assert_allclose(run.history.learning_rate[1:], rates, rtol=1e-6)


SPELLED: dict[str, Any] = {
    "cosine": schedules.Cosine(start=0.1, end=0.01), "one cycle": schedules.OneCycle(peak=0.1),
    "warm-up": schedules.WarmUp(schedules.Exponential(start=0.1, factor=0.9), steps=3),
}  # fmt: skip


@pytest.mark.parametrize("name", SPELLED)
@pytest.mark.parametrize("size", [None, 5])
def test_a_run_under_a_schedule_is_saved_and_replays_to_the_same_bits(name, size, tmp_path):
    run = steepest.minimize(MODEL, learning_rate=SPELLED[name], batch_size=size, max_iter=9, momentum=ramp((0.5, 0.9)))
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.recipe == run.recipe
    assert np.array_equal(loaded.history.learning_rate, run.history.learning_rate, equal_nan=True)
    for again in (run.replay(), loaded.replay(MODEL)):
        assert np.array_equal(again.history.w, run.history.w)
        assert np.array_equal(again.history.learning_rate, run.history.learning_rate, equal_nan=True)
        assert again.recipe == run.recipe


def test_a_run_under_a_users_own_schedule_needs_it_again(tmp_path):
    run = steepest.minimize(MODEL, learning_rate=lambda t: 0.1 / (1 + t), max_iter=5)
    assert np.array_equal(run.replay().history.w, run.history.w)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    with pytest.raises(ArgumentError, match=r"schedule"):
        loaded.replay(MODEL)


@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("size", [None, 1, 5])
def test_a_schedule_that_leaves_its_fields_range_is_one_sentence(engine, size):
    with pytest.raises(ArgumentError) as error:
        steepest.minimize(
            MODEL, learning_rate=0.01, momentum=lambda t: 0.5 if t < 7 else 1.5, engine=engine, batch_size=size,
            max_iter=20, grad_tol=None,
        )  # fmt: skip
    assert str(error.value) == "momentum must be a number in [0, 1); its schedule gives 1.5 after 7 updates"


@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("size", [None, 1, 5])
def test_a_schedule_need_not_go_beyond_the_last_update(engine, size):
    updates = 4 * (1 if size is None else -(-MODEL.rows // size))

    def rate(t):
        return 1e-3 * (updates - 1 - t)

    run = steepest.minimize(MODEL, learning_rate=rate, engine=engine, batch_size=size, max_iter=4, grad_tol=None)
    assert run.nit == 4
    assert run.history.learning_rate[-1] == 0.0


def test_a_schedule_without_a_number_mid_run_is_one_sentence():
    with pytest.raises(ArgumentError, match=r"must return a finite real number; at t = 3 it gave nan$"):
        steepest.minimize(quadratic, [2.0, 1.0], learning_rate=lambda t: 0.01 if t < 3 else math.nan, max_iter=9)


def test_a_schedule_without_an_end_of_its_own_takes_the_runs():
    run = steepest.minimize(MODEL, learning_rate=schedules.Cosine(start=0.1), max_iter=10, grad_tol=None)
    np.testing.assert_allclose(run.history.learning_rate[1:], 0.05 * (1 + np.cos(np.pi * np.arange(10) / 10)))
    epochs = steepest.minimize(
        MODEL, learning_rate=schedules.Cosine(start=0.1, per_epoch=True), batch_size=5, max_iter=4
    )
    np.testing.assert_allclose(epochs.history.learning_rate[1:], 0.05 * (1 + np.cos(np.pi * np.arange(4) / 4)))


def test_why_a_run_diverged_looks_at_the_largest_rate_it_had():
    rate = schedules.WarmUp(schedules.Constant(1.0), steps=10)
    run = steepest.minimize(quadratic, [2.0, 1.0], grad=quadratic_slope, learning_rate=rate)
    assert run.outcome is steepest.Outcome.DIVERGED
    assert "is above" in run.record.why
    assert "the local stability limit at the start" in run.record.why
