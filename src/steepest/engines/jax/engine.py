"""Runs a task with the compiled JAX programs, chunk by chunk, in float64 whatever the process is set to."""

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...base.xp import numpy_functions
from ...problems.tracing.door import jax_module, x64
from ..chunks import chunked, looks_ahead
from ..orders import Orders
from ..session import Session
from ..stopping import Verdict
from ..task import Ending, Task
from .objectives import Objective, objective_of
from .programs import devices, epochs_program, iterations_program, kind_of, structure_of

__all__ = ["run"]

Array = NDArray[np.float64]
CHUNK_NUMBERS, MOST_ROWS = 2**17, 4096
"""Numbers, and rows, that one call of a program returns at most."""
FIRST_ROWS = 32
"""Of the first call: nobody knows yet how long a row takes, and Ctrl-C waits for the end of a call."""
MOST_EPOCHS = 64


def run(task: Task) -> Ending:
    """Runs the task to its end."""
    session = Session(task)
    objective = objective_of(task.problem)
    return session.run(lambda session: (iterations if task.batch_size is None else epochs)(session, objective))


class State:
    """What is carried from chunk to chunk; the programs get and give NumPy or JAX arrays alike."""

    def __init__(self, task: Task, objective: Objective) -> None:
        self.task, self.t = task, 0
        self.structure = structure_of(task.rule, task.fields.names)
        self.w: Any = task.w0
        self.slots: Any = tuple(np.asarray(slot) for slot in task.rule.init(task.w0, numpy_functions))
        self.numbers = () if task.box is None else task.box.numbers
        self.placed = self.on_device((objective.data, objective.prices))

    @contextlib.contextmanager
    def entered(self) -> Any:
        """Around our own calls of JAX, and nothing of the user's but what is traced."""
        jax = jax_module()
        with x64(), contextlib.ExitStack() as stack:
            if self.task.device is not None:
                stack.enter_context(jax.default_device(device(self.task.device)))
            yield

    def on_device(self, data: Any) -> Any:
        """The data as JAX arrays, moved once."""
        with self.entered():
            jax = jax_module()
            return jax.tree_util.tree_map(jax.numpy.asarray, data)

    def fields(self, updates: int, capacity: int) -> Array:
        """The rule's fields of the next updates, padded to the program's size."""
        rows = self.task.fields.rows(self.t, updates)
        if self.task.fields.constant or len(rows) == capacity:
            return rows
        return np.concatenate([rows, np.repeat(rows[-1:], capacity - len(rows), axis=0)])


def device(kind: str) -> Any:
    """The JAX device of a kind, or one sentence."""
    found = devices()
    if kind not in found:
        raise ArgumentError(f"device={kind!r}: JAX sees no such device here, only {', '.join(found)}; leave device out")
    return found[kind]


def iterations(session: Session, objective: Objective) -> Verdict:
    """Full batch: a row an iteration, thousands of rows a call."""
    task, n = session.task, session.task.w0.size
    state = State(task, objective)
    capacity = max(1, min(CHUNK_NUMBERS // (n + 2), MOST_ROWS))  # whatever max_iter is: all lengths share a program
    norms = task.settings.grad_tol is not None or task.plan.grad_norm
    program = iterations_program(state.structure, objective, kind_of(task.box), n, capacity, norms)

    def compute(first: int, rows: int) -> Any:
        fields = state.fields(rows, capacity)
        with state.entered():
            state.w, state.slots, w, f, g = program(
                state.w, state.slots, float(state.t), rows, fields, state.numbers, state.placed
            )
            state.t += rows
            return np.asarray(w)[:rows], np.asarray(f)[:rows], np.asarray(g)[:rows] if norms else None, None

    passes = 2 if looks_ahead(task.rule) and norms else 1
    return chunked(session, compute, FIRST_ROWS, 8 * (n + 2), norms, passes, most=capacity)


def epochs(session: Session, objective: Objective) -> Verdict:
    """Stochastic: row 0 is the start, then an epoch a row."""
    task, n = session.task, session.task.w0.size
    problem, batch = task.problem, min(task.batch_size or 1, task.problem.rows)
    state, orders = State(task, objective), Orders(task.sampling, problem.rows, task.seed)
    norms = task.settings.grad_tol is not None or task.plan.grad_norm
    per_epoch, keeps = task.updates_a_row, session.keeps_updates
    numbers = n + problem.rows + (per_epoch * n if keeps else 0)
    capacity = max(1, min(CHUNK_NUMBERS // numbers, MOST_EPOCHS))
    mean = problem.reduction == "mean"
    program = epochs_program(
        state.structure, objective, kind_of(task.box), n, capacity, problem.rows, batch, mean, norms, keeps
    )
    session.store_updates(0, task.w0[None], np.array([np.nan]))
    kept: list[Any] = []

    def settle() -> None:
        for start, kept_w, kept_loss in kept:
            wanted = (session.rows - 1) * per_epoch - start + 1
            session.store_updates(start, kept_w[:wanted], kept_loss[:wanted])
        kept.clear()

    def compute(first: int, rows: int) -> Any:
        if first == 0:
            return start_row(task, norms)
        sampled = np.zeros((capacity, problem.rows), dtype=np.int64)
        sampled[:rows] = orders.epochs(first - 1, rows)
        fields = state.fields(rows * per_epoch, capacity * per_epoch)
        with state.entered():
            state.w, state.slots, w, f, g, running, kept_w, kept_loss = program(
                state.w, state.slots, float(state.t), rows, sampled, fields, state.numbers, state.placed
            )
            if keeps:
                made = rows * per_epoch
                kept.append((state.t + 1, np.asarray(kept_w)[:made], np.asarray(kept_loss)[:made]))
            state.t += rows * per_epoch
            columns = [np.asarray(column)[:rows] for column in (w, f, g, running)]
        return columns[0], columns[1], columns[2] if norms else None, columns[3]

    return chunked(session, compute, 1, 8 * numbers, norms, settle=settle, most=capacity)


def start_row(task: Task, norms: bool) -> Any:
    """Row 0, from the problem's own value and gradient."""
    at = task.w0
    if hasattr(task.rule, "read"):
        at = task.rule.read(at, task.rule.init(at, numpy_functions), 0.0, numpy_functions)
    g = None
    if norms:
        g = np.array([np.abs(task.shown_gradient(at, np.asarray(task.gradient(at)))).max()])
    return np.array(at)[None], np.array([task.problem.value(at)]), g, np.array([np.nan])
