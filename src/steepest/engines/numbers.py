"""The plain loop on single floats, for gallery functions of up to four variables: the same bits, in a tenth of the
time; with our own rules in half of that (scalar_loop.py). Rows are computed some hundred at a time and then judged, as
the compiled engines do."""

import contextlib
from struct import pack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..base.xp import scalar_functions
from ..problems.scalar_form import Both, scalar_form
from .chunks import chunked
from .scalar_loop import Loop, scalar_loop, slots_of
from .searched import number_or_nan
from .session import Session
from .stopping import HUGE, Verdict
from .task import Task

__all__ = ["Numbers", "on_numbers"]

Array = NDArray[np.float64]
FIRST_ROWS = 512
"""Computed before the first is judged: some 0.2 ms with our own rules."""
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
    if both is None:
        return None
    numbers = Numbers(task, both, scalar_loop(rule, task.problem))
    return numbers if numbers.loop is not None or Numbers(task, both, None).begins_alike() else None


class Numbers:
    """The state of a run between its chunks: w, the slots of each component, the updates made. ``loop`` makes rows
    where there is one for the rule; a row at which Python raises is made operation by operation."""

    def __init__(self, task: Task, both: Both, loop: Loop | None) -> None:
        self.task, self.both, self.loop = task, both, loop
        self.w: list[float] = task.w0.tolist()
        self.slots = slots_of(task.rule.init(task.w0, xp), len(self.w))
        self.fields = [value for value in task.rule if type(value) is float]
        self.t, self.finite = 0.0, True

    def begins_alike(self) -> bool:
        """Whether the first row and the first step have the bits that arrays give."""
        task, w0 = self.task, self.task.w0
        with np.errstate(all="ignore"), contextlib.suppress(Exception):  # a rule may be unable to take single numbers
            f, g = float(task.problem.value(w0)), np.asarray(task.gradient(w0))
            step, _ = task.rule.update(w0, g, task.rule.init(w0, xp), 1.0, xp)
            first = self.rows(1)
            plain = all(type(number) is float for number in self.w)  # xp.tanh and its like give numbers of NumPy
            return plain and np.array_equal([*first, *self.w], [*w0, f, *g, *(w0 + step)], equal_nan=True)
        return False

    def rows(self, count: int) -> list[float]:
        """The next rows, w, f and the gradient of each in turn; fewer where f is not finite, for there the run ends."""
        out: list[float] = []
        width = 2 * len(self.w) + 1
        while self.finite and (left := count - len(out) // width):
            if self.loop is not None:
                given = self.loop(out, left, self.w, self.slots, self.t, self.fields)
                self.w, self.slots, self.t, self.finite = given
                left = count - len(out) // width if self.finite else 0
            if left:
                self.row(out)
        return out

    def row(self, out: list[float]) -> None:
        """Adds one row, and makes the step after it."""
        now, slots, update = self.w, self.slots, self.task.rule.update
        try:
            f, g = self.both(*now)
        except (ArithmeticError, ValueError):  # Python raises where NumPy gives inf or NaN
            f, g = self.by_arrays(now)
        out += (*now, f, *g)
        self.finite = -HUGE <= f <= HUGE
        if not self.finite:
            return
        self.t += 1.0
        for k, slope in enumerate(g):
            try:
                step, slots[k] = update(now[k], slope, slots[k], self.t, scalar_functions)
            except ArithmeticError:
                exact = tuple(np.float64(slot) for slot in slots[k])
                step, after = update(np.float64(now[k]), np.float64(slope), exact, np.float64(self.t), xp)
                step, slots[k] = float(step), tuple(map(float, after))
            now[k] += step

    def by_arrays(self, now: list[float]) -> tuple[float, tuple[float, ...]]:
        at = np.array(now)
        f, g = float(number_or_nan(self.task.problem.value, at)), number_or_nan(self.task.gradient, at)
        return f, tuple(np.broadcast_to(np.asarray(g, dtype=float), at.shape).tolist())

    def descend(self, session: Session) -> Verdict:
        """Runs to the end."""
        n, norms = len(self.w), self.task.settings.grad_tol is not None or self.task.plan.grad_norm

        def compute(first: int, rows: int) -> Any:
            out = self.rows(rows)
            # packing takes half the time of np.fromiter, an eighth of np.array
            table = np.frombuffer(pack(f"{len(out)}d", *out)).reshape(-1, 2 * n + 1)
            steepest = np.abs(table[:, n + 1 :].T, order="C").max(axis=0) if norms else None
            return table[:, :n], table[:, n], steepest, None

        try:
            return chunked(session, compute, FIRST_ROWS, ROW_BYTES, norms)
        finally:
            if not norms:
                session.njev = max(session.rows - 1, 0)  # the last row has no use for its own
