"""The plain loop on single floats, for gallery functions of up to four variables: the same bits, in a tenth of the
time. Rows are computed some hundred at a time and then judged, as the compiled engines do."""

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..base.xp import scalar_functions
from ..problems.scalar_form import Both, scalar_form
from .chunks import chunked
from .searched import number_or_nan
from .session import Session
from .stopping import HUGE, Verdict
from .task import Task

__all__ = ["Numbers", "on_numbers"]

Array = NDArray[np.float64]
FIRST_ROWS = 512
"""Computed before the first is judged: some half a millisecond."""
ROW_BYTES = 400
"""What a row takes as Python's own numbers."""


def on_numbers(task: Task) -> "Numbers | None":
    """The loop for ``task``; None where it has to go by arrays: for all but some functions of the gallery, rules of the
    whole vector or that look ahead, fields that change, bounds, searches, callbacks and limits of evaluations."""
    rule = task.rule
    if task.batch_size is not None or task.callback is not None or task.counter is not None or task.search is not None:
        return None
    if not task.fields.constant or task.box is not None or task.l1 is not None:
        return None
    if any(hasattr(rule, name) for name in ("look", "read", "step")):
        return None
    both = scalar_form(task.problem)
    return Numbers(task, both) if both is not None and Numbers(task, both).begins_alike() else None


class Numbers:
    """The state of a run between its chunks: w, the slots of each component, the updates made."""

    def __init__(self, task: Task, both: Both) -> None:
        self.task, self.both = task, both
        self.w: list[float] = task.w0.tolist()
        slots = [slot.tolist() for slot in task.rule.init(task.w0, xp)]
        self.slots: list[Any] = list(zip(*slots, strict=True)) or [()] * len(self.w)
        self.t = 0.0

    def begins_alike(self) -> bool:
        """Whether the first row and the first step have the bits that arrays give."""
        task, w0 = self.task, self.task.w0
        with np.errstate(all="ignore"), contextlib.suppress(Exception):  # a rule may be unable to take single numbers
            f, g = float(task.problem.value(w0)), np.asarray(task.gradient(w0))
            step, _ = task.rule.update(w0, g, task.rule.init(w0, xp), 1.0, xp)
            path, values, slopes = self.rows(2)
            numbers = [*path, values[0], *slopes[: w0.size]]
            plain = all(type(number) is float for number in path)  # xp.tanh and its like give numbers of NumPy
            return plain and np.array_equal(numbers, [*w0, *(w0 + step), f, *g], equal_nan=True)
        return False

    def rows(self, count: int) -> tuple[list[float], list[float], list[float]]:
        """The next rows: w, f, the gradients, each as one list; fewer where f is not finite, for there the run ends."""
        both, update, functions = self.both, self.task.rule.update, scalar_functions
        now, slots, t = self.w, self.slots, self.t
        path: list[float] = []
        values: list[float] = []
        slopes: list[float] = []
        for _ in range(count):
            try:
                f, g = both(*now)
            except (ArithmeticError, ValueError):  # Python raises where NumPy gives inf or NaN
                f, g = self.by_arrays(now)
            path += now
            values.append(f)
            slopes += g
            if not -HUGE <= f <= HUGE:
                break
            t += 1.0
            k = 0  # counted by hand: enumerate costs as much as half an update
            for slope in g:
                try:
                    step, slots[k] = update(now[k], slope, slots[k], t, functions)
                except ArithmeticError:
                    exact = tuple(np.float64(slot) for slot in slots[k])
                    step, after = update(np.float64(now[k]), np.float64(slope), exact, np.float64(t), xp)
                    step, slots[k] = float(step), tuple(map(float, after))
                now[k] += step
                k += 1  # noqa: SIM113
        self.t = t
        return path, values, slopes

    def by_arrays(self, now: list[float]) -> tuple[float, tuple[float, ...]]:
        at = np.array(now)
        f, g = float(number_or_nan(self.task.problem.value, at)), number_or_nan(self.task.gradient, at)
        return f, tuple(np.broadcast_to(np.asarray(g, dtype=float), at.shape).tolist())

    def descend(self, session: Session) -> Verdict:
        """Runs to the end."""
        n, norms = len(self.w), self.task.settings.grad_tol is not None or self.task.plan.grad_norm

        def compute(first: int, rows: int) -> Any:
            path, values, slopes = self.rows(rows)
            steepest = np.abs(np.array(slopes).reshape(-1, n).T, order="C").max(axis=0) if norms else None
            return np.array(path).reshape(-1, n), np.array(values), steepest, None

        try:
            return chunked(session, compute, FIRST_ROWS, ROW_BYTES, norms)
        finally:
            if not norms:
                session.njev = max(session.rows - 1, 0)  # the last row has no use for its own
