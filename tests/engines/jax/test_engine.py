"""What a run in the JAX engine records, how it ends, and that it comes back bit for bit: as in the plain loop."""

import numpy as np
import pytest

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentTypeError
from steepest.engines.jax import engine
from steepest.methods import GradientDescent
from steepest.problems.function import as_function
from steepest.records.history import Plan

jnp = pytest.importorskip("jax.numpy")

X = np.random.default_rng(0).normal(size=(11, 2))
Y = X @ [1.0, -2.0] + 0.5


def bowl(w):
    return (w[0] - 1.0) ** 2 + 4.0 * (w[1] + 0.5) ** 2


def loss(w, example):
    x, y = example
    return 0.5 * ((w[1:] * x).sum() + w[0] - y) ** 2


SUM = steepest.FiniteSum(loss, (X, Y))


def descend(problem=bowl, w0=(3.0, 3.0), **options):
    rate = {} if options.get("method") is HALF else {"learning_rate": 0.05}
    options = {**rate, "max_iter": 300, "grad_tol": None, "engine": "jax", **options}
    return steepest.minimize(problem, None if w0 is None else list(w0), **options)


# -- what is recorded ------------------------------------------------------------------------------------------------


def test_row_0_is_the_start_and_row_t_is_after_t_updates():
    run = descend(method="gradient_descent", max_iter=3)
    w, rows = np.array([3.0, 3.0]), []
    for _ in range(4):
        g = np.array([2.0 * (w[0] - 1.0), 8.0 * (w[1] + 0.5)])
        rows.append((*w, bowl(w), np.abs(g).max()))
        w = w - 0.05 * g
    history = run.history
    found = np.column_stack([history.w, history.f, history.grad_norm])
    np.testing.assert_allclose(found, rows, rtol=1e-14)
    assert history.w[0].tolist() == [3.0, 3.0]
    assert history.iteration.tolist() == [0, 1, 2, 3]
    assert history.learning_rate.tolist()[1:] == [0.05] * 3
    assert np.isnan(history.learning_rate[0])
    assert history.n_grad.tolist() == [0, 1, 2, 3]
    assert (np.diff(history.seconds) > 0).all()


def test_no_iterations_are_the_start_alone():
    assert descend(max_iter=0).history.w.tolist() == [[3.0, 3.0]]
    run = descend(SUM, [0.0, 0.0, 0.0], max_iter=0, batch_size=3)
    assert (len(run.history), run.nit) == (1, 0)


@pytest.mark.parametrize("batch", [None, 3])
def test_what_is_recorded_does_not_change_the_numbers(batch):
    problem, w0 = (bowl, [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    full = descend(problem, w0, record="all", batch_size=batch)
    for record in (7, ("f",), ("w", "seconds"), "none", *(["updates"] if batch else [])):
        run = descend(problem, w0, record=record, batch_size=batch)
        assert np.array_equal(run.w, full.w)
        assert (run.f, run.best.f, run.best.iteration) == (full.f, full.best.f, full.best.iteration)
    thin = descend(problem, w0, record=7, batch_size=batch, max_iter=297).history
    assert thin.iteration.tolist() == [*range(0, 297, 7), 297]
    assert np.array_equal(thin.w, full.history.w[thin.iteration])
    assert np.array_equal(thin.f, full.history.f[thin.iteration])


def test_a_history_that_outgrows_its_memory_is_thinned(go):
    problem = as_function(bowl, np.array([3.0, 3.0]))
    whole, thin = (
        go(problem, GradientDescent(0.01), [3.0, 3.0], "jax", plan=Plan(budget=budget), max_iter=5000).session.history()
        for budget in (None, 2**14)
    )
    assert len(whole) == 5001
    assert len(thin) < 500
    assert (thin.iteration[0], thin.iteration[-1]) == (0, 5000)
    assert np.array_equal(thin.w, whole.w[thin.iteration])


def test_single_updates_of_a_sum_are_shown():
    run = descend(SUM, [0.0, 0.0, 0.0], method="gradient_descent", batch_size=4, sampling="sequential", max_iter=3,
             record="updates")  # fmt: skip
    w, updates, losses = np.zeros(3), [np.zeros(3)], []
    design = np.c_[np.ones(11), X]
    for _ in range(3):
        for first in (0, 4, 8):
            rows = slice(first, first + 4)
            errors = design[rows] @ w - Y[rows]
            losses.append((errors @ errors) / 2 / errors.size)
            w = w - 0.05 * design[rows].T @ errors / errors.size
            updates.append(w)
    np.testing.assert_allclose(run.updates.w, updates, rtol=1e-13)
    np.testing.assert_allclose(run.updates.running_f[1:], losses, rtol=1e-12)
    np.testing.assert_allclose(run.history.w, updates[::3], rtol=1e-13)
    weights = np.array([4, 4, 3]) / 11
    np.testing.assert_allclose(run.history.running_f[1:], np.reshape(losses, (3, 3)) @ weights, rtol=1e-12)


def test_updates_end_where_the_rows_end():
    target = descend(SUM, [0.0, 0.0, 0.0], batch_size=4, max_iter=40).history.f[17]
    run = descend(SUM, [0.0, 0.0, 0.0], batch_size=4, max_iter=10_000, record="updates", f_target=float(target))
    assert run.outcome is Outcome.F_TARGET
    assert run.nit == 17
    assert len(run.updates) == 17 * 3 + 1
    assert np.array_equal(run.updates.w[::3], run.history.w)


@pytest.mark.parametrize("size", [1, 2, 7, 250])
@pytest.mark.parametrize("batch", [None, 4])
def test_the_size_of_chunks_does_not_change_the_numbers(monkeypatch, batch, size):
    problem, w0 = (bowl, [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    options = {"batch_size": batch, "max_iter": 60, "learning_rate": steepest.schedules.Cosine(0.05, 0.01)}
    if batch:
        options["record"] = "updates"
    wanted = descend(problem, w0, **options)
    monkeypatch.setattr(engine, "FIRST_ROWS", size)
    monkeypatch.setattr(engine, "MOST_EPOCHS", size)
    found = descend(problem, w0, **options)
    assert np.array_equal(found.history.w, wanted.history.w)
    assert np.array_equal(found.history.f, wanted.history.f)
    assert np.array_equal(found.history.learning_rate, wanted.history.learning_rate, equal_nan=True)
    if batch:
        assert np.array_equal(found.updates.w, wanted.updates.w)


def test_a_run_longer_than_a_program_goes_on_where_it_was(monkeypatch):
    wanted = descend(method="adam", max_iter=500)
    monkeypatch.setattr(engine, "MOST_ROWS", 64)
    assert np.array_equal(descend(method="adam", max_iter=500).history.w, wanted.history.w)
    wanted = descend(SUM, [0.0, 0.0, 0.0], method="adam", max_iter=200, batch_size=4)
    monkeypatch.setattr(engine, "MOST_EPOCHS", 3)
    assert np.array_equal(
        descend(SUM, [0.0, 0.0, 0.0], method="adam", max_iter=200, batch_size=4).history.w, wanted.history.w
    )


# -- callbacks and the ways to end ---------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [None, 3])
def test_callbacks_see_every_row_but_the_first(batch):
    problem, w0 = (bowl, [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    seen, counts = [], []
    run = descend(problem, w0, max_iter=20, batch_size=batch, callback=seen.append)
    assert np.array_equal(seen, run.history.w[1:])

    def whole(intermediate_result):
        counts.append((intermediate_result.nit, intermediate_result.f))

    descend(problem, w0, max_iter=20, batch_size=batch, callback=whole)
    assert counts == list(zip(range(1, 21), run.history.f[1:].tolist(), strict=True))


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize(("error", "outcome"), [(StopIteration, "STOPPED"), (KeyboardInterrupt, "INTERRUPTED")])
def test_a_run_that_is_broken_off_is_whole_up_to_there(tmp_path, batch, error, outcome):
    problem, w0 = (bowl, [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    count = iter(range(1, 1000))

    def callback(w):
        if next(count) == 13:
            raise error

    record = "all" if batch is None else "updates"
    run = descend(problem, w0, batch_size=batch, callback=callback, record=record)
    whole = descend(problem, w0, batch_size=batch, record=record)
    assert run.outcome is Outcome[outcome]
    assert not run.success
    assert run.nit == 13
    assert np.array_equal(run.history.w, whole.history.w[:14])
    assert np.array_equal(run.w, whole.history.w[13])
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.outcome is run.outcome
    assert np.array_equal(loaded.history.w, run.history.w)
    if batch is not None:
        assert np.array_equal(loaded.updates.w, whole.updates.w[: 13 * 4 + 1])


def test_an_error_in_a_callback_is_the_callers():
    def callback(w):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine") as caught:
        descend(callback=callback)
    assert caught.value.__notes__[0].startswith("raised after iteration 1, f ")
    with pytest.raises(ArgumentTypeError, match="callback must return None"):
        descend(callback=lambda w: 1.0)


@pytest.mark.parametrize("batch", [None, 3])
def test_time_runs_out_between_chunks(batch):
    problem, w0 = (bowl, [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    run = descend(problem, w0, batch_size=batch, time_limit=1e-9, max_iter=10**7, record="none")
    assert run.outcome is Outcome.TIME_LIMIT
    assert 0 <= run.nit < 10**5
    assert "time_limit 1e-09 s" in run.message


@pytest.mark.parametrize("batch", [None, 3])
def test_evaluations_run_out_after_exactly_as_many_rows(batch):
    problem, w0 = (bowl, [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    run = descend(problem, w0, batch_size=batch, max_evals=37)
    assert run.outcome is Outcome.MAX_EVALS
    assert len(run.history) == 37


def log_barrier(w):
    return w[0] - jnp.log(w[0])


def quartic(w):
    return ((w - 1.0) ** 4).sum() + w[0] * w[1]


HALF = GradientDescent(0.5)
"""From anywhere to the bottom of ``w^2`` in one exact step."""
ENDINGS = [
    ("far too large a rate", quartic, [3.0, 3.0], {"learning_rate": 0.5}, "DIVERGED"),
    ("too large a rate", bowl, [3.0, 3.0], {"learning_rate": 0.3, "momentum": 0.0}, "DIVERGED"),
    ("a logarithm's edge", log_barrier, [3.0], {"learning_rate": 5.0, "momentum": 0.0}, "NOT_FINITE"),
    ("no number at the start", log_barrier, [-1.0], {}, "NOT_FINITE"),
    ("no lower bound", lambda w: w[0] * 3.0 - w[1], [0.0, 0.0], {"max_iter": 10**6, "learning_rate": 5.0}, "UNBOUNDED"),
    ("at rest", bowl, [1.0, -0.5], {"f_tol": 0.0, "patience": 10}, "CONVERGED"),
    ("a gradient that is small", bowl, [3.0, 3.0], {"grad_tol": 1e-5}, "CONVERGED"),
    ("a step that is small", bowl, [3.0, 3.0], {"x_tol": 1e-4, "patience": 3}, "CONVERGED"),
    ("an unmet target", lambda w: (w**2).sum(), [3.0, 3.0], {"f_target": -1.0, "method": HALF}, "STALLED"),
    ("a target", bowl, [3.0, 3.0], {"f_target": 0.5}, "F_TARGET"),
    ("the last iteration", bowl, [3.0, 3.0], {"max_iter": 9}, "MAX_ITER"),
]


@pytest.mark.parametrize(("f", "w0", "options", "outcome"), [e[1:] for e in ENDINGS], ids=[e[0] for e in ENDINGS])
def test_runs_end_as_in_the_plain_loop(f, w0, options, outcome):
    runs = [descend(f, w0, **{**options, "engine": name}) for name in ("jax", "python")]
    assert [run.engine for run in runs] == ["jax", "python"]
    jaxed, plain = (run.record for run in runs)
    assert jaxed.outcome is plain.outcome is Outcome[outcome]
    assert (jaxed.nit, jaxed.trouble_at) == (plain.nit, plain.trouble_at)
    np.testing.assert_allclose(jaxed.history.w, plain.history.w, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(jaxed.w, plain.w, rtol=1e-9, atol=1e-12)
    assert np.isfinite(jaxed.w).all()
    assert runs[0].success == runs[1].success == (outcome in ("CONVERGED", "F_TARGET"))


def test_epochs_that_blow_up_end_as_in_the_plain_loop():
    options = {"learning_rate": 0.9, "batch_size": 1, "max_iter": 10**4}
    jaxed, plain = (descend(SUM, [0.0, 0.0, 0.0], engine=name, **options).record for name in ("jax", "python"))
    assert jaxed.outcome is plain.outcome is Outcome.DIVERGED
    assert (jaxed.nit, jaxed.trouble_at) == (plain.nit, plain.trouble_at)


def test_an_automatic_rate_that_diverges_is_halved():
    run = descend(lambda w: (w**4).sum() + (w**2).sum() * 1e-3, [0.01, 0.01], learning_rate="auto", grad_tol=1e-6,
             max_iter=10**4)  # fmt: skip
    assert run.engine == "jax"
    assert run.success


# -- back again ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize(
    "rate", [0.05, "auto", steepest.schedules.Cosine(0.05, 0.01)], ids=["number", "auto", "cosine"]
)
def test_replayed_and_loaded_runs_have_the_same_bits(tmp_path, batch, rate):
    problem, w0 = ("(x-1)^2 + 4*(y+0.5)^2", [3.0, 3.0]) if batch is None else (SUM, [0.0, 0.0, 0.0])
    run = descend(problem, w0, batch_size=batch, learning_rate=rate, seed=4, max_iter=60, record="all")
    assert run.recipe["versions"]["jax"]
    again = run.replay()
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    replayed = loaded.replay() if batch is None else loaded.replay(problem=SUM)
    for other in (again, loaded, replayed):
        assert other.engine == "jax"
        assert np.array_equal(other.history.w, run.history.w)
        assert np.array_equal(other.history.f, run.history.f)
        if batch is None:
            assert np.array_equal(other.history.grad_norm, run.history.grad_norm)
        assert (other.outcome, other.nit, other.f) == (run.outcome, run.nit, run.f)


def test_a_run_does_not_depend_on_those_before_it():
    alone = descend(method="adam").history.w
    for start in ([1.0, 1.0], [-5.0, 2.0]):
        descend(w0=start, method="adam", max_iter=77)
    assert np.array_equal(descend(method="adam").history.w, alone)
