"""Many runs of one rule and one objective in one program: starts and hyper-parameters are lanes of a vmap.

Lanes are padded to 8, 16, 32 ...: few widths, so that few programs are compiled. A lane's numbers do not depend on how
many others there are, nor on which: a run of a sweep is had again, bit for bit, in a program of 8 lanes, of which 7 are
copies. They may differ by rounding from ``engine.run``, whose program has no lanes. Runs that have ended leave at the
next chunk.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...problems.tracing.door import jax_module
from ..chunks import looks_ahead
from ..task import Ending, Task
from ..together.driving import Part, drive
from ..together.ledger import Ledger
from ..together.rows import Columns
from ..together.stacking import stacked_fields, stacked_slots, stacked_starts
from .engine import FIRST_ROWS, MOST_ROWS, State
from .objectives import objective_of
from .programs import iterations_program, kind_of, remembered, structure_of

__all__ = ["LANES", "keep_lanes", "run_lanes"]

LANES = 8
"""Below this the compiled arithmetic depends on the number of lanes."""
NUMBERS, MOST_LANES = 2**19, 2**14
"""Numbers that one call of a program returns at most, but for lanes too many for that; lanes at a time."""


def run_lanes(tasks: Sequence[Task]) -> list[Ending]:
    """Runs full-batch tasks to their ends, all at once; they share problem, rule class, stopping and record, and differ
    in start, float fields and schedules. An interrupt ends all that are still running."""
    kept: list[Ledger] = []
    refuse_different(tasks)
    try:
        keep_lanes(tasks, lambda _, ledger: kept.append(ledger))
    except KeyboardInterrupt:
        if not all(ledger.has_run(0) for ledger in kept):
            raise
    return [ledger.ending(k) for ledger in kept for k in range(len(ledger.tasks))]


def keep_lanes(tasks: Sequence[Task], adopt: Callable[[Sequence[int], Ledger], None], report: Any = None) -> None:
    """Runs them all; ``adopt(which, ledger)`` is told who keeps them before they begin."""
    first = tasks[0]
    norms = knows_norms(first)
    passes = 2 if looks_ahead(first.rule) and norms else 1
    for start in range(0, len(tasks), MOST_LANES):
        which = range(start, min(start + MOST_LANES, len(tasks)))
        ledger = Ledger([tasks[k] for k in which], norms, passes)
        adopt(which, ledger)
        program = Program(ledger.tasks)
        drive([Part(ledger, program)], FIRST_ROWS, program.capacity, report)


def knows_norms(task: Task) -> bool:
    return task.settings.grad_tol is not None or task.plan.grad_norm


class Program:
    """The compiled loop over lanes, and where the runs stand."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        first = tasks[0]
        self.tasks, self.norms = list(tasks), knows_norms(first)
        self.objective = objective_of(first.problem)
        self.state = State(first, self.objective)
        self.w: Any = stacked_starts(tasks)
        self.slots: tuple[Any, ...] = stacked_slots(tasks)
        self.constant = stacked_fields(tasks)
        numbers = width_of(len(tasks)) * (first.w0.size + 2)
        self.capacity = max(1, min(NUMBERS // numbers, MOST_ROWS))
        self.call = lanes_program(self)

    def compute(self, first: int, rows: int) -> Columns:
        """The next rows of every run that is not over."""
        lanes = len(self.tasks)
        more = width_of(lanes) - lanes
        fields = self.fields(first, rows)
        with self.state.entered():
            w, slots, out_w, out_f, out_g = self.call(
                padded(self.w, more), tuple(padded(slot, more) for slot in self.slots), float(first), rows,
                padded(fields, more), self.state.numbers, self.state.placed,
            )  # fmt: skip
            self.w, self.slots = np.asarray(w)[:lanes], tuple(np.asarray(slot)[:lanes] for slot in slots)
            columns = [np.asarray(column)[:rows, :lanes] for column in (out_w, out_f, out_g)]
        return Columns(columns[0], columns[1], columns[2] if self.norms else None)

    def keep(self, going: NDArray[np.bool_]) -> None:
        self.tasks = [task for task, goes in zip(self.tasks, going, strict=True) if goes]
        self.w, self.slots = self.w[going], tuple(slot[going] for slot in self.slots)
        self.constant = self.constant[going]

    def fields(self, first: int, rows: int) -> Any:
        """The float fields of the lanes' next updates (lanes, 1 or capacity, fields)."""
        if not self.tasks[0].schedules:
            return self.constant
        found = np.array([task.fields.rows(first, rows) for task in self.tasks])
        return np.concatenate([found, np.repeat(found[:, -1:], self.capacity - rows, axis=1)], axis=1)


def width_of(lanes: int) -> int:
    return max(LANES, 1 << (lanes - 1).bit_length())


def padded(lanes: Any, more: int) -> Any:
    """With copies of the last lane."""
    return np.concatenate([lanes, np.repeat(lanes[-1:], more, axis=0)]) if more else lanes


def lanes_program(program: Program) -> Any:
    """``program(w (lanes, n), slots, t, rows, fields (lanes, 1 or capacity, fields), numbers, placed)`` -> ``(w, slots,
    out_w (capacity, lanes, n), out_f, out_norm (capacity, lanes))``: a loop over rows of the program of one row, mapped
    over lanes. Rows lie outside: mapping the whole loop would write each row in as many places as there are lanes,
    which took four times as long at a thousand lanes of two variables."""
    task, objective, capacity, norms = program.tasks[0], program.objective, program.capacity, program.norms
    structure, bounds, n = structure_of(task.rule, task.fields.names), kind_of(task.box), task.w0.size
    single = iterations_program(structure, objective, bounds, n, 1, norms)
    jax = jax_module()
    jnp, of_lanes = jax.numpy, jax.vmap(single, in_axes=(0, 0, None, None, 0, None, None))

    def run(w: Any, slots: Any, t: Any, rows: Any, fields: Any, numbers: Any, placed: Any) -> Any:
        def row(k: Any, carry: Any) -> Any:
            w, slots, *outs = carry
            now = fields[:, jnp.minimum(k, fields.shape[1] - 1)][:, None]
            w, slots, *found = of_lanes(w, slots, t + k, 1, now, numbers, placed)
            outs = [out.at[k].set(column[:, 0]) for out, column in zip(outs, found, strict=True)]
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
