"""Many runs of a dense linear model in the kernels: a pass over the rows serves them all, threads share them out.

The kernels, and the types of what they get, are those of numba/engine.py with more than one run: the same bits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..chunks import looks_ahead
from ..numba.cache import compiled
from ..numba.engine import (
    BLOCK_ELEMENTS,
    FIRST_ELEMENTS,
    LEAST_ROWS,
    MOST_BLOCKS,
    State,
    kernel_of_examples,
    one_by_one,
    reported_start,
)
from ..numba.threads import threads
from ..orders import Orders
from ..task import Task
from ..variance_reduced import corrects
from .alike import Alike
from .driving import MOST_BYTES, Part, Source, drive
from .ledger import Ledger
from .rows import Columns
from .stacking import stacked_slots

__all__ = ["run_linear", "why_not_linear"]

Array = NDArray[np.float64]


def why_not_linear(task: Task) -> str | None:
    """None where runs like this one go together, else why not."""
    if task.problem.sparse:
        return "X is sparse"
    return "the rule keeps gradients" if corrects(task.rule, task.batch_size) else None


def run_linear(tasks: Alike, adopt: Callable[[NDArray[np.intp], Ledger], None], report: Any = None) -> None:
    """Runs them all; ``adopt(which, ledger)`` is told who keeps them before they begin."""
    first = tasks.first
    problem, n = first.problem, first.w0.size
    stochastic = first.batch_size is not None
    norms = not stochastic or first.settings.grad_tol is not None or first.plan.grad_norm
    passes = 2 if not stochastic and looks_ahead(first.rule) else 1
    per_run = 8 * n * (blocks_of(problem)[1] if is_big(first) else 1)
    together = max(1, MOST_BYTES // 4 // per_run)
    for start in range(0, len(tasks), together):
        portion = np.arange(start, min(start + together, len(tasks)))
        count = min(threads(), len(portion))  # type: ignore[no-untyped-call]
        parts = []
        for k in range(count):
            which = portion[k::count]  # neighbours are alike, and end alike
            ledger = Ledger(tasks.part(which), norms, passes)
            adopt(which, ledger)
            parts.append(Part(ledger, source_of(ledger.tasks, norms)))
        drive(parts, max(1, FIRST_ELEMENTS // problem.X.size // len(portion)), report=report)


def source_of(tasks: Alike, norms: bool) -> Source:
    if tasks.first.batch_size is not None:
        return Epochs(tasks, norms)
    return Blocks(tasks) if is_big(tasks.first) else Iterations(tasks)


def is_big(task: Task) -> bool:
    return task.batch_size is None and task.problem.X.size > 2 * BLOCK_ELEMENTS


def blocks_of(problem: Any) -> tuple[int, int]:
    """``(rows in a block, blocks)`` as numba/engine.py cuts X."""
    rows, columns = problem.X.shape
    per_block = max(LEAST_ROWS, BLOCK_ELEMENTS // columns, -(-rows // MOST_BLOCKS))
    return per_block, -(-rows // per_block)


class Moving:
    """The arrays of some runs, contiguous, as the kernels want them."""

    def __init__(self, tasks: Alike) -> None:
        self.tasks = tasks
        self.state: Any = State(tasks.first)
        s = self.state
        s.W, s.slots, s.H = tasks.starts.copy(), stacked_slots(tasks), tasks.fields[:, None].copy()
        self.work()

    def work(self) -> None:
        """Room for the runs there are."""
        s = self.state
        s.alive = np.ones(len(s.W), dtype=np.bool_)
        s.G, s.L, s.E = (np.empty(s.W.shape) for _ in range(3))

    def begin(self, first: int, rows: int) -> None:
        """The kernels work when they are called."""

    def keep(self, going: NDArray[np.bool_]) -> None:
        s = self.state
        self.tasks = self.tasks.part(going)
        s.W, s.H = s.W[going], s.H[going]
        s.slots = tuple(slot[going] for slot in s.slots)
        self.work()

    def schedule(self, updates: int) -> None:
        """Sets the fields of the next updates."""
        s = self.state
        if not s.fields.constant:
            s.H = self.tasks.rows(int(s.t), updates)


class Iterations(Moving):
    """Full batch, X in one block."""

    def compute(self, first: int, rows: int) -> Columns:
        s = self.state
        runs, n = s.W.shape
        w, f, g = np.empty((rows, runs, n)), np.empty((rows, runs)), np.empty((rows, runs))
        self.schedule(rows)
        arguments = (s.data, s.M, *s.moving, s.loss, s.base, s.share, s.t, s.alive, s.G, s.L, s.E, w, f, g)
        compiled("iterations", arguments)(*arguments)  # type: ignore[no-untyped-call]
        s.t += rows
        return Columns(w, f, g)


class Blocks(Moving):
    """Full batch, X in many blocks: each block is read once for all runs."""

    def work(self) -> None:
        super().work()
        s = self.state
        (runs, n), (self.per_block, self.blocks) = s.W.shape, blocks_of(self.tasks.first.problem)
        self.sums, self.losses = np.empty((self.blocks, runs, n)), np.empty((self.blocks, runs))
        self.at, self.ahead, self.ready = (np.empty((runs, n)) for _ in range(3))

    def gradients_at(self, where: Array, ready: Array, norm: Array) -> Array:
        """The losses (runs,), the gradients in ``sums[0]``."""
        s = self.state
        arguments: tuple[Any, ...] = (
            s.data, s.M, ready, s.base, s.loss, 0, self.blocks, self.per_block, self.sums, self.losses,
        )  # fmt: skip
        compiled("block_sums", arguments)(*arguments)  # type: ignore[no-untyped-call]
        arguments = (s.data[3], s.M, s.base, s.share, s.P, s.bounds, where, self.sums, s.L, norm)
        compiled("combine", arguments)(*arguments)  # type: ignore[no-untyped-call]
        total = np.zeros(len(where))
        for part in self.losses:
            total += part
        return np.asarray(s.share * total)

    def compute(self, first: int, rows: int) -> Columns:
        s, problem = self.state, self.tasks.first.problem
        runs, n = s.W.shape
        w, f, g = np.empty((rows, runs, n)), np.empty((rows, runs)), np.empty((rows, runs))
        two, unused = looks_ahead(self.tasks.first.rule), np.empty(runs)
        for k in range(rows):
            self.schedule(1)
            arguments: tuple[Any, ...] = (
                s.data[3], s.M, s.base, s.W, s.slots, s.H, s.template, s.bounds, s.t, self.at, self.ahead, s.E,
                self.ready,
            )  # fmt: skip
            compiled("place", arguments)(*arguments)  # type: ignore[no-untyped-call]
            w[k], f[k] = self.at, self.gradients_at(self.at, s.E, g[k])
            if s.P:
                f[k] += [problem.penalty(at) for at in self.at]
            if two:
                self.gradients_at(self.ahead, self.ready, unused)
            s.t += 1.0
            arguments = (*s.moving, f[k], self.sums[0], s.t)
            compiled("step_runs", arguments)(*arguments)  # type: ignore[no-untyped-call]
        return Columns(w, f, g)


class Epochs(Moving):
    """Stochastic: row 0 is the start, then an epoch a row."""

    def __init__(self, tasks: Alike, norms: bool) -> None:
        super().__init__(tasks)
        self.norms, task = norms, tasks.first
        self.batch = min(task.batch_size or 1, task.problem.rows)
        self.orders = Orders(task.sampling, task.problem.rows, task.seed)
        self.single = one_by_one(task)

    def compute(self, first: int, rows: int) -> Columns:
        s, problem = self.state, self.tasks.first.problem
        runs, n = s.W.shape
        skip = int(first == 0)
        epochs, per_epoch = rows - skip, -(-problem.rows // self.batch)
        w = np.empty((rows, runs, n))
        f, g, running = (np.empty((rows, runs)) for _ in range(3))
        if skip:
            self.start(w, f, g)
            running[0] = np.nan
        if epochs or self.single:
            sampled = np.empty((0, problem.rows), dtype=np.int64)
            if epochs:
                sampled = self.orders.epochs(first - 1 + skip, epochs)
            self.schedule(epochs * per_epoch)
            mean = problem.reduction == "mean"
            given = (sampled, 1.0 if mean else 1.0 / problem.rows) if self.single else (s.M, sampled, self.batch, mean)
            work = (s.G, s.E, s.Z) if self.single else (s.G, s.L, s.E, s.Z)
            hidden = 0 if self.single else skip
            arguments = (
                s.data, *given, *s.moving, s.loss, s.base, s.share, s.t, s.alive, *work, self.norms, w[hidden:],
                f[hidden:], g[hidden:], running[hidden:], (), *((s.M,) if self.single and s.outputs > 1 else ()),
            )  # fmt: skip
            kernel = kernel_of_examples(s.outputs) if self.single else "batches"
            compiled(kernel, arguments)(*arguments)  # type: ignore[no-untyped-call]
            s.t += epochs * per_epoch
        return Columns(w, f, g if self.norms else None, running)

    def start(self, w: Array, f: Array, g: Array) -> None:
        """Row 0 of every run; many share their start."""
        task = self.tasks.first
        w[0] = [reported_start(each) for each in self.tasks] if hasattr(task.rule, "read") else self.tasks.starts
        if self.single:
            return  # the kernel does the rest
        known: dict[bytes, tuple[float, float]] = {}
        for k, at in enumerate(w[0]):
            if (found := known.get(at.tobytes())) is None:
                norm = np.abs(task.shown_gradient(at, task.gradient(at))).max() if self.norms else np.nan
                found = known[at.tobytes()] = task.problem.value(at), float(norm)
            f[0, k], g[0, k] = found
