"""Runs computed many rows at a time: each chunk is judged and recorded before the next is computed, so that Ctrl-C,
callbacks, progress and time limits are answered in between."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..records.outcome import Outcome
from .session import Session
from .stopping import Verdict

__all__ = ["Chunks", "chunked", "counted", "evaluations_left", "looks_ahead", "spent"]

Array = NDArray[np.float64]
CHUNK_SECONDS, CHUNK_BYTES = 0.05, 2**23
"""A chunk is doubled until it takes this long."""
Columns = tuple[Array, Array, Array | None, Array | None]
"""Of some rows: w (rows, n), f, the gradient norms or None, running_f or None."""


class Chunks:
    """How many rows to compute next: ``first`` and then doubled while a chunk is quick, bounded by memory (and
    ``most`` rows) and by what is left."""

    def __init__(self, session: Session, first: int, bytes_per_row: int, most: int = 2**62) -> None:
        self.session = session
        self.most = max(1, min(most, CHUNK_BYTES // max(bytes_per_row, 1)))
        self.rows = max(1, min(first, 1024, self.most))
        self.began = session.began

    def next(self, left: int) -> int:
        self.started = time.perf_counter()
        self.count = max(1, min(self.rows, self.most, left))
        return int(self.count)

    def seconds(self) -> Array:
        """When each row of the chunk was done: evenly over the time the chunk took."""
        now = time.perf_counter()
        if now - self.started < CHUNK_SECONDS:
            self.rows *= 2
        elif now - self.started > 4 * CHUNK_SECONDS:
            self.rows = max(1, self.rows // 2)
        each = (now - self.started) / self.count
        return np.asarray((self.started - self.began) + each * np.arange(1, self.count + 1))

    def after(self, verdict: Verdict | None, row: int, f: float) -> Verdict | None:
        """The verdict of a chunk, or what the clock or the evaluation limit says after it."""
        now = time.perf_counter()
        if verdict is None and now > self.session.alarm:
            return self.session.on_alarm(now, row, f)
        return verdict


def counted(session: Session, norms: bool) -> None:
    """What the rows kept took, as the plain loop counts it, whatever was computed beyond them: a value a row, the
    gradients of the steps between them, and where norms were asked for the last row's own, each row's of a stochastic
    run."""
    rows, stochastic = session.rows, session.task.batch_size is not None
    shown = rows if stochastic else min(rows, 1)
    session.nfev = rows
    session.njev = session.gradients_to(max(rows - 1, 0)) + (shown if norms else 0)


def evaluations_left(session: Session) -> int:
    most = session.task.settings.max_evals
    return 2**62 if most is None else most - session.rows


def spent(session: Session, row: int) -> Verdict:
    most = session.task.settings.max_evals
    return Verdict(Outcome.MAX_EVALS, f"max_evals {most:,} evaluations of the objective used", row)


def chunked(
    session: Session, compute: Callable[[int, int], Columns], first: int, bytes_per_row: int, norms: bool,
    passes: int = 1, settle: Callable[[], None] | None = None, most: int = 2**62,
) -> Verdict:  # fmt: skip
    """The loop of every kind of run: ``compute(first, rows)`` gives the columns of the next rows, ``first`` of them at
    first and ``most`` at most; ``settle()`` is called when the session has kept those it wants."""
    task = session.task
    last, row = task.settings.max_iter, 0
    chunks = Chunks(session, first, bytes_per_row, most)
    session.gradients_a_step = passes
    try:
        while row <= last:
            left = evaluations_left(session)
            if left <= 0:
                return spent(session, row - 1)
            rows = chunks.next(min(last + 1 - row, left))
            w, f, g, running = compute(row, rows)
            try:
                verdict = session.take(row, w, f, g, running, chunks.seconds())
            finally:
                session.complete()
                if settle is not None:
                    settle()
            row += rows
            verdict = chunks.after(verdict, row - 1, float(f[-1]))
            if verdict is not None:
                return verdict
        return session.at_max_iter(last)
    finally:
        if settle is not None:
            settle()  # again, in case Ctrl-C struck inside it
        counted(session, norms)


def looks_ahead(rule: Any) -> bool:
    return hasattr(rule, "look") or hasattr(rule, "read")
