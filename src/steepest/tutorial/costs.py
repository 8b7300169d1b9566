"""What an iteration, an epoch and a record cost in seconds, in plain NumPy and compiled. Timings vary from run to run;
what is compared is always measured in one go."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..problems.function import Function
from ..problems.linear_model import LinearModel
from ..verbs.minimizing import minimize
from .article import RATE
from .drop_ins import grad_mse, gradient_descent
from .plain import Plain, batch_steps, example_steps, plain_run

__all__ = ["Costs", "RecordCost", "measure_costs"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RecordCost:
    """Seconds of whole runs on the bowl at each length: ``stacked`` rebuilds its record at each row, ``ours`` is the
    drop-in. (lengths,) each."""

    rows: NDArray[np.int64]
    stacked: Array
    ours: Array


@dataclass(frozen=True, eq=False)
class Costs:
    """Seconds a row of a full-batch run and of a one-at-a-time run on the digits, ``plain`` in NumPy and ``compiled``,
    as (an iteration, an epoch); ``rows`` and ``total`` of the article's two runs at momentum 0 in plain NumPy."""

    plain: tuple[float, float]
    compiled: tuple[float, float]
    rows: tuple[int, int]
    total: tuple[float, float]
    record: RecordCost


def best_of(repeats: int, work: Callable[[], Any]) -> float:
    """The least seconds of a few repeats: what the work costs when nothing else disturbs it."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def measure_costs(model: LinearModel, bowl: Function, start: Array) -> Costs:
    """``start``: the article's start on the digits when it sets batch against stochastic."""
    batch, epoch = (min((plain(model, start, kind) for _ in range(3)), key=lambda run: run.seconds) for kind in (0, 1))
    updates = len(batch.f) - 1, len(epoch.f) - 1
    return Costs(
        (batch.seconds / updates[0], epoch.seconds / updates[1]),
        (compiled(model, start, None), compiled(model, start, 1)),
        (len(batch.f), len(epoch.f)),
        (batch.seconds, epoch.seconds),
        record_cost(bowl),
    )


def plain(model: LinearModel, w0: Array, stochastic: int) -> Plain:
    """The article's run at momentum 0, threshold 0.01, in plain NumPy."""
    data = model.X, model.y
    steps = (
        example_steps(grad_mse, w0, RATE, 0.0, *data) if stochastic
        else batch_steps(lambda w: grad_mse(w, data), w0, RATE, 0.0)
    )  # fmt: skip
    return plain_run(model.value, w0, steps, 100, 0.01)


def compiled(model: LinearModel, w0: Array, batch_size: int | None) -> float:
    """Seconds a row of a compiled run, from the difference of a long and a short one: what a call costs drops out."""

    def run(rows: int) -> float:
        return best_of(5, lambda: minimize(
            model, w0, learning_rate=RATE, momentum=0.0, batch_size=batch_size, sampling="sequential", max_iter=rows,
            grad_tol=None, record=("f",), progress=False,
        ))  # fmt: skip

    return (run(4_100) - run(100)) / 4_000


def stacked_run(bowl: Function, w0: Array, rate: float, most: int) -> None:
    plain_run(bowl.value, w0, batch_steps(bowl.gradient, w0, rate, 0.0), most)


def our_run(bowl: Function, w0: Array, rate: float, most: int) -> None:
    gradient_descent(most, -1, w0, lambda w, _: bowl.value(w), lambda w, _: bowl.gradient(w), [], rate, 0.0)


def record_cost(bowl: Function) -> RecordCost:
    """Runs of 1,000 to 32,000 rows, at a rate so small that the run is still under way at the last."""
    rows = 1000 * 2 ** np.arange(6)
    w0, rate = np.array([-8.0, 5.0]), 1e-5
    rounds = [
        [[best_of(1, partial(run, bowl, w0, rate, most)) for most in rows.tolist()] for run in (stacked_run, our_run)]
        for _ in range(3)
    ]  # whole rounds, so that something else that runs for a moment does not fall on one length alone
    stacked, ours = np.min(rounds, axis=0)
    return RecordCost(rows, stacked, ours)
