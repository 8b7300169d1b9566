"""The largest curvature of a problem: from the data for linear models, from gradient differences for anything else."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    """The largest eigenvalue of X'X (with the intercept's column), times the loss's curvature, mean or sum."""
    X, rows = model.X, model.rows
    if model.n <= GRAM_COLUMNS:
        gram = X.T @ X
        if model.fit_intercept:
            sums = X.sum(axis=0)
            gram = np.block([[np.array([[float(rows)]]), sums[None]], [sums[:, None], gram]])
        largest = top(gram)
    else:
        largest = power(model)
    return float(largest * model.loss.curvature() / (rows if model.reduction == "mean" else 1))


def power(model: LinearModel) -> float:
    """The largest singular value squared, by SciPy's Lanczos on products with X."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    X, bias = model.X, model.fit_intercept
    if not bias and not X.any():
        return 0.0

    def product(v: Array) -> Array:
        v = v.ravel()
        o = X @ v[1:] + v[0] if bias else X @ v
        back = X.T @ o
        return np.concatenate(([o.sum()], back)) if bias else back

    operator = LinearOperator((model.n, model.n), matvec=product, dtype=float)
    start = np.random.default_rng(0).standard_normal(model.n)  # a vector of ones could be orthogonal to the answer
    return float(eigsh(operator, k=1, v0=start, return_eigenvectors=False, tol=1e-6)[0])


def largest_row_curvature(model: LinearModel) -> float:
    """The largest curvature any single row's loss has: |x|^2 (and 1 for the intercept) times the loss's."""
    squares = np.einsum("ij,ij->i", model.X, model.X)
    return float((squares.max() + model.fit_intercept) * model.loss.curvature())
