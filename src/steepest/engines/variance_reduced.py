"""Gradients of batches with their noise taken out by gradients that are kept, for rules with ``corrected``.

For a batch B of the rows, ``kept_k`` a gradient of row k's loss at an earlier point, a rule gets

    corrected(sum of g_k(w) over B, sum of kept_k over B, |B| / rows * sum of kept_k over all rows)

each times 1 / |B| where the objective is a mean. A rule's own ``corrected`` being ``g - kept + mean``, its expectation
over random batches is that of the sum (or mean) of g_k(w) over B. The l2 penalty's gradient is added in full (in
proportion to the batch, for a sum), and nothing of it is kept.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..methods.rule import label
from ..problems.design import transposed_times
from ..problems.limited import Limited
from ..problems.linear_model import LinearModel, row_losses, row_slopes
from ..problems.negated import Negated
from ..problems.penalized import PenalizedProblem
from .session import Session

__all__ = ["MOST_BYTES", "Corrected", "corrects", "passes_of", "why_not_corrected"]

Array = NDArray[np.float64]
EVERY = slice(None)
MOST_BYTES = 2**30
"""Of a table of whole gradients: 1 GiB."""


def corrects(rule: Any, batch_size: int | None) -> bool:
    """Whether the rule's gradients are corrected by kept ones; those of the whole batch need no correction."""
    return batch_size is not None and hasattr(rule, "renews_each")


def why_not_corrected(model: LinearModel, rule: Any) -> str | None:
    """None where the kernels can correct the rule's gradients on the model, else the reason why not."""
    if model.sparse:
        return "kept gradients of sparse rows are for the plain loop"
    if model.outputs_per_row > 1:
        return "kept gradients of several outputs are for the plain loop"
    return "the rule looks ahead and keeps gradients" if hasattr(rule, "look") else None


def passes_of(rule: Any, linear: bool) -> tuple[int, int]:
    """Passes over the data ``(before the first epoch, in each)``."""
    if rule.renews_each():
        return 1, 1
    return 0, 2 if linear else 3


class Memory(Protocol):
    """Gradients of the rows' losses, kept from points before; without penalties."""

    total: Array
    """(n,): the sum of all that is kept."""

    def keep_all(self, w: Array) -> None:
        """Keeps the gradients of all rows at w."""

    def gradients(self, w: Array, rows: NDArray[np.int64]) -> tuple[float, Array, Array]:
        """Of the batch: the loss and the gradient at w, and what is kept, with the problem's reduction."""

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Keeps the gradients that ``gradients`` has just taken of these rows."""


class Corrected:
    """``corrected(w, rows) -> (loss, gradient for update)`` of batches; ``begin(w)`` is called before each epoch."""

    def __init__(self, session: Session) -> None:
        problem, self.rule = session.task.problem, session.task.rule
        self.rows, self.mean, self.renews = problem.rows, problem.reduction == "mean", self.rule.renews_each()
        losses = problem
        while isinstance(losses, (Limited, PenalizedProblem)):
            losses = losses.problem
        self.l2 = None if isinstance(losses, Negated) else getattr(problem, "l2_each", None)
        linear = isinstance(losses, LinearModel)
        self.memory: Memory = (
            Slopes(losses) if linear else Gradients(losses, self.rule) if self.renews else Snapshot(losses)
        )
        self.empty = True
        session.gradients_first, session.gradients_a_step = passes_of(self.rule, linear)

    def begin(self, w: Array) -> None:
        if self.empty or not self.renews:
            self.memory.keep_all(w)
            self.empty = False

    def __call__(self, w: Array, rows: NDArray[np.int64]) -> tuple[float, Array]:
        loss, g, kept = self.memory.gradients(w, rows)
        g = np.asarray(self.rule.corrected(g, kept, (1 if self.mean else rows.size) / self.rows * self.memory.total))
        if self.renews:
            self.memory.keep(rows)
        part = 1.0 if self.mean else rows.size / self.rows
        return loss, g if self.l2 is None else g + part * self.l2 * w


class Slopes:
    """Of a linear model: the derivative of each row's loss in its outputs, (rows,) or (rows, outputs). The gradient is
    the row times that."""

    def __init__(self, model: LinearModel) -> None:
        self.model = model

    def slopes(self, w: Array, rows: Any) -> tuple[Array, Array]:
        """The rows' losses and their derivatives at w."""
        model = self.model
        o, y = model.outputs(w, rows), model.y[rows]
        values, slopes = row_losses(model.loss, o, y), row_slopes(model.loss, o, y)
        if model.weights is not None:
            values, slopes = model.weights[rows] * values, (model.weights[rows] * slopes.T).T
        return values, slopes

    def summed(self, slopes: Array, rows: Any) -> Array:
        """The sum (n,) of the rows' gradients."""
        model = self.model
        g = transposed_times(model.X[rows] if rows is not EVERY else model.X, slopes)
        if model.fit_intercept:
            g = np.concatenate((slopes.sum(axis=0)[None], g))
        return np.asarray(g if model.columns is None else model.columns.gradient(g, model.base)).ravel()

    def keep_all(self, w: Array) -> None:
        self.kept = self.slopes(w, EVERY)[1]
        self.total = self.summed(self.kept, EVERY)

    def gradients(self, w: Array, rows: NDArray[np.int64]) -> tuple[float, Array, Array]:
        values, self.new = self.slopes(w, rows)
        scale = 1 / rows.size if self.model.reduction == "mean" else 1.0
        g, kept = self.summed(self.new, rows), self.summed(self.kept[rows], rows)
        return scale * float(values.sum()), scale * g, scale * kept

    def keep(self, rows: NDArray[np.int64]) -> None:
        once, at = np.unique(rows, return_index=True)  # a row may be drawn twice
        self.total += self.summed(self.new[at] - self.kept[once], once)
        self.kept[once] = self.new[at]


class Gradients:
    """Of any sum: each example's gradient, (rows, n), taken one by one."""

    def __init__(self, problem: Any, rule: Any) -> None:
        needed = 8 * problem.rows * problem.n
        if needed > MOST_BYTES:
            raise ArgumentError(
                f"method {label(rule)!r} would keep {problem.rows:,} gradients of {problem.n:,} numbers, "
                f"{needed / 2**30:.1f} GiB of at most {MOST_BYTES / 2**30:g}; use method='svrg', which keeps none"
            )
        self.problem, self.mean = problem, problem.reduction == "mean"

    def each(self, w: Array, rows: NDArray[np.int64]) -> tuple[Array, Array]:
        """The losses (rows,) and gradients (rows, n) of these examples."""
        taken = [self.problem.batch_value_and_gradient(w, rows[k : k + 1]) for k in range(rows.size)]
        return np.array([loss for loss, _ in taken]), np.array([g for _, g in taken])

    def keep_all(self, w: Array) -> None:
        self.kept = self.each(w, np.arange(self.problem.rows))[1]
        self.total = self.kept.sum(axis=0)

    def gradients(self, w: Array, rows: NDArray[np.int64]) -> tuple[float, Array, Array]:
        losses, self.new = self.each(w, rows)
        scale = 1 / rows.size if self.mean else 1.0
        return scale * float(losses.sum()), scale * self.new.sum(axis=0), scale * self.kept[rows].sum(axis=0)

    def keep(self, rows: NDArray[np.int64]) -> None:
        once, at = np.unique(rows, return_index=True)
        self.total += (self.new[at] - self.kept[once]).sum(axis=0)
        self.kept[once] = self.new[at]


class Snapshot:
    """Of any sum: the point at which all gradients count as kept; those of a batch are taken there again."""

    def __init__(self, problem: Any) -> None:
        self.problem = problem

    def keep_all(self, w: Array) -> None:
        self.at = w.copy()
        share = self.problem.rows if self.problem.reduction == "mean" else 1
        self.total = share * np.asarray(self.problem.gradient(w))

    def gradients(self, w: Array, rows: NDArray[np.int64]) -> tuple[float, Array, Array]:
        loss, g = self.problem.batch_value_and_gradient(w, rows)
        return loss, g, self.problem.batch_value_and_gradient(self.at, rows)[1]

    def keep(self, rows: NDArray[np.int64]) -> None:
        raise AssertionError("a snapshot is kept as a whole")
