"""Many runs of one rule and one objective in one program: starts and hyper-parameters are lanes of a vmap.

Lanes are padded to 8, 16, 32 ...: few widths, so that few programs are compiled. A lane's numbers do not depend on how
many others there are, nor on which: a run of a sweep is had again, bit for bit, in a program of 8 lanes, of which 7 are
copies. They may differ by rounding from ``engine.run``, whose program has no lanes. Runs that have ended leave at the
next chunk.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ...base.xp import numpy_functions
from ...problems.tracing.door import jax_module
from ..chunks import Chunks, counted, evaluations_left, looks_ahead, spent
from ..session import Session
from ..stopping import Verdict
from ..task import Ending, Task
from .engine import CHUNK_NUMBERS, FIRST_ROWS, MOST_ROWS, State
from .objectives import objective_of
from .programs import iterations_program, remembered, structure_of

__all__ = ["LANES", "run_lanes"]

LANES = 8
"""Below this the compiled arithmetic depends on the number of lanes."""


def run_lanes(tasks: Sequence[Task]) -> list[Ending]:
    """Runs full-batch tasks to their ends, all at once; they share problem, rule class, stopping and record, and differ
    in start, float fields and schedules. An interrupt ends all that are still running."""
    lanes = [Lane(task) for task in tasks]
    refuse_different(lanes)
    running = list(lanes)
    program = Program(lanes[0].task)
    try:
        while running:
            program.advance(running)
            running = [lane for lane in running if lane.verdict is None]
    except KeyboardInterrupt:
        return [lane.ending(interrupted=lane.verdict is None) for lane in lanes]
    return [lane.ending() for lane in lanes]


class Lane:
    """One run: its session, and what its next chunk starts from."""

    def __init__(self, task: Task) -> None:
        self.task, self.session = task, Session(task)
        self.norms = task.settings.grad_tol is not None or task.plan.grad_norm
        self.passes = 2 if looks_ahead(task.rule) and self.norms else 1
        self.session.gradients_a_step = self.passes
        self.structure = structure_of(task.rule, task.fields.names)
        self.w: Any = task.w0
        self.slots = tuple(np.asarray(slot, dtype=float) for slot in task.rule.init(task.w0, numpy_functions))
        self.verdict: Verdict | None = None

    def take(self, row: int, rows: int, columns: Sequence[Any], chunks: Chunks, seconds: Any) -> None:
        """Judges and keeps the next rows, as ``chunks.chunked`` does for a single run."""
        session, last = self.session, self.task.settings.max_iter
        w, f, g = columns
        left = evaluations_left(session)
        few = min(rows, left)
        with np.errstate(all="ignore"):
            self.verdict = session.take(row, w[:few], f[:few], g[:few], None, seconds[:few]) if few > 0 else None
        session.complete()
        if self.verdict is None and few < rows:
            self.verdict = spent(session, row + few - 1)
        if self.verdict is None and time.perf_counter() > session.alarm:
            self.verdict = session.on_alarm(time.perf_counter(), row + rows - 1, float(f[-1]))
        if self.verdict is None and row + rows > last:
            self.verdict = session.at_max_iter(last)

    def ending(self, interrupted: bool = False) -> Ending:
        counted(self.session, True, self.passes)

        def told(_: Session) -> Verdict:
            if interrupted or self.verdict is None:
                raise KeyboardInterrupt
            return self.verdict

        return self.session.run(told)


class Program:
    """The compiled loop over lanes, and where the runs stand."""

    def __init__(self, first: Task) -> None:
        self.task, n = first, first.w0.size
        self.objective = objective_of(first.problem)
        self.state = State(first, self.objective)
        self.capacity = max(1, min(CHUNK_NUMBERS // (LANES * (n + 2)), MOST_ROWS))
        self.norms = first.settings.grad_tol is not None or first.plan.grad_norm
        self.call = lanes_program(self)
        self.chunks: Chunks | None = None
        self.row = 0

    def advance(self, running: list[Lane]) -> None:
        """Computes the next rows of every run that is not over."""
        first = running[0]
        if self.chunks is None:
            numbers = 8 * len(running) * (first.task.w0.size + 2)
            self.chunks = Chunks(first.session, FIRST_ROWS, numbers, most=self.capacity)
        rows = self.chunks.next(self.task.settings.max_iter + 1 - self.row)
        width = max(LANES, 1 << (len(running) - 1).bit_length())
        padded = running + [running[-1]] * (width - len(running))
        w = np.stack([np.asarray(lane.w) for lane in padded])
        slots = tuple(np.stack([lane.slots[k] for lane in padded]) for k in range(len(first.slots)))
        fields = np.stack([self.fields(lane, rows) for lane in padded])
        with self.state.entered():
            moved_w, moved_slots, out_w, out_f, out_g = self.call(
                w, slots, float(self.row), rows, fields, self.state.bounds, self.state.placed
            )
            w, moved = np.asarray(moved_w), [np.asarray(slot) for slot in moved_slots]
            columns = [np.asarray(column) for column in (out_w, out_f, out_g)]
        seconds = self.chunks.seconds()
        for k, lane in enumerate(running):
            lane.w, lane.slots = w[k], tuple(slot[k] for slot in moved)
            lane.take(self.row, rows, [column[k, :rows] for column in columns], self.chunks, seconds)
        self.row += rows

    def fields(self, lane: Lane, rows: int) -> Any:
        """The float fields of a lane's next updates, one row if all lanes' are constant."""
        table = lane.task.fields
        found = table.rows(self.row, rows)
        if len(found) == 1 and not self.task.schedules:
            return found
        return np.concatenate([found, np.repeat(found[-1:], self.capacity - len(found), axis=0)])


def lanes_program(program: Program) -> Any:
    """``iterations_program`` mapped over w, slots and fields."""
    task, objective = program.task, program.objective
    structure, bounded, n = structure_of(task.rule, task.fields.names), task.box is not None, task.w0.size
    single = iterations_program(structure, objective, bounded, n, program.capacity, program.norms)
    jax = jax_module()
    key = ("lanes", structure, objective.key, bounded, n, program.capacity, program.norms)
    return remembered(key, lambda: jax.jit(jax.vmap(single, in_axes=(0, 0, None, None, 0, None, None))))


def refuse_different(lanes: Sequence[Lane]) -> None:
    """What the lanes must share."""
    first = lanes[0]
    for lane in lanes:
        same = (
            lane.task.problem is first.task.problem and lane.structure == first.structure
            and lane.task.settings.max_iter == first.task.settings.max_iter and lane.task.batch_size is None
            and lane.norms == first.norms and lane.task.schedules.keys() == first.task.schedules.keys()
            and lane.task.callback is None and lane.task.search is None
        )  # fmt: skip
        if not same:
            raise ArgumentError("runs in lanes must share problem, rule, max_iter, record and schedules, full batch")
