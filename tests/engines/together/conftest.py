"""What these tests share: tasks that go together, and the comparison of a run with the same run alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from steepest.engines.choose import runner
from steepest.engines.stopping import Settings
from steepest.engines.task import Ending, Task
from steepest.engines.together import run_together
from steepest.records.history import Plan


@pytest.fixture(scope="session")
def tasks_of(rule_called) -> Callable[..., list[Task]]:
    """``tasks_of(problem, name, rates, **options)``: a task for each learning rate, from a start at random; ``plan``,
    ``fields`` of the rule and ``start`` aside, options are those of Settings and Task."""

    def make(problem, name, rates, *, plan=None, fields=None, start=None, spread=0.0, schedules=None, **options: Any):
        rng = np.random.default_rng(len(rates))
        own = {
            key: options.pop(key) for key in ("batch_size", "sampling", "seed", "box", "over_limit") if key in options
        }
        options.setdefault("max_iter", 60)
        settings = Settings(**options)
        made = []
        for k, rate in enumerate(rates):
            w0 = np.zeros(problem.n) if start is None else np.array(start, dtype=float)
            w0 = w0 + spread * rng.standard_normal(problem.n)
            rule = rule_called(name, learning_rate=float(rate), **(fields or {}))
            each = {} if schedules is None else {"learning_rate": schedules(k, float(rate))}
            made.append(Task(problem, rule, w0, settings, plan or Plan(), schedules=each, **own))
        return made

    return make


@pytest.fixture(scope="session")
def same_ending() -> Callable[[Ending, Ending], None]:
    """Asserts that two endings, sessions and histories are equal bit for bit, but for the seconds."""

    def compare(found, wanted):
        names = ("outcome", "reason", "iteration", "nit", "nfev", "njev")
        assert [getattr(found, name) for name in names] == [getattr(wanted, name) for name in names]
        ours, theirs = found.session, wanted.session
        assert ours.notes == theirs.notes
        assert ours.rows == theirs.rows
        for name in ("f", "grad_norm", "w"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
        for a, b in zip(ours.best, theirs.best, strict=True):
            np.testing.assert_array_equal(a, b)
        left, right = ours.history().columns(), theirs.history().columns()
        assert list(left) == list(right)
        for name in left:
            if name == "seconds":
                assert left[name].shape == right[name].shape
                assert (np.diff(left[name]) >= 0).all()
            else:
                np.testing.assert_array_equal(left[name], right[name])

    return compare


@pytest.fixture(scope="session")
def same_summary() -> Callable[..., None]:
    """Asserts that a summary says of each run what its ending says."""

    def compare(summary, endings):
        for k, ending in enumerate(endings):
            session = ending.session
            assert summary.outcome[k] == ending.outcome.value
            assert summary.nit[k] == ending.nit
            found = [summary.f[k], summary.best_f[k], summary.grad_norm[k]]
            np.testing.assert_array_equal(found, [session.f, session.best.f, session.grad_norm])
            np.testing.assert_array_equal(summary.w[k], session.w)

    return compare


@pytest.fixture(scope="session")
def together(same_ending, same_summary):
    """``together(tasks)``: runs them together and alone, compares, and gives the names of their outcomes."""

    def run(tasks, engine="numba"):
        found = run_together(tasks, engine)
        alone = [runner(engine)(task) for task in tasks]
        for a, b in zip(found, alone, strict=True):
            same_ending(a, b)
        same_summary(found.summary(), alone)
        return {ending.outcome.name for ending in alone}

    return run
