"""Many runs in one program: each lane is the run it would be in any other company, and ends by itself."""

import numpy as np
import pytest

import steepest
from steepest.engines.jax.engine import run
from steepest.engines.jax.lanes import run_lanes
from steepest.engines.stopping import Settings
from steepest.engines.task import Task
from steepest.problems.function import as_function
from steepest.records.history import Plan


def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


PROBLEM = as_function(rosenbrock, np.array([-1.2, 1.0]))


def tasks(count, settings=None, rates=None, **options):
    rng = np.random.default_rng(3)
    made = []
    for k in range(count):
        rate, momentum, start = 10 ** rng.uniform(-4, -3.2), rng.uniform(0, 0.9), rng.uniform(-1, 1, 2)
        rule = steepest.methods.Momentum(float(rate) if rates is None else rates[k], float(momentum))
        made.append(Task(PROBLEM, rule, start, settings or Settings(max_iter=600), Plan(), **options))
    return made


def test_a_lane_has_the_same_bits_whatever_the_number_of_lanes():
    alone = [run_lanes([task])[0] for task in tasks(11)]
    for count in (3, 8, 11):
        for found, wanted in zip(run_lanes(tasks(11)[:count]), alone[:count], strict=True):
            for column in ("w", "f", "grad_norm", "learning_rate"):
                a, b = getattr(found.session.history(), column), getattr(wanted.session.history(), column)
                assert np.array_equal(a, b, equal_nan=True)


def test_lanes_agree_with_single_runs_to_rounding():
    for found, task in zip(run_lanes(tasks(9)), tasks(9), strict=True):
        wanted = run(task)
        assert (found.outcome, found.nit, found.nfev, found.njev) == (
            wanted.outcome, wanted.nit, wanted.nfev, wanted.njev,
        )  # fmt: skip
        np.testing.assert_allclose(found.session.history().w, wanted.session.history().w, rtol=0, atol=1e-12)


def test_lanes_end_by_themselves():
    rates = [1e-3, 1.0, 0.0, 1e-3, 1e-3]
    endings = run_lanes(tasks(5, Settings(max_iter=20_000, grad_tol=1e-2), rates))
    assert [ending.outcome.name for ending in endings[1:3]] == ["DIVERGED", "STALLED"]
    converged = [endings[k] for k in (0, 3, 4)]
    assert all(ending.outcome.success for ending in converged)
    assert len({ending.nit for ending in converged}) > 1


def test_schedules_differ_from_lane_to_lane():
    def scheduled():
        made = tasks(3)
        ends = [1e-5, 1e-4, 3e-4]
        return [
            Task(t.problem, t.rule, t.w0, t.settings, t.plan,
                 schedules={"learning_rate": steepest.schedules.Cosine(5e-4, end, steps=600)})
            for t, end in zip(made, ends, strict=True)
        ]  # fmt: skip

    for found, task in zip(run_lanes(scheduled()), scheduled(), strict=True):
        np.testing.assert_allclose(found.session.w, run(task).session.w, rtol=1e-9)
        assert found.session.history().learning_rate[-1] < 5e-4


def test_limits_hold_in_every_lane():
    for ending in run_lanes(tasks(3, Settings(max_iter=600, max_evals=50))):
        assert (ending.outcome.name, ending.nfev, ending.nit) == ("MAX_EVALS", 50, 49)
    for ending in run_lanes(tasks(3, Settings(max_iter=10**9, time_limit=0.2))):
        assert ending.outcome.name == "TIME_LIMIT"


def test_an_interrupt_ends_the_lanes_that_still_run(monkeypatch):
    from steepest.engines.jax import lanes

    compute, calls = lanes.Program.compute, []

    def interrupted(self, first, rows):
        calls.append(rows)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return compute(self, first, rows)

    monkeypatch.setattr(lanes.Program, "compute", interrupted)
    endings = run_lanes(tasks(3, Settings(max_iter=100_000, grad_tol=1e-8), [1e-3, 1.0, 1e-3]))
    assert [ending.outcome.name for ending in endings] == ["INTERRUPTED", "DIVERGED", "INTERRUPTED"]
    assert all(ending.nit > 0 for ending in endings)


def test_runs_that_share_too_little_are_refused():
    mixed = [*tasks(1), *tasks(1, Settings(max_iter=7))]
    with pytest.raises(steepest.SteepestError, match="must share"):
        run_lanes(mixed)
