"""Judging many rows at once: whatever the rows look like, each run's watch comes to the verdict it would alone."""

from itertools import pairwise
from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steepest import methods
from steepest.engines.chunks import counted
from steepest.engines.session import Session
from steepest.engines.stopping import Settings
from steepest.engines.task import Task
from steepest.engines.together import settling
from steepest.engines.together.ledger import Ledger
from steepest.engines.together.rows import Columns
from steepest.problems.function import Function
from steepest.records.history import Plan

BOWL = Function(lambda w: float(w @ w), lambda w: 2 * w, 2)
KINDS = {
    "falls": lambda t: 1 / (1 + t),
    "grows": lambda t: 1.5 ** np.minimum(t, 1700),
    "swings out and back": lambda t: 1 + 1e8 * np.exp(-0.1 * (t - 30.0) ** 2),
    "leaves slowly": lambda t: 1.02**t,
    "falls without bound": lambda t: -(1e5 * t**2.0),
    "becomes NaN": lambda t: np.where(t > 40, np.nan, 1 / (1 + t)),
    "is infinite": lambda t: np.where(t > 3, np.inf, 1.0),
    "is NaN": lambda t: np.full(t.shape, np.nan),
    "creeps": lambda t: 1 + 0.99**t,
    "stands still": lambda t: np.maximum(1.0, 5.0 - t),
    "hides": lambda t: 1 / (1 + t),
    "starts high": lambda t: np.where(t == 0, 1e9, np.cos(t)),
}
SETTINGS = {
    "none": {}, "gradient": {"grad_tol": 1e-2}, "patience": {"grad_tol": 0.1, "patience": 3}, "f": {"f_tol": 1e-4},
    "relative": {"f_rtol": 1e-3}, "x": {"x_tol": 1e-3}, "target": {"f_target": 0.05}, "patient": {"patient": True},
    "noisy": {"grad_tol": 1e-2, "gradient_noise": 1.0}, "climbing": {"f_target": -0.5, "sign": -1.0},
    "evaluations": {"max_evals": 60},
}  # fmt: skip


def paths(kinds, rows):
    """Rows (rows, runs) as written above, w along with them: (|f|, 0), at rest where f rests."""
    t = np.arange(float(rows))
    with np.errstate(all="ignore"):
        f = np.stack([KINDS[kind](t) for kind in kinds], axis=1)
        w = np.stack([np.abs(f), np.zeros_like(f)], axis=2)
        w[30:, [kind == "hides" for kind in kinds], 1] = np.inf  # as tanh hides it from f
    return Columns(w, f, np.abs(w).max(axis=2))


@given(
    kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6), settings=st.sampled_from(sorted(SETTINGS)),
    cuts=st.lists(st.integers(1, 90), max_size=5), limit=st.sampled_from([None, True, False]),
    budget=st.sampled_from([None, 1000]), many=st.sampled_from([1, 100]),
)  # fmt: skip
def test_verdicts_are_those_of_a_run_alone(same_ending, kinds, settings, cuts, limit, budget, many):
    rows = 150
    made = Settings(max_iter=rows - 1, **SETTINGS[settings])
    whole = paths(kinds, rows)
    tasks = [
        Task(BOWL, methods.GradientDescent(0.1), whole.w[0, k], made, Plan(budget=budget), over_limit=lambda: limit)
        for k in range(len(kinds))
    ]
    rows = min(rows, made.max_evals or rows)
    bounds = [0, *sorted({cut for cut in cuts if cut < rows}), rows]
    ledger = Ledger(tasks, True)
    for first, last in pairwise(bounds):
        if not ledger.active.size:
            break
        at = ledger.active
        part = Columns(*(column[first:last, at] for column in whole[:3]))
        with mock.patch.object(settling, "MANY", many):
            going = ledger.take(part, np.arange(first, last) / 1e3)
        assert going.sum() == ledger.active.size
    assert ledger.over.all()
    wanted = []
    for k, task in enumerate(tasks):

        def loop(session, k=k):
            try:
                verdict = session.take(0, *(column[:rows, k] for column in whole[:3]), None, np.arange(rows) / 1e3)
            finally:
                counted(session, True)
            return verdict or ledger.verdict

        wanted.append(Session(task).run(loop))
        same_ending(ledger.ending(k), wanted[k])
    told = ledger.summary()
    for k, ending in enumerate(wanted):
        session = ending.session
        assert (told.outcome[k], told.nit[k]) == (ending.outcome.value, ending.nit)
        numbers = [told.f[k], told.best_f[k], told.grad_norm[k], *told.w[k]]
        np.testing.assert_array_equal(numbers, [session.f, session.best.f, session.grad_norm, *session.w])
