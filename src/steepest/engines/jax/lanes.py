"""Many runs of one rule and one objective in one program: starts and hyper-parameters are lanes of a vmap.

Lanes are padded to 8, 16, 32 ...: few widths, so that few programs are compiled. A lane's numbers do not depend on how
many others there are, nor on which: a run of a sweep is had again, bit for bit, in a program of 8 lanes, of which 7 are
copies. They may differ by rounding from ``engine.run``, whose program has no lanes. Runs that have ended leave at the
next chunk.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...problems.tracing.door import jax_module
from ...records.outcome import Outcome
from ..chunks import looks_ahead
from ..task import Ending, Task
from ..together.alike import Alike
from ..together.driving import Part, drive
from ..together.ledger import Ledger
from ..together.rows import Columns
from ..together.stacking import stacked_slots
from .engine import FIRST_ROWS, MOST_ROWS, State
from .objectives import objective_of
from .programs import iterations_program, kind_of, remembered, structure_of
from .sensitivity import RISE, parted

__all__ = ["LANES", "keep_lanes", "run_lanes"]

Array = NDArray[np.float64]
LANES = 8
"""Below this the compiled arithmetic depends on the number of lanes."""
NUMBERS, MOST_LANES = 2**19, 2**14
"""Numbers that one call of a program returns at most, but for lanes too many for that; lanes at a time."""
COMPILING = 1.0
"""Seconds that a program of another width may take to compile: a pass that took less is repeated in its own width."""
LOOKS = 16
"""Rows of a chunk that are looked at to tell whether f rises."""
LIMITS = (Outcome.MAX_ITER.value, Outcome.MAX_EVALS.value)


def run_lanes(tasks: Sequence[Task]) -> list[Ending]:
    """Runs full-batch tasks to their ends, all at once; they share problem, rule class, stopping and record, and differ
    in start, float fields and schedules. An interrupt ends all that are still running."""
    kept: list[Ledger] = []
    refuse_different(tasks)
    try:
        keep_lanes(Alike.of(tasks), lambda _, ledger: kept.append(ledger))
    except KeyboardInterrupt:
        if not all(ledger.has_run(0) for ledger in kept):
            raise
    return [ledger.ending(k) for ledger in kept for k in range(len(ledger.tasks))]


def keep_lanes(tasks: Alike, adopt: Callable[[NDArray[np.intp], Ledger], None], report: Any = None) -> None:
    """Runs them all; ``adopt(which, ledger)`` is told who keeps them before they begin."""
    first = tasks.first
    norms = knows_norms(first)
    passes = 2 if looks_ahead(first.rule) and norms else 1
    for start in range(0, len(tasks), MOST_LANES):
        which = np.arange(start, min(start + MOST_LANES, len(tasks)))
        ledger = Ledger(tasks.part(which), norms, passes)
        adopt(which, ledger)
        began, program = time.perf_counter(), Program(ledger.tasks)
        drive([Part(ledger, program)], FIRST_ROWS, program.capacity, report)
        mark_chaotic(ledger, program, time.perf_counter() - began > COMPILING)


def mark_chaotic(ledger: Ledger, program: "Program", narrow: bool) -> None:
    """Says of the runs that met their limit of rows whether rounding decides where: until it is known, of all that may
    be."""
    told, suspects = ledger.summary(), program.runs[program.unsteady]
    suspects = suspects[np.isin(told.outcome[suspects], LIMITS)]
    if suspects.size:
        ledger.chaotic[suspects] = True
        rows = int(told.nit[suspects[0]]) + 1
        tasks, ends = ledger.tasks.part(suspects), told.w[suspects]
        ledger.chaotic[suspects] = parted(program, tasks, ends, rows, width_of(len(tasks)) if narrow else None)


def knows_norms(task: Task) -> bool:
    return task.settings.grad_tol is not None or task.plan.grad_norm


class Begun(NamedTuple):
    """Rows ``first``, ``first + 1``, ... that JAX is at: its outputs, and which of the lanes are still wanted, None for
    all."""

    first: int
    rows: int
    lanes: NDArray[np.intp] | None
    w: Any
    slots: tuple[Any, ...]
    out_w: Any
    out_f: Any
    out_norm: Any


class Program:
    """The compiled loop over lanes, and where the runs stand."""

    def __init__(self, tasks: Alike) -> None:
        first = tasks.first
        self.norms = knows_norms(first)
        self.objective = objective_of(first.problem)
        self.state = State(first, self.objective)
        width = width_of(len(tasks))
        self.capacity = max(1, min(NUMBERS // (width * (first.w0.size + 2)), MOST_ROWS))
        self.call = lanes_program(self)
        most = first.settings.max_evals
        self.half = min(first.settings.max_iter, first.settings.max_iter if most is None else most) // 2
        self.restart(tasks, width)

    def restart(self, tasks: Alike, width: int) -> None:
        """From row 0 in so many lanes; the tasks are such as the program was made for."""
        self.tasks, self.width = tasks, width
        self.begun: Begun | None = None
        self.runs: NDArray[np.intp] = np.arange(len(tasks))
        """The places of those that are left among the tasks."""
        self.last, self.unsteady = np.full(len(tasks), np.inf), np.zeros(len(tasks), dtype=bool)
        """f of the last row; whether it rose in the second half of the rows there may be."""
        self.put(tasks.starts, stacked_slots(tasks))

    def put(self, w: Array, slots: tuple[Array, ...]) -> None:
        """Sets where the runs stand."""
        self.w: Any = self.padded(w)
        self.slots: tuple[Any, ...] = tuple(self.padded(slot) for slot in slots)
        self.constant: Any = None
        if not self.tasks.first.schedules:
            self.constant = self.state.on_device(self.padded(self.tasks.rows(0, 1)))

    def padded(self, lanes: Array) -> Array:
        """With copies of the last lane."""
        more = self.width - len(lanes)
        return np.concatenate([lanes, np.repeat(lanes[-1:], more, axis=0)]) if more else lanes

    def begin(self, first: int, rows: int) -> None:
        """Sets JAX to work on the next rows; it goes on while the ones before are judged."""
        fields = self.fields(first, rows)
        with self.state.entered():
            found = self.call(self.w, self.slots, float(first), rows, fields, self.state.numbers, self.state.placed)
        self.begun = Begun(first, rows, None, *found)

    def compute(self, first: int, rows: int) -> Columns:
        """The next rows of every run that is not over."""
        if self.begun is None or (self.begun.first, self.begun.rows) != (first, rows):
            self.begin(first, rows)
        begun, self.begun = self.begun, None
        assert begun is not None
        columns = [np.asarray(column)[:rows] for column in (begun.out_w, begun.out_f, begun.out_norm)]
        if begun.lanes is None:
            self.w, self.slots = begun.w, begun.slots
            w, f, norms = (column[:, : len(self.tasks)] for column in columns)
        else:
            self.put(np.asarray(begun.w)[begun.lanes], tuple(np.asarray(slot)[begun.lanes] for slot in begun.slots))
            w, f, norms = (column[:, begun.lanes] for column in columns)
        self.watch(first + rows, f)
        return Columns(w, f, norms if self.norms else None)

    def watch(self, end: int, f: Array) -> None:
        """Notes which runs are not at rest by now."""
        if end > self.half:
            some = np.concatenate([self.last[None], f[:: max(1, len(f) // LOOKS)]])
            with np.errstate(all="ignore"):
                self.unsteady |= np.diff(some, axis=0).max(axis=0) > RISE * np.abs(f[-1])
        self.last = f[-1]

    def keep(self, going: NDArray[np.bool_]) -> None:
        lanes = np.flatnonzero(going)
        self.tasks, self.runs, self.width = self.tasks.part(lanes), self.runs[lanes], width_of(len(lanes))
        self.last, self.unsteady = self.last[lanes], self.unsteady[lanes]
        if self.begun is not None:
            self.begun = self.begun._replace(lanes=lanes)
        self.put(np.asarray(self.w)[lanes], tuple(np.asarray(slot)[lanes] for slot in self.slots))

    def fields(self, first: int, rows: int) -> Any:
        """The float fields of the lanes' next updates (lanes, 1 or capacity, fields)."""
        if self.constant is not None:
            return self.constant
        found = self.padded(self.tasks.rows(first, rows))
        return np.concatenate([found, np.repeat(found[:, -1:], self.capacity - rows, axis=1)], axis=1)


def width_of(lanes: int) -> int:
    return max(LANES, 1 << (lanes - 1).bit_length())


def lanes_program(program: Program) -> Any:
    """``program(w (lanes, n), slots, t, rows, fields (lanes, 1 or capacity, fields), numbers, placed)`` -> ``(w, slots,
    out_w (capacity, lanes, n), out_f, out_norm (capacity, lanes))``: a loop over rows of the program of one row, mapped
    over lanes. Rows lie outside: mapping the whole loop would write each row in as many places as there are lanes,
    which took four times as long at a thousand lanes of two variables."""
    task, objective, capacity, norms = program.state.task, program.objective, program.capacity, program.norms
    structure, bounds, n = structure_of(task.rule, task.fields.names), kind_of(task.box), task.w0.size
    single = iterations_program(structure, objective, bounds, n, 1, norms)
    jax = jax_module()
    jnp, of_lanes = jax.numpy, jax.vmap(single, in_axes=(0, 0, None, None, 0, None, None))
    put = jax.lax.dynamic_update_index_in_dim  # .at[k].set would also ask whether k is a row

    def run(w: Any, slots: Any, t: Any, rows: Any, fields: Any, numbers: Any, placed: Any) -> Any:
        def row(k: Any, carry: Any) -> Any:
            w, slots, *outs = carry
            now = fields[:, jnp.minimum(k, fields.shape[1] - 1)][:, None]
            w, slots, *found = of_lanes(w, slots, t + k, 1, now, numbers, placed)
            outs = [put(out, column[:, 0], k, 0) for out, column in zip(outs, found, strict=True)]
            return w, slots, *outs

        lanes = w.shape[0]
        nothing = jnp.full((capacity, lanes), jnp.nan)
        return jax.lax.fori_loop(0, rows, row, (w, slots, jnp.zeros((capacity, lanes, n)), nothing, nothing))

    return remembered(("lanes", structure, objective.key, bounds, n, capacity, norms), lambda: jax.jit(run))


def refuse_different(tasks: Sequence[Task]) -> None:
    """What the lanes must share."""
    first = tasks[0]
    names = first.fields.names
    structure = structure_of(first.rule, names)
    for task in tasks:
        same = (
            task.problem is first.problem and structure_of(task.rule, names) == structure
            and task.settings == first.settings and task.plan == first.plan and task.batch_size is None
            and task.schedules.keys() == first.schedules.keys() and task.callback is None and task.search is None
        )  # fmt: skip
        if not same:
            raise ArgumentError("runs in lanes must share problem, rule, max_iter, record and schedules, full batch")
