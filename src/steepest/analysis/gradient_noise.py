"""How much the gradients of single rows differ, and what batch size that makes worth its cost."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..problems.finite_sum import SummedLoss
from ..problems.limited import Limited
from ..problems.linear_model import LinearModel, row_slopes
from ..problems.negated import Negated
from ..problems.penalized import PenalizedProblem
from .linear_hessian import added

__all__ = ["GradientNoise", "gradient_noise", "has_rows"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GradientNoise:
    """The gradients of single rows at a point, without the l1 penalty: ``variance`` is the trace of their covariance,
    the mean squared distance from their mean; ``signal`` the squared length of the mean; ``rows`` how many there are.

    A row drawn at random is meant: the covariance is over the rows there are, not of a population behind them. Under
    ``reduction="sum"`` a row's gradient is 1 / rows of what one row's share of the sum would be.
    """

    variance: float
    signal: float
    rows: int

    @property
    def scale(self) -> float:
        """The simple noise scale ``variance / signal``, in rows; infinite where the mean is 0, as at a minimum.

        Source: S. McCandlish, J. Kaplan, D. Amodei, "An empirical model of large-batch training", 2018, eq. 2.9."""
        if self.signal > 0:
            return self.variance / self.signal
        return float("inf") if self.variance > 0 else 0.0

    @property
    def critical_batch(self) -> float:
        """The batch size, at most ``rows``, at which noise and signal of a batch's gradient are equal. Well below it
        twice the batch halves the updates that are needed; well above it gains next to nothing."""
        return float(min(max(1.0, self.scale), self.rows))

    def of_batch(self, size: int) -> float:
        """The mean squared distance of a batch's mean gradient from the whole one, its rows drawn with replacement."""
        return self.variance / size


def has_rows(problem: Any, quick: bool = False) -> bool:
    """Whether the problem is a mean or sum over rows of data; ``quick``, and rows need not be called one by one."""
    inner = core(problem)
    return isinstance(inner, LinearModel) or (isinstance(inner, SummedLoss) and not (quick and not inner.automatic))


def core(problem: Any) -> Any:
    while isinstance(problem, (Negated, Limited, PenalizedProblem)):
        problem = problem.problem
    return problem


def gradient_noise(problem: Any, w: Array) -> GradientNoise | None:
    """The noise at ``w`` (n,), from one pass over the data; None where the problem has no rows. No more than a block of
    rows' gradients is held at a time, for a linear model none."""
    inner, w = core(problem), np.asarray(w, dtype=float)
    with np.errstate(all="ignore"):
        if isinstance(inner, LinearModel):
            squares, total = of_model(inner, w)
        elif isinstance(inner, SummedLoss):
            squares, total = of_sum(inner, w)
        else:
            return None
        mean = total / inner.rows
        variance = max(0.0, squares / inner.rows - float(mean @ mean))
        whole = mean + pull(problem, w) / (inner.rows if inner.reduction == "sum" else 1)
        return GradientNoise(variance, float(whole @ whole), inner.rows)


def pull(problem: Any, w: Array) -> Array:
    """The gradient of the l2 penalties, in which rows do not differ."""
    each = np.zeros(w.size)
    while True:
        if isinstance(problem, PenalizedProblem):
            each = each + problem.l2
        elif isinstance(problem, LinearModel):
            return np.asarray((each if problem.l2_each is None else each + problem.l2_each) * w)
        elif not isinstance(problem, (Negated, Limited)):
            return each * w
        problem = problem.problem


def of_model(model: LinearModel, w: Array) -> tuple[float, Array]:
    """The sum of the rows' squared gradients and the sum of the gradients: a row's gradient is the outer product of the
    row and the loss's slopes in its outputs, and so is its length."""
    shaped, base = model.shaped(w), model.base

    def work(part: slice, rows: Any) -> tuple[Any, ...]:
        o = rows @ shaped[base:]
        slope = row_slopes(model.loss, o + shaped[0] if base else o, model.y[part])
        if model.weights is not None:
            slope = (model.weights[part] * slope.T).T
        lengths = rows.multiply(rows).sum(axis=1) if model.sparse else np.einsum("ij,ij->i", rows, rows)
        own = slope**2 if slope.ndim == 1 else (slope**2).sum(axis=1)
        return own @ (np.asarray(lengths).ravel() + base), rows.T @ slope, slope.sum(axis=0)

    squares, tail, head = added(model, work)
    return float(squares), np.concatenate([np.asarray(head)[None], tail]).ravel() if base else tail.ravel()


def of_sum(problem: SummedLoss, w: Array) -> tuple[float, Array]:
    if problem.traced_sum is not None:
        from ..engines.jax.derivatives import row_sums

        return row_sums(problem.traced_sum, problem.rows, w)
    squares, total = 0.0, np.zeros(w.size)
    for row in range(problem.rows):
        g = np.asarray(problem.slope(w, np.array([row])), dtype=float)
        squares += float(g @ g)
        total += g
    return squares, total
