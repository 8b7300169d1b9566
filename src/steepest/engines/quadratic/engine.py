"""Runs least squares without its data: each chunk of rows comes from the quadratic, and what ends a run well is
confirmed on the data."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import CompileError
from ...base.text import number
from ...base.xp import numpy_functions as xp
from ...problems.linear_model import LinearModel
from ...problems.losses.squared_error import SquaredError
from ...records.outcome import Outcome
from ..chunks import chunked, looks_ahead
from ..elementwise import why_not_elementwise
from ..session import Session
from ..stopping import Verdict
from ..task import Ending, Task
from .data import Reading
from .model import EIGEN, Quadratic

__all__ = ["run", "why_not", "worth_it"]

Array = NDArray[np.float64]

MOST_WEIGHTS = 8192
"""The curvature of so many takes half a gigabyte."""
FIRST_PRODUCTS = 2**20
"""Multiplications of the first chunk: about half a millisecond of work."""
MOST_DISAGREEMENTS = 3
"""So often a run goes on after the data did not confirm its end."""


def why_not(problem: Any, rule: Any, batch_size: int | None = None, search: Any = None, box: Any = None) -> str | None:
    """None where this engine can run the rule on the problem, else the reason why not."""
    if not isinstance(problem, LinearModel):
        return "it is for linear models with squared_error"
    if type(problem.loss) is not SquaredError:
        return f"it is for squared_error, and the loss is {problem.loss_name}"
    if problem.l1:
        return "an l1 penalty is not quadratic"
    if batch_size is not None:
        return "batches need the data at each update"
    if search is not None:
        return "a line search runs in the plain loop"
    if box is not None:
        return "bounds are not for it"
    if problem.n // problem.outputs_per_row > MOST_WEIGHTS:
        return f"the curvature of more than {MOST_WEIGHTS:,} weights is too large a matrix"
    return why_not_elementwise(rule)


def worth_it(problem: Any, max_iter: int) -> bool:
    """Whether the passes and the factorisation at the beginning are made up for by a fifth of ``max_iter`` iterations
    (runs that stop by a tolerance take fewer than they may), at most 500 of them."""
    iterations = min(max_iter // 5, 500)
    outputs = problem.outputs_per_row
    weights = problem.n // outputs
    numbers = problem.X.nnz if problem.sparse else problem.X.size
    one_pass = (SPARSE_PASS if problem.sparse else PASS) * numbers * outputs
    curvature = (SPARSE_GRAM if problem.sparse else GRAM) * numbers * numbers / problem.rows
    begin = BEGIN + 2 * one_pass + curvature + BASIS * weights + EIGEN * weights**3
    ours = STEP + PRODUCT * outputs * weights**2
    return bool(begin + iterations * ours < iterations * (STEP + one_pass))


BEGIN, BASIS = 5e-4, 5e-6
"""Seconds to begin with, and of the factorisation a weight (measured, 65 to 2,000 weights)."""
PASS, GRAM = 2.6e-10, 2e-11
"""Seconds of a pass of the kernels a number of X, of the curvature a product of two of a row (1.4 to 2.3e-11)."""
SPARSE_PASS, SPARSE_GRAM = 1e-9, 8e-9
"""The same where X is sparse; SciPy's products of short rows take 4 to 15 ns (0.1 us where G is nearly empty)."""
STEP, PRODUCT = 3e-7, 2e-10
"""Seconds of an iteration, and of it a number of G (1.1e-10 to 2.8e-10, 65 to 2,000 weights)."""


def run(task: Task) -> Ending:
    """Runs the task to its end; a CompileError where squares of the data overflow."""
    limit = task.settings.time_limit
    deadline = np.inf if limit is None else (task.began or time.perf_counter()) + limit
    with np.errstate(all="ignore"):
        model = Quadratic(task.problem, task.w0, deadline)
    if not model.usable:
        raise CompileError("the quadratic engine needs the squares of the data, which overflow; scale the columns of X")
    return Confirmed(task, model).run(only_the_start if model.late else iterations)


class Loop:
    """The state of a run between chunks: e, where the rule's slots are, how many updates were made."""

    def __init__(self, task: Task, model: Quadratic) -> None:
        from ..numba.cache import carried

        self.task, self.model = task, model
        self.template, self.fields = carried(task.rule), task.fields  # type: ignore[no-untyped-call]
        start, anchor = self.inner(task.w0), self.inner(model.anchor)
        self.anchor, self.e = anchor, start - anchor
        self.low = start - (anchor + self.e)
        """What the sum of anchor and e lacks of the start."""
        self.slots = tuple(self.inner(slot) for slot in task.rule.init(task.w0, xp))
        self.t = 0
        self._before = self._state()
        self._room = tuple(np.empty(start.size) for _ in range(3))

    def inner(self, w: Array) -> Array:
        """A vector as the kernel wants it: output after output."""
        return np.array(w.reshape(self.model.shape).T, dtype=float, order="C").ravel()

    def outer(self, w: Array) -> Array:
        """Rows of such vectors as the record wants them: (rows, n), weight after weight."""
        weights, outputs = self.model.shape
        if outputs == 1:
            return w
        return np.ascontiguousarray(w.reshape(-1, outputs, weights).transpose(0, 2, 1)).reshape(len(w), -1)

    def _state(self) -> tuple[Any, ...]:
        return self.e.copy(), tuple(slot.copy() for slot in self.slots), self.t

    def chunk(self, first: int, rows: int) -> tuple[Array, Array, Array, None]:
        """The next rows."""
        from ..numba.cache import compiled
        from .kernels import iterate

        self._before = self._state()
        w, f, g = np.empty((rows, self.e.size)), np.empty(rows), np.empty(rows)
        arguments = (
            self.model.G, self.anchor, self.low, self.inner(self.model.slope), self.model.floor, self.e, self.slots,
            self.fields.rows(self.t, rows), self.template, float(self.t), *self._room, w, f, g,
        )  # fmt: skip
        compiled(iterate, arguments)(*arguments)  # type: ignore[no-untyped-call]
        self.t += rows
        return self.outer(w), f, g, None

    def back_to(self, row: int) -> None:
        """To before a row that the last chunk computed."""
        self.e, self.slots, self.t = self._before
        if row > self.t:
            self.chunk(self.t, row - self.t)


class Confirmed(Session):
    """A session whose good endings are confirmed on the data: values and gradients that the quadratic says meet a
    tolerance are read off the data once; where they do not, they correct the quadratic, and the run goes on."""

    def __init__(self, task: Task, model: Quadratic) -> None:
        super().__init__(task)
        self.model, self.loop = model, Loop(task, model)
        self.disagreements = 0

    def take(self, first: int, w: Array, f: Array, grad_norm: Array | None, running_f: Array | None,
             seconds: Array) -> Verdict | None:  # fmt: skip
        assert grad_norm is not None
        done, rows = 0, len(f)
        while True:
            verdict = super().take(first + done, w[done:], f[done:], grad_norm[done:], running_f, seconds[done:])
            if verdict is None:
                return None
            done = self.rows - first
            at, value, norm = w[done - 1].reshape(self.model.shape), float(f[done - 1]), float(grad_norm[done - 1])
            if not self._to_confirm(verdict, norm):
                return verdict
            found = self.model.read(at)
            complaint = self._complaint(verdict, found, at, value, norm)
            if complaint is None:
                return verdict
            self.disagreements += 1
            if self.disagreements > MOST_DISAGREEMENTS:
                reason = f"on the data {complaint}, where rounding lets the run get no closer"
                return Verdict(Outcome.STALLED, reason, verdict.iteration)
            if done < rows:
                self.loop.back_to(first + done)  # along the old path: only then is the quadratic corrected
            self.model.corrected(at, found)
            if done == rows:
                return None
            w[done:], f[done:], grad_norm[done:], _ = self.loop.chunk(first + done, rows - done)

    def _by_gradient(self, verdict: Verdict, norm: float) -> bool:
        tol = self.task.settings.grad_tol
        return verdict.outcome is Outcome.CONVERGED and tol is not None and norm <= tol

    def _to_confirm(self, verdict: Verdict, norm: float) -> bool:
        """Whether the data have a say in the verdict. They have none in x_tol: w is what it is."""
        s = self.task.settings
        by_change = verdict.outcome is Outcome.CONVERGED and not (s.f_tol is None and s.f_rtol is None)
        return by_change or verdict.outcome is Outcome.F_TARGET or self._by_gradient(verdict, norm)

    def _complaint(self, verdict: Verdict, found: Reading, w: Array, f: float, norm: float) -> str | None:
        """None where the data confirm the verdict, otherwise what they say."""
        s = self.task.settings
        if self._by_gradient(verdict, norm):
            largest, tol = float(np.abs(found.g).max()), s.grad_tol or 0.0
            return None if largest <= tol else f"largest gradient component {number(largest)} > grad_tol {number(tol)}"
        if verdict.outcome is Outcome.F_TARGET:
            target = s.sign * (s.f_target or 0.0)
            return None if found.f <= target else f"f {number(found.f)} > f_target {number(target)}"
        allowed = max(s.f_tol or 0.0, (s.f_rtol or 0.0) * abs(f), self.model.noise(found.f, w)[0])
        return None if abs(found.f - f) <= allowed else f"f is {number(found.f)}, not {number(f)}"


def iterations(session: Session) -> Verdict:
    """The loop of one run; ``nfev`` and ``njev`` count the passes over the data that were made."""
    assert isinstance(session, Confirmed)
    task, loop = session.task, session.loop
    passes = 2 if looks_ahead(task.rule) else 1
    products = passes * loop.e.size * session.model.shape[0]
    bytes_per_row = 8 * (loop.e.size + 2 + (0 if task.fields.constant else task.fields.row.size))
    try:
        return chunked(session, loop.chunk, FIRST_PRODUCTS // products, bytes_per_row, True, passes)
    finally:
        session.nfev = session.njev = session.model.passes


def only_the_start(session: Session) -> Verdict:
    """The one row of a run whose time was over before the curvature was known."""
    assert isinstance(session, Confirmed)
    model = session.model
    session.nfev = session.njev = model.passes
    norm, now = np.array([np.abs(model.slope).max()]), time.perf_counter()
    columns = session.task.w0[None].copy(), np.array([model.floor]), norm, None, np.array([now - session.began])
    verdict = session.take(0, *columns)
    session.complete()
    return verdict or session.time_up(0)
