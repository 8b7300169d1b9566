"""What the engine tests share: a way to run one task, and problems whose rows are written down beforehand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from steepest.engines.choose import runner
from steepest.engines.stopping import Settings
from steepest.engines.task import Ending, Task
from steepest.problems.function import Function
from steepest.records.history import Plan


@pytest.fixture(scope="session")
def go() -> Callable[..., Ending]:
    """``go(problem, rule, w0, **settings)``: one task run to its end. ``kind`` is the engine."""

    def run(problem, rule, w0, kind="python", *, plan=None, batch_size=None, sampling="shuffle", seed=0, callback=None,
            progress=None, over_limit=lambda: None, began=0.0, **settings: Any) -> Ending:  # fmt: skip
        settings.setdefault("max_iter", 100)
        task = Task(
            problem, rule, np.array(w0, dtype=float), Settings(**settings), plan or Plan(), batch_size=batch_size,
            sampling=sampling, seed=seed, callback=callback, progress=progress, over_limit=over_limit, began=began,
        )  # fmt: skip
        return runner(kind)(task)

    return run


class Script:
    """A problem whose rows are given: row t has the value f[t], and its gradient is slopes[t]. Under gradient descent
    with learning rate 1 the weights are w0 minus the sum of the slopes before."""

    def __init__(self, f, slopes) -> None:
        self.f, self.slopes = [float(v) for v in f], np.atleast_2d(np.array(slopes, dtype=float).T).T
        self.row = -1

    def value(self, w):
        self.row += 1
        return self.f[self.row]

    def gradient(self, w):
        return self.slopes[self.row]

    def problem(self) -> Function:
        return Function(self.value, self.gradient, self.slopes.shape[1])


@pytest.fixture(scope="session")
def script() -> type[Script]:
    return Script
