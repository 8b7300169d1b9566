"""The largest curvature of a problem: from the data for linear models, from gradient differences for anything else."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problems.design import blocks, times, transposed_times
from ..problems.function import numerical
from ..problems.linear_model import LinearModel, linear_model_in

__all__ = ["Largest", "guarded", "largest_curvature", "largest_row_curvature"]

Array = NDArray[np.float64]
MOST_GRADIENTS = 20
GRAM_COLUMNS = 1000
STEP = float(np.finfo(float).eps ** (1 / 3))


class Largest(NamedTuple):
    """The largest absolute eigenvalue of the Hessian at w, and the gradient calls spent on it."""

    value: float
    gradients: int


def largest_curvature(problem: Any, w: Array, gradient: Callable[[Array], Array] | None = None) -> Largest:
    """For a linear model the bound from X (exact for squared error: its Hessian is constant); otherwise from at most
    20 gradients around ``w``: the whole Hessian up to 10 variables, else Lanczos on Hessian-vector products."""
    model = linear_model_in(problem)
    if model is not None:
        return Largest(from_data(model), 0)
    gradient = guarded(gradient or problem.gradient)
    with np.errstate(all="ignore"):
        if 2 * w.size <= MOST_GRADIENTS:
            hessian = np.stack([along(gradient, w, unit) for unit in np.eye(w.size)])
            return Largest(top(0.5 * (hessian + hessian.T)), 2 * w.size)
        return lanczos(gradient, w, MOST_GRADIENTS // 2)


def guarded(gradient: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """``gradient`` as floats, NaN where it raises as math.exp does on overflow."""

    def safe(w: Array) -> Array:
        try:
            return np.asarray(gradient(w), dtype=float)
        except (ArithmeticError, ValueError) as error:
            if not numerical(error):
                raise
            return np.full(w.size, np.nan)

    return safe


def top(symmetric: Array) -> float:
    """The largest absolute eigenvalue; NaN where the matrix is not finite."""
    if not np.isfinite(symmetric).all():
        return float("nan")
    return float(np.abs(np.linalg.eigvalsh(symmetric)).max())


def along(gradient: Callable[[Array], Array], w: Array, direction: Array) -> Array:
    """The Hessian times a unit vector, by a central difference of gradients."""
    h = STEP * max(1.0, float(np.abs(w).max()))
    return np.asarray((gradient(w + h * direction) - gradient(w - h * direction)) / (2 * h))


def lanczos(gradient: Callable[[Array], Array], w: Array, steps: int) -> Largest:
    """Lanczos with full reorthogonalisation; its largest Ritz value is a lower bound that is sharp after few steps."""
    q = np.random.default_rng(0).standard_normal(w.size)
    basis = [q / np.linalg.norm(q)]
    alpha: list[float] = []
    beta: list[float] = []
    for _ in range(steps):
        v = along(gradient, w, basis[-1])
        alpha.append(float(basis[-1] @ v))
        for b in basis:
            v = v - (b @ v) * b
        norm = float(np.linalg.norm(v))
        if not np.isfinite(norm) or norm <= 1e-10 * max(abs(a) for a in alpha):
            break
        beta.append(norm)
        basis.append(v / norm)
    beta = beta[: len(alpha) - 1]
    return Largest(top(np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1)), 2 * len(alpha))


def from_data(model: LinearModel) -> float:
    """The largest curvature of a linear model: the largest eigenvalue of X'SX (with the intercept's column, S the rows'
    weights), times the loss's curvature, mean or sum, plus the l2 penalty's. A bound; exact for squared error."""
    largest = top(gram(model)) if model.n // model.outputs_per_row <= GRAM_COLUMNS else power(model)
    return float(largest * bend(model) * model.share + (0.0 if model.l2_each is None else model.l2_each.max()))


def bend(model: LinearModel) -> float:
    """The largest second derivative of the loss in an output. Where there is none: 1 for a loss with kinks, as if they
    were rounded over one unit; for a Poisson loss, whose curvature is the predicted count, the largest count."""
    largest = float(model.loss.curvature())
    if np.isfinite(largest):
        return largest
    return max(1.0, float(model.y.max())) if not np.isfinite(model.loss.slope()) else 1.0


def gram(model: LinearModel) -> Array:
    """X'SX of the columns as the model sees them, the intercept's first."""
    X, S = model.X, model.weights
    if model.sparse:
        inner = np.asarray((X.T @ (X if S is None else X.multiply(S[:, None]).tocsr())).todense(), dtype=float)
        sums = np.asarray(X.T @ (np.ones(model.rows) if S is None else S)).ravel()
    else:
        inner, sums = np.zeros((X.shape[1], X.shape[1])), np.zeros(X.shape[1])
        for part in blocks(X):
            rows = np.asarray(X[part], dtype=float)
            weighed = rows if S is None else rows * S[part, None]
            inner += rows.T @ weighed
            sums += weighed.sum(axis=0)
    total = float(model.rows) if S is None else float(S.sum())
    if model.columns is not None:
        centre, factor = model.columns
        across = np.outer(centre, sums)
        inner = (inner - across - across.T + total * np.outer(centre, centre)) * np.outer(factor, factor)
        sums = (sums - total * centre) * factor
    if not model.fit_intercept:
        return inner
    return np.block([[np.array([[total]]), sums[None]], [sums[:, None], inner]])


def power(model: LinearModel) -> float:
    """The largest singular value squared of the rows, by SciPy's Lanczos on products with X."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    base, columns, S, size = model.base, model.columns, model.weights, model.n // model.outputs_per_row

    def product(v: Array) -> Array:
        v = v.ravel()
        c = v if columns is None else columns.outward(v, base)
        o = times(model.X, c[base:]) + (c[0] if base else 0.0)
        o = o if S is None else S * o
        back = transposed_times(model.X, o)
        back = np.concatenate(([o.sum()], back)) if base else back
        return back if columns is None else columns.gradient(back, base)

    start = np.random.default_rng(0).standard_normal(size)  # a vector of ones could be orthogonal to the answer
    if not np.abs(product(start)).max() > 0:
        return 0.0
    operator = LinearOperator((size, size), matvec=product, dtype=float)
    return float(eigsh(operator, k=1, v0=start, return_eigenvectors=False, tol=1e-6)[0])


def largest_row_curvature(model: LinearModel) -> float:
    """The largest curvature any single row's loss has: |x|^2 (and 1 for the intercept) times the loss's and the row's
    weight, plus the l2 penalty's."""
    X, columns = model.X, model.columns
    if model.sparse:
        factor = np.ones(X.shape[1]) if columns is None else columns.factor
        squares = np.asarray(X.multiply(X) @ factor**2).ravel()
    else:
        squares = np.empty(model.rows)
        for part in blocks(X):
            rows = X[part] if columns is None else (X[part] - columns.centre) * columns.factor
            squares[part] = np.einsum("ij,ij->i", rows, rows)
    squares = squares + model.base
    largest = (squares if model.weights is None else squares * model.weights).max()
    return float(largest * bend(model) + (0.0 if model.l2_each is None else model.l2_each.max()))
