"""Tasks are sorted into groups, come back in their order, and what is done stays done after Ctrl-C."""

import dataclasses

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.engines.choose import runner
from steepest.engines.session import Session
from steepest.engines.together import NOT_RUN, linear, run_together, running
from steepest.records.outcome import Outcome

RNG = np.random.default_rng(11)
X = RNG.standard_normal((40, 3))
Y = X @ RNG.standard_normal(3) + 0.2 * RNG.standard_normal(40)
MODEL, OTHER = steepest.LinearModel(X, Y), steepest.LinearModel(X, -Y)
RATES = np.geomspace(1e-3, 1e-1, 5)


@pytest.fixture
def groups(monkeypatch):
    """The sizes of the groups that were run together, a list that fills."""
    sizes, run_linear = [], linear.run_linear

    def counting(tasks, *rest):
        sizes.append(len(tasks))
        run_linear(tasks, *rest)

    monkeypatch.setattr(linear, "run_linear", counting)
    return sizes


def test_tasks_of_any_kind_come_back_in_their_order(together, tasks_of, groups):
    kinds = [
        tasks_of(MODEL, "momentum", RATES, batch_size=1, max_iter=4),
        tasks_of(MODEL, "momentum", RATES, batch_size=1, max_iter=4, seed=1),
        tasks_of(MODEL, "momentum", RATES, batch_size=1, max_iter=4, fields={"rate_outside": True}),
        tasks_of(MODEL, "adam", RATES, batch_size=1, max_iter=4),
        tasks_of(OTHER, "momentum", RATES, batch_size=1, max_iter=4),
        tasks_of(MODEL, "momentum", RATES, batch_size=1, max_iter=5),
    ]
    together([task for alike in zip(*kinds, strict=True) for task in alike])
    assert groups == [5] * 6


def test_plain_loop_runs_one_after_another(together, tasks_of):
    together(tasks_of(MODEL, "momentum", RATES, batch_size=1, max_iter=4), "python")


def test_runs_that_are_watched_go_alone(tasks_of, groups):
    seen = []
    made = tasks_of(MODEL, "momentum", RATES, max_iter=3)
    made[1] = dataclasses.replace(made[1], callback=lambda session: seen.append(session.rows))
    found = run_together(made, "numba")
    assert groups == [4]
    assert seen == [2, 3, 4]
    assert [ending.nit for ending in found] == [3] * 5


def test_no_tasks_are_no_runs():
    found = run_together([], "numba")
    assert len(found) == found.ended == 0
    assert found.summary().f.shape == (0,)


def test_healthy_runs_have_no_session_until_they_are_asked_for(tasks_of, monkeypatch):
    made = []
    init = Session.__init__

    def counting(self, task):
        made.append(task)
        init(self, task)

    monkeypatch.setattr(Session, "__init__", counting)
    tasks = tasks_of(MODEL, "momentum", np.geomspace(1e-3, 1e-2, 50), batch_size=1, max_iter=30)
    found = run_together(tasks, "numba")
    found.summary()
    assert len(made) <= 4  # a clock for each thread
    before = len(made)
    assert found[7].session.task is tasks[7]
    assert len(made) == before + 1


def test_endings_are_a_sequence(tasks_of):
    found = run_together(tasks_of(MODEL, "momentum", RATES, max_iter=3), "numba")
    assert len(found) == 5
    np.testing.assert_array_equal(found[-1].session.w, found[4].session.w)
    assert [ending.nit for ending in found[1:3]] == [3, 3]
    with pytest.raises(IndexError):
        found[5]


def test_interrupt_keeps_what_is_done(tasks_of, monkeypatch):
    compute, calls = linear.Epochs.compute, []

    def interrupted(self, first, rows):
        calls.append(first)
        if self.tasks[0].seed == 1 and first > 0:
            raise KeyboardInterrupt
        return compute(self, first, rows)

    monkeypatch.setattr(linear.Epochs, "compute", interrupted)
    monkeypatch.setattr(linear, "FIRST_ELEMENTS", 1)
    seeds = [tasks_of(MODEL, "momentum", RATES, batch_size=1, max_iter=50, seed=seed) for seed in range(3)]
    made = [task for alike in seeds for task in alike]
    found = run_together(made, "numba")
    assert found.interrupted
    assert [found.has_run(k) for k in range(15)] == [True] * 10 + [False] * 5
    assert [ending.outcome for ending in found[:5]] == [Outcome.MAX_ITER] * 5
    assert [ending.outcome for ending in found[5:10]] == [Outcome.INTERRUPTED] * 5
    assert found[5].reason == "interrupted; what was done is kept"
    assert found[5].nit >= 0
    assert found.ended == 10
    assert found.summary().outcome.tolist() == [2] * 5 + [10] * 5 + [NOT_RUN] * 5
    assert np.isnan(found.summary().w[10:]).all()
    with pytest.raises(ArgumentError, match="run 12 has not begun"):
        found[12]


def test_interrupt_before_anything_is_done_is_passed_on(tasks_of, monkeypatch):
    def interrupted(self, first, rows):
        raise KeyboardInterrupt

    monkeypatch.setattr(linear.Epochs, "compute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_together(tasks_of(MODEL, "momentum", RATES, batch_size=1), "numba")


def test_interrupt_of_a_run_alone_ends_them_all(tasks_of):
    def interrupted(session):
        raise KeyboardInterrupt

    made = tasks_of(MODEL, "momentum", RATES, max_iter=3)
    made[1:] = [dataclasses.replace(task, callback=interrupted) for task in made[1:]]
    found = run_together(made, "python")
    assert found.interrupted
    assert [found.has_run(k) for k in range(5)] == [True, True, False, False, False]


def test_time_limit_ends_all_runs(tasks_of):
    made = tasks_of(MODEL, "momentum", RATES / 10, batch_size=1, max_iter=10**8, time_limit=0.15)
    found = run_together(made, "numba")
    assert {ending.outcome for ending in found} == {Outcome.TIME_LIMIT}
    assert {ending.reason for ending in found} == {"time_limit 0.15 s reached"}


def test_report_tells_how_far_it_is(tasks_of, monkeypatch):
    monkeypatch.setattr(running, "REPORT_EVERY", 0.0)
    told = []
    found = run_together(
        tasks_of(MODEL, "momentum", RATES, max_iter=200, grad_tol=1e-3), "numba",
        lambda endings: told.append((endings.ended, endings.best_f)),
    )  # fmt: skip
    assert told[-1][0] == 5
    assert [best for _, best in told] == sorted((best for _, best in told), reverse=True)
    assert told[-1][1] == min(ending.session.best.f for ending in found)


def test_functions_in_jax_go_in_lanes(same_ending, tasks_of):
    pytest.importorskip("jax")
    from steepest.engines.jax.lanes import run_lanes
    from steepest.problems.function import as_function
    from steepest.problems.negated import Negated

    bowl = as_function(lambda w: (w[0] - 1) ** 2 + 4 * w[1] ** 2, np.zeros(2))
    made = tasks_of(bowl, "momentum", [1e-2, 0.1, 2.0], start=[3.0, 2.0], grad_tol=1e-4, max_iter=300)
    found = run_together(made, "jax")
    for ending, task in zip(found, made, strict=True):
        same_ending(ending, run_lanes([task])[0])
    assert [ending.outcome.name for ending in found] == ["CONVERGED", "CONVERGED", "DIVERGED"]
    hill = Negated(as_function(lambda w: 3.0 - w[0] ** 2, np.ones(1)))
    climbing = tasks_of(hill, "momentum", [1e-2, 0.1], start=[2.0], grad_tol=1e-4, max_iter=300, sign=-1.0)
    found = run_together(climbing, "jax")
    for k, task in enumerate(climbing):
        wanted = runner("jax")(task)
        np.testing.assert_allclose(found[k].session.history().f, wanted.session.history().f, rtol=1e-12)
        assert found.summary().best_f[k] == found[k].session.best.f > 2.9
