"""Runs a linear model with the kernels: chunks of rows, each judged and recorded before the next is computed."""

import numpy as np

from ...base.xp import numpy_functions
from ..chunks import chunked, looks_ahead
from ..orders import Orders
from ..session import Session
from ..stopping import Verdict
from ..task import Ending, Task
from ..variance_reduced import corrects, passes_of
from . import threads
from .cache import carried, compiled
from .kernels import ROWS
from .visiting_outputs import LINE

__all__ = ["run"]

BLOCK_ELEMENTS = 2**16
"""Elements of X in one block of rows; what is larger than two blocks goes block by block, in threads."""
MOST_BLOCKS, LEAST_ROWS = 256, 16
"""Each block has a gradient of its own until they are added up: together they take a sixteenth of X at most."""
FIRST_ELEMENTS = 2**21
"""Elements of X that the first chunk visits: about a millisecond of work."""


class State:
    """One run's arrays, with the run axis the kernels want."""

    def __init__(self, task: Task) -> None:
        problem, rule = task.problem, task.rule
        weights = () if problem.weights is None else problem.weights
        self.data = problem.X, problem.y, weights, () if problem.columns is None else tuple(problem.columns)
        self.base, self.share = problem.base, problem.share
        self.P = penalty(problem)
        self.template, self.loss = carried(rule), carried(problem.loss)
        self.W, *slots = at_cache_lines([task.w0, *rule.init(task.w0, numpy_functions)], self.base)
        self.slots = tuple(slots)
        self.fields = task.fields
        self.H = self.fields.row[None]
        self.bounds = () if task.box is None else task.box.numbers
        self.alive = np.ones(1, dtype=np.bool_)
        self.G, self.L, self.E = np.empty(self.W.shape), np.empty(self.W.shape), np.empty(self.W.shape)
        self.Z = np.empty((4, ROWS))
        self.outputs = problem.outputs_per_row
        self.M = self.room()
        self.t = 0.0

    def room(self):
        """Work space for a row's outputs, one for each thread; () where there is one output only."""
        return np.empty((2, self.outputs)) if self.outputs > 1 else ()

    @property
    def moving(self):
        return self.W, self.slots, self.H, self.template, self.bounds, self.P

    def schedule(self, updates: int) -> None:
        """Sets the fields of the next ``updates`` updates."""
        if not self.fields.constant:
            self.H = self.fields.rows(int(self.t), updates)[None]


def penalty(problem):
    """The penalty as kernels want it: (), (l2,) or (l2, l1), factors of each weight."""
    none = np.zeros(problem.n)
    if problem.l1_each is not None:
        return (none if problem.l2_each is None else problem.l2_each), problem.l1_each
    return () if problem.l2_each is None else (problem.l2_each,)


def at_cache_lines(vectors, base) -> list[np.ndarray]:
    """Copies, (1, n) each, whose entries [0, base] lie at the start of a cache line: loops over vectors that straddle
    two lines at every other load take a third longer."""
    n = vectors[0].size
    stride = -(-n // LINE) * LINE
    room = np.empty(len(vectors) * stride + LINE)
    at = -(room.__array_interface__["data"][0] // room.itemsize + base) % LINE
    copies = []
    for values in vectors:
        copies.append(room[at : at + n][None])
        copies[-1][0] = values
        at += stride
    return copies


def run(task: Task) -> Ending:
    """Runs the task to its end."""
    if task.problem.sparse:
        from .sparse.engine import run as run_sparse

        return run_sparse(task)
    session = Session(task)
    if task.batch_size is not None:
        return session.run(epochs)
    big = task.problem.X.size > 2 * BLOCK_ELEMENTS
    return session.run(block_iterations if big else small_iterations)


def first_rows(task: Task) -> int:
    return FIRST_ELEMENTS // task.problem.X.size


def small_iterations(session: Session) -> Verdict:
    """Full batch, X in one block: many iterations in one kernel call."""
    task, s = session.task, State(session.task)
    n = task.w0.size

    def compute(first, rows):
        w, f, g = np.empty((rows, 1, n)), np.empty((rows, 1)), np.empty((rows, 1))
        s.schedule(rows)
        arguments = (s.data, s.M, *s.moving, s.loss, s.base, s.share, s.t, s.alive, s.G, s.L, s.E, w, f, g)
        compiled("iterations", arguments)(*arguments)
        s.t += rows
        return w[:, 0], f[:, 0], g[:, 0], None

    passes = 2 if looks_ahead(task.rule) else 1
    return chunked(session, compute, first_rows(task), 8 * (n + 2), True, passes)


def block_iterations(session: Session) -> Verdict:
    """Full batch, X in many blocks: one iteration at a time, the blocks spread over threads."""
    task, s = session.task, State(session.task)
    n, rows_all = task.w0.size, task.problem.rows
    per_block = max(LEAST_ROWS, BLOCK_ELEMENTS // task.problem.X.shape[1], -(-rows_all // MOST_BLOCKS))
    blocks = -(-rows_all // per_block)
    count = min(threads.threads(), blocks)
    G, F = np.empty((blocks, 1, n)), np.empty((blocks, 1))
    ahead, at, norm, E_ahead = np.empty_like(s.W), np.empty_like(s.W), np.empty(1), np.empty_like(s.W)
    two, C = looks_ahead(task.rule), s.data[3]

    def gradient_at(where, ready):
        sums = compiled("block_sums", (s.data, s.M, ready, s.base, s.loss, 0, 0, per_block, G, F))
        threads.each_part(
            lambda first, last: sums(s.data, s.room(), ready, s.base, s.loss, first, last, per_block, G, F),
            blocks, count,
        )  # fmt: skip
        arguments = (C, s.M, s.base, s.share, s.P, s.bounds, where, G, s.L, norm)
        compiled("combine", arguments)(*arguments)
        total = 0.0
        for value in F[:, 0].tolist():
            total += value
        return s.share * total

    def compute(first, rows):
        w, f, g = np.empty((rows, n)), np.empty(rows), np.empty(rows)
        for k in range(rows):
            s.schedule(1)
            arguments = (C, s.M, s.base, s.W, s.slots, s.H, s.template, s.bounds, s.t, at, ahead, s.E, E_ahead)
            compiled("place", arguments)(*arguments)
            w[k], f[k], g[k] = at[0], gradient_at(at, s.E), norm[0]
            if s.P:
                f[k] += task.problem.penalty(at[0])
            if two:
                gradient_at(ahead, E_ahead)
            s.t += 1.0
            arguments = (*s.moving, f[k : k + 1], G[0], s.t)
            compiled("step_runs", arguments)(*arguments)
        return w, f, g, None

    return chunked(session, compute, first_rows(task), 8 * (n + 2), True, 2 if two else 1)


def epochs(session: Session) -> Verdict:
    """Stochastic: row 0 is the start, then an epoch a row, many epochs in one kernel call."""
    task, s = session.task, State(session.task)
    problem, n, batch = task.problem, task.w0.size, min(task.batch_size, task.problem.rows)
    orders = Orders(task.sampling, problem.rows, task.seed)
    norms = task.settings.grad_tol is not None or task.plan.grad_norm
    per_epoch = -(-problem.rows // batch)
    mean = problem.reduction == "mean"
    session.store_updates(0, s.W, np.array([np.nan]))
    kept_updates: list = []
    single = one_by_one(task)
    kinds: tuple = (kernel_of_examples(s.outputs), "batches")
    memory: tuple = (s.M,) if single and s.outputs > 1 else ()
    passes = 1
    if corrects(task.rule, batch):
        from . import variance_reduced

        kinds, memory = variance_reduced.KERNELS, variance_reduced.memory(task)
        session.gradients_first, passes = passes_of(task.rule, True)

    def settle():
        for start, kept_w, kept_loss in kept_updates:
            wanted = (session.rows - 1) * per_epoch - start + 1
            session.store_updates(start, kept_w[:wanted, 0], kept_loss[:wanted, 0])
        kept_updates.clear()

    def compute(first, rows):
        epochs = rows - (first == 0)
        w, f, g, running = (np.empty((rows, *shape)) for shape in ((1, n), (1,), (1,), (1,)))
        updates = epochs * per_epoch
        kept = (np.empty((updates, 1, n)), np.empty((updates, 1))) if session.keeps_updates else ()
        skip = rows - epochs
        if skip:
            w[0, 0] = at = reported_start(task)
            running[0, 0] = np.nan
            if not single:
                f[0, 0] = problem.value(at)
            if norms and not single:
                g[0, 0] = np.abs(task.shown_gradient(at, task.gradient(at))).max()
        if epochs or single:
            sampled = orders.epochs(first - 1 + skip, epochs) if epochs else np.empty((0, problem.rows), dtype=np.int64)
            s.schedule(updates)
            part = 1.0 if mean else 1.0 / problem.rows
            given = (sampled, part) if single else (s.M, sampled, batch, mean)
            work = (s.G, s.E, s.Z) if single else (s.G, s.L, s.E, s.Z)
            kind = kinds[0] if single else kinds[1]
            arguments = (
                s.data, *given, *s.moving, s.loss, s.base, s.share, s.t, s.alive, *work, norms,
                *((w, f, g, running) if single else (w[skip:], f[skip:], g[skip:], running[skip:])), kept,
                *memory,
            )  # fmt: skip
            compiled(kind, arguments)(*arguments)
            if kept:
                kept_updates.append((int(s.t) + 1, *kept))
            s.t += updates
        return w[:, 0], f[:, 0], g[:, 0] if norms else None, running[:, 0]

    per_update = (n if session.keeps_updates else 0) + (0 if task.fields.constant else s.H.shape[2])
    bytes_per_row = 8 * (n + 3 + problem.rows + per_epoch * per_update)
    return chunked(session, compute, first_rows(task), bytes_per_row, norms, passes, settle)


def one_by_one(task: Task) -> bool:
    """Whether a kernel visits one example after another, its outputs and updates in one loop."""
    return min(task.batch_size or 0, task.problem.rows) == 1 and hasattr(task.rule, "update")


def kernel_of_examples(outputs: int) -> str:
    """The kernel's name; that of several outputs gets their work space besides."""
    return "examples" if outputs == 1 else "examples_of_outputs"


def reported_start(task: Task) -> np.ndarray:
    """Row 0 of the record."""
    if not hasattr(task.rule, "read"):
        return task.w0
    return task.rule.read(task.w0, task.rule.init(task.w0, numpy_functions), 0.0, numpy_functions)
