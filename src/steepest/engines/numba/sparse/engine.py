"""Runs a linear model on sparse data with the kernels: chunks of rows, each judged and recorded before the next.

One example at a time and mini-batches: gradient descent, momentum and both Nesterov forms, with l2 too, cost what the
entries of the batch's rows cost, and make the steps of the dense engine (to rounding). So does gradient descent with an
l1 penalty; of one output or several, softmax among them. Every other rule (Adam, ...), l1 with momentum, bounds, and l2
on scaled columns update the whole of w with each batch, as the dense engine does: these rules move every coordinate at
every step, though its gradient is 0, and have no closed form for many such steps; leaving the coordinates alone until
they are touched would be another method. With 47,000 columns, 50 entries a row, a row costs 0.26 us under momentum and
70 us under Adam: there, larger batches.
"""

import numpy as np

from ....base.xp import numpy_functions
from ...chunks import chunked, looks_ahead
from ...orders import Orders
from ...session import Session
from ...stopping import Verdict
from ...task import Ending, Task
from .. import threads
from ..cache import carried, compiled
from ..engine import penalty
from .kernels import dense_epochs, paired_epochs, single_epochs
from .linear import Linear, is_linear
from .outputs import paired_outputs, single_outputs
from .rows import Csr, block_losses, block_sums, penalties

__all__ = ["is_lazy", "run"]

BLOCK_ENTRIES = 2**16
"""Entries of X in one block of rows: what is larger goes block by block, in threads."""
MOST_BLOCKS, ENTRIES_A_SUM = 256, 8
"""Each block has a gradient of its own until they are added up: there are so many entries for each number in it."""
MOST_SLOPES = 2**22
"""Slopes of a batch that several outputs keep, one for each row and output (32 MB), if w itself is not larger."""
FIRST_ENTRIES = 2**20
"""Entries of X that the first chunk visits: some milliseconds of work."""


def is_lazy(task: Task) -> bool:
    """Whether updates cost what the entries of their rows cost (else what all of w costs)."""
    problem = task.problem
    if not is_linear(task.rule) or task.box is not None:
        return False
    if problem.l2 and problem.columns is not None:
        return False
    return not problem.l1 or Linear(task).single


class State:
    """The data as kernels want it."""

    def __init__(self, task: Task) -> None:
        problem = self.problem = task.problem
        self.csr = Csr.of(problem.X)
        self.weights = () if problem.weights is None else problem.weights
        self.data = (*self.csr, problem.y, self.weights)
        self.P = penalty(problem)
        self.C = () if problem.columns is None else tuple(problem.columns)
        self.loss, self.base, self.share = carried(problem.loss), problem.base, problem.share
        self.n, self.outputs, self.entries = problem.n, problem.outputs_per_row, int(self.csr.starts[-1])

    def room(self):
        """Work space for a row's outputs, one for each thread; () where there is one output only."""
        return np.empty((2, self.outputs)) if self.outputs > 1 else ()

    def blocks(self, entries: int) -> tuple[int, int]:
        """How many blocks of rows of at least so many entries, and the rows of each."""
        wanted = min(max(self.entries // entries, 1), MOST_BLOCKS, self.problem.rows)
        rows = -(-self.problem.rows // wanted)
        return -(-self.problem.rows // rows), rows

    def objectives(self, W: np.ndarray) -> np.ndarray:
        """At each of the points W (points, n)."""
        problem, (blocks, rows) = self.problem, self.blocks(BLOCK_ENTRIES)
        if problem.columns is not None or self.outputs > 1:
            points = np.stack([problem.coefficients(w).T.ravel() for w in W])
        else:
            points = np.ascontiguousarray(W)
        F = np.empty((blocks, len(W)))
        losses = compiled(block_losses, (self.data, self.room(), points, self.base, self.loss, 0, 0, rows, F))
        threads.each_part(
            lambda first, last: losses(self.data, self.room(), points, self.base, self.loss, first, last, rows, F),
            blocks, min(threads.threads(), blocks),
        )  # fmt: skip
        return self.share * in_order(F) + self.penalties(W)

    def penalties(self, W: np.ndarray) -> np.ndarray:
        """At each of the points W (points, n)."""
        arguments = (self.P, np.ascontiguousarray(W), np.empty(len(W)))
        compiled(penalties, arguments)(*arguments)
        return arguments[-1]


def in_order(F: np.ndarray) -> np.ndarray:
    """The sum over blocks, in their order whatever their number."""
    total = np.zeros(F.shape[1:])
    for part in F:
        total += part
    return total


def run(task: Task) -> Ending:
    """Runs the task to its end."""
    session = Session(task)
    return session.run(iterations if task.batch_size is None else epochs)


def first_rows(s: State) -> int:
    return FIRST_ENTRIES // max(s.entries + s.n, 1)


def iterations(session: Session) -> Verdict:
    """Full batch: one iteration at a time, blocks of rows spread over threads."""
    task, s = session.task, State(session.task)
    rule, fields, n = task.rule, task.fields, s.n
    blocks, per_block = s.blocks(max(BLOCK_ENTRIES, ENTRIES_A_SUM * n))
    count = min(threads.threads(), blocks)
    template, P, M = carried(rule), s.P, s.room()
    bounds = () if task.box is None else task.box.numbers
    W, slots = task.w0.copy()[None], tuple(slot.copy()[None] for slot in rule.init(task.w0, numpy_functions))
    G, F, norm = np.empty((blocks, 1, n)), np.empty(blocks), np.empty(1)
    at, ahead, ready, ready_ahead, room = (np.empty((1, n)) for _ in range(5))
    two, t = looks_ahead(rule), 0.0

    def gradient_at(where, prepared):
        sums = compiled(block_sums, (s.data, M, prepared, s.base, s.loss, 0, 0, per_block, G, F))
        threads.each_part(
            lambda first, last: sums(s.data, s.room(), prepared, s.base, s.loss, first, last, per_block, G, F),
            blocks, count,
        )  # fmt: skip
        arguments = (s.C, M, s.base, s.share, P, bounds, where, G, room, norm)
        compiled("combine", arguments)(*arguments)
        return s.share * float(in_order(F)) + float(s.penalties(where)[0])

    def compute(first, rows):
        nonlocal t
        w, f, g = np.empty((rows, n)), np.empty(rows), np.empty(rows)
        for k in range(rows):
            H = fields.rows(int(t), 1)[None]
            arguments = (s.C, M, s.base, W, slots, H, template, bounds, t, at, ahead, ready, ready_ahead)
            compiled("place", arguments)(*arguments)
            w[k], f[k], g[k] = at[0], gradient_at(at, ready[0]), norm[0]
            if two:
                gradient_at(ahead, ready_ahead[0])
            t += 1.0
            arguments = (W, slots, H, template, bounds, P, f[k : k + 1], G[0], t)
            compiled("step_runs", arguments)(*arguments)
        return w, f, g, None

    return chunked(session, compute, first_rows(s), 8 * (n + 2), True, 2 if two else 1)


class Moving:
    """The updates of a stochastic run. ``advance(orders, t, kept_w, kept_loss)`` makes those of some epochs, the first
    of them being number t, and returns w and the summed losses of each epoch."""

    def __init__(self, task: Task, s: State) -> None:
        self.s, self.task, self.mean = s, task, task.problem.reduction == "mean"
        self.batch = min(task.batch_size, task.problem.rows)

    def shape(self, orders, size) -> tuple[np.ndarray, np.ndarray]:
        return np.empty((len(orders), size)), np.zeros(len(orders))


class Dense(Moving):
    """All of w with each batch."""

    def __init__(self, task: Task, s: State) -> None:
        super().__init__(task, s)
        self.w = task.w0.copy()
        self.slots = tuple(slot.copy() for slot in task.rule.init(task.w0, numpy_functions))
        self.bounds = () if task.box is None else task.box.numbers
        self.M = s.room()
        self.g, self.ahead, self.work = (np.empty(s.n) for _ in range(3))

    def advance(self, orders, t, kept_w, kept_loss):
        s, (w, running) = self.s, self.shape(orders, self.s.n)
        updates = len(orders) * self.task.updates_a_row
        H = self.task.fields.rows(t, updates)
        arguments = (
            s.data, s.C, self.M, orders, self.batch, self.mean, self.w, self.slots, H, carried(self.task.rule),
            self.bounds, s.P, s.loss, s.base, float(t), self.g, self.ahead, self.work, w, running, kept_w, kept_loss,
        )  # fmt: skip
        compiled(dense_epochs, arguments)(*arguments)
        return w, running


class Lazy(Moving):
    """What the entries of the batch's rows touch, of one output."""

    def __init__(self, task: Task, s: State) -> None:
        super().__init__(task, s)
        self.linear = linear = Linear(task)
        self.C = s.C[1] if s.C else ()
        self.D = np.empty(self.batch)
        if linear.single:
            self.w, self.last = task.w0.copy(), np.zeros(s.n - s.base) if task.problem.l1 else ()
        else:
            self.U = np.outer(task.w0[s.base :], np.linalg.inv(linear.Z)[:, 0])
            self.bias = np.array([task.w0[0], 0.0])

    def advance(self, orders, t, kept_w, kept_loss):
        s, linear, (w, running) = self.s, self.linear, self.shape(orders, self.s.n)
        updates = len(orders) * self.task.updates_a_row
        shared = orders, self.batch, self.mean
        ends = s.loss, s.base, self.D, w, running, kept_w, kept_loss
        if linear.single:
            moves, kernel = linear.single_moves(t, updates), single_epochs
            arguments = (s.data, self.C, self.last, *shared, self.w, linear.varying, moves, *ends)
        else:
            moves, kernel = linear.paired_moves(t, updates), paired_epochs
            z = linear.Z[0].copy()
            arguments = (s.data, self.C, *shared, z, self.U, self.bias, linear.varying, *moves, *ends)
        compiled(kernel, arguments)(*arguments)
        return w, running


class LazyOutputs(Moving):
    """The same of several outputs."""

    def __init__(self, task: Task, s: State) -> None:
        super().__init__(task, s)
        self.linear = Linear(task)
        self.C = s.C[1] if s.C else ()
        self.D, self.o = np.empty((self.batch, s.outputs)), np.empty(s.outputs)
        start = task.w0.reshape(-1, s.outputs)
        first, self.c = (start[0].copy() if s.base else np.zeros(s.outputs)), start[s.base :].copy()
        if self.linear.single:
            self.last, self.bias = np.zeros(len(self.c)) if task.problem.l1 else (), first
        else:
            back = np.linalg.inv(self.linear.Z)
            self.U = np.ascontiguousarray(back[:, 0][None, :, None] * self.c[:, None, :])
            self.bias = np.stack([first, np.zeros(s.outputs)])

    def advance(self, orders, t, kept_w, kept_loss):
        s, linear, (w, running) = self.s, self.linear, self.shape(orders, self.s.n)
        updates = len(orders) * self.task.updates_a_row
        shared = orders, self.batch, self.mean
        ends = s.loss, s.base, self.D, self.o, w, running, kept_w, kept_loss
        if linear.single:
            moves = linear.single_moves(t, updates)
            kernel = single_outputs
            arguments = (s.data, self.C, self.last, *shared, self.c, self.bias, linear.varying, moves, *ends)
        else:
            moves = linear.paired_moves(t, updates)
            kernel, z = paired_outputs, linear.Z[0].copy()
            arguments = (s.data, self.C, *shared, z, self.U, self.bias, linear.varying, *moves, *ends)
        compiled(kernel, arguments)(*arguments)
        return w, running


def moving_of(task: Task, s: State) -> Moving:
    if not is_lazy(task):
        return Dense(task, s)
    if s.outputs == 1:
        return Lazy(task, s)
    slopes = s.outputs * min(task.batch_size, task.problem.rows)
    return LazyOutputs(task, s) if slopes <= max(MOST_SLOPES, s.n) else Dense(task, s)


def epochs(session: Session) -> Verdict:
    """Stochastic: row 0 is the start, then an epoch a row, many epochs in one kernel call."""
    task, s = session.task, State(session.task)
    problem, n, per_epoch = task.problem, s.n, task.updates_a_row
    moving = moving_of(task, s)
    orders = Orders(task.sampling, problem.rows, task.seed)
    norms = task.settings.grad_tol is not None or task.plan.grad_norm
    session.store_updates(0, task.w0[None], np.array([np.nan]))
    kept_updates: list = []

    def settle():
        for start, kept_w, kept_loss in kept_updates:
            wanted = (session.rows - 1) * per_epoch - start + 1
            session.store_updates(start, kept_w[:wanted], kept_loss[:wanted])
        kept_updates.clear()

    def compute(first, rows):
        skip = int(first == 0)
        count = rows - skip
        w, f, running = np.empty((rows, n)), np.empty(rows), np.empty(rows)
        if skip:
            w[0], running[0] = reported_start(task), np.nan
        if count:
            t = (first - 1 + skip) * per_epoch
            updates = count * per_epoch if session.keeps_updates else 0
            kept_w, kept_loss = np.empty((updates, n)), np.zeros(updates)
            w[skip:], sums = moving.advance(orders.epochs(first - 1 + skip, count), t, kept_w, kept_loss)
            running[skip:] = s.share * sums
            if updates:
                kept_updates.append((t + 1, kept_w, kept_loss))
        f[:] = s.objectives(w)
        g = None
        if norms:
            g = np.array([np.abs(task.shown_gradient(at, task.gradient(at))).max() for at in w])
        return w, f, g, running

    per_update = (n if session.keeps_updates else 0) + (0 if task.fields.constant else 20)
    return chunked(session, compute, first_rows(s), 8 * (n + 3 + problem.rows + per_epoch * per_update), norms,
                   settle=settle)  # fmt: skip


def reported_start(task: Task) -> np.ndarray:
    """Row 0 of the record."""
    if not hasattr(task.rule, "read"):
        return task.w0
    return task.rule.read(task.w0, task.rule.init(task.w0, numpy_functions), 0.0, numpy_functions)
