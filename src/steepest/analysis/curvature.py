"""The largest curvature of a problem: from the data for linear models, from gradient differences for anything else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problems.design import BLOCK, as_it_lies, blocks, is_sparse
from ..problems.function import numerical
from ..problems.linear_model import LinearModel, linear_model_in

__all__ = [
    "Largest",
    "batch_curvature",
    "each_once",
    "guarded",
    "largest_curvature",
    "largest_row_curvature",
    "model_curvature",
    "once",
]

Array = NDArray[np.float64]
MOST_GRADIENTS = 20
GRAM_COLUMNS = 256
"""Up to so many columns the Gram matrix is made (see ``power``)."""
SAMPLE = 2000
"""Rows that a batch's part of the whole curvature is taken from."""
STEP = float(np.finfo(float).eps ** (1 / 3))


_known: ContextVar[dict[tuple[int, bytes, str], tuple[Any, Any]] | None] = ContextVar(
    "steepest_curvatures", default=None
)


@contextmanager
def each_once() -> Iterator[None]:
    """Within, what is asked `once` of a problem at a point is worked out once, however often it is asked for: of the
    runs of a sweep thousands may ask, and their data and starts are the same."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(problem: Any, point: bytes, name: str, work: Callable[[], Any]) -> Any:
    """What ``work`` finds of a problem at a point: within `each_once` that of the first time."""
    known = _known.get()
    if known is None:
        return work()
    key = id(problem), point, name
    if key not in known:
        known[key] = problem, work()  # the problem is kept, so that nothing else has its id
    return known[key][1]


class Largest(NamedTuple):
    """The largest absolute eigenvalue of the Hessian at w, and the gradient calls spent on it."""

    value: float
    gradients: int


def largest_curvature(problem: Any, w: Array, gradient: Callable[[Array], Array] | None = None) -> Largest:
    """For a linear model the bound from X (exact for squared error: its Hessian is constant); otherwise from at most
    20 gradients around ``w``: the whole Hessian up to 10 variables, else Lanczos on Hessian-vector products."""
    model = linear_model_in(problem)
    if gradient is not None or getattr(problem, "random_gradient", False):
        return found_curvature(problem, w, model, gradient)
    about, point = (problem, w.tobytes()) if model is None else (model, b"")  # a model's is the same everywhere
    found: Largest = once(about, point, "largest", lambda: found_curvature(problem, w, model, None))
    return found


def found_curvature(problem: Any, w: Array, model: LinearModel | None, gradient: Any) -> Largest:
    if model is not None:
        return Largest(model_curvature(model), 0)
    # across the kink of an l1 penalty differences would find any curvature at all
    gradient = guarded(gradient or getattr(problem, "smooth_gradient", problem.gradient))
    with np.errstate(all="ignore"):
        if 2 * w.size <= MOST_GRADIENTS:
            hessian = np.stack([along(gradient, w, unit) for unit in np.eye(w.size)])
            return Largest(top(0.5 * (hessian + hessian.T)), 2 * w.size)
        return lanczos(gradient, w, MOST_GRADIENTS // 2)


def guarded(gradient: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """``gradient`` as floats, NaN where it raises as math.exp does on overflow."""

    def safe(w: Array) -> Array:
        try:
            return np.array(gradient(w), dtype=float)  # a copy: a gradient may fill one array anew at each call
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


def model_curvature(model: LinearModel, bent: float | None = None) -> float:
    """The largest curvature of a linear model: the largest eigenvalue of X'SX (with the intercept's column, S the rows'
    weights), times the loss's curvature ``bent``, mean or sum, plus the l2 penalty's. A bound; exact for squared
    error."""
    with np.errstate(all="ignore"):
        largest = top(gram(model)) if model.n // model.outputs_per_row <= GRAM_COLUMNS else power(model)
    return float(largest * (bend(model) if bent is None else bent) * model.share + l2_curvature(model))


def batch_curvature(model: LinearModel, batch_size: int, bent: float | None = None) -> float:
    """Of the mean over random batches of b rows: between the steepest row's and the whole's, weighed 1 to b - 1
    (expected smoothness: R. M. Gower et al., "SGD: general analysis and improved rates", 2019, eq. 21). The whole's is
    that of some ``SAMPLE`` rows, evenly taken."""
    row = largest_row_curvature(model, bent)
    if batch_size == 1:
        return row
    step = -(-model.rows // SAMPLE)
    if step > 1:
        weights = None if model.weights is None else model.weights[::step]
        model = model.with_(X=model.X[::step], y=model.y[::step], weights=weights)
    return min(row, (row + (batch_size - 1) * model_curvature(model, bent)) / batch_size)


def l2_curvature(model: LinearModel) -> float:
    return 0.0 if model.l2_each is None else float(model.l2_each.max())


def bend(model: LinearModel) -> float:
    """The largest second derivative of the loss in an output. Where there is none: 1 for a loss with kinks, as if they
    were rounded over one unit; for a Poisson loss, whose curvature is the predicted count, the largest count."""
    largest = float(model.loss.curvature())
    if np.isfinite(largest):
        return largest
    return max(1.0, float(model.y.max())) if not np.isfinite(model.loss.slope()) else 1.0


def pieces(X: Any) -> Iterator[slice]:
    """Slices of rows, each of about half a megabyte of numbers."""
    if not is_sparse(X):
        return blocks(X)
    step = max(1, X.shape[0] * BLOCK // max(X.nnz, 1))
    return (slice(first, first + step) for first in range(0, X.shape[0], step))


def seen(model: LinearModel, part: slice) -> Any:
    """Some rows of X as the model sees them, dense or CSR: centred and scaled before anything is multiplied, or a mean
    of 1e8 spreads would leave products of columns no digit, and large numbers would overflow."""
    rows = model.X[part].astype(np.float64, copy=False)
    if model.columns is None:
        return rows
    if not model.sparse:
        return (rows - model.columns.centre) * model.columns.factor
    scaled = rows.copy()
    scaled.data *= model.columns.factor[rows.indices]  # sparse columns are never centred
    return scaled


def gram(model: LinearModel) -> Array:
    """X'SX of the columns as the model sees them, the intercept's first."""
    from ..engines.quadratic.data import one_blas_thread  # loads compiled code, which functions do without

    X, S = model.X, np.ones(model.rows) if model.weights is None else model.weights
    inner, sums = np.zeros((X.shape[1], X.shape[1])), np.zeros(X.shape[1])
    with one_blas_thread():  # of 20,000 x 200 on a busy machine its own threads made 0.13 s 0.92 s, block by block
        for part in pieces(X):
            rows = seen(model, part)
            sums += rows.T @ S[part]
            if model.weights is not None:
                roots = np.sqrt(S[part, None])
                rows = rows.multiply(roots).tocsr() if model.sparse else rows * roots
            product = rows.T @ rows  # of one array with itself: BLAS computes half of it
            inner += product.toarray() if model.sparse else product
    if not model.fit_intercept:
        return inner
    return np.block([[np.array([[S.sum()]]), sums[None]], [sums[:, None], inner]])


def power(model: LinearModel) -> float:
    """The largest singular value squared of the rows, by SciPy's Lanczos on products with X; NaN where they overflow.

    Beyond some 250 columns its 30 to 70 products cost less than the Gram matrix (20,000 x 500 of independent numbers:
    0.13 s for either; x 900: 0.5 s for the matrix, 0.15 to 0.6 s for them)."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    X, base, S, size = model.X, model.base, model.weights, model.n // model.outputs_per_row

    whole = model.sparse or (model.columns is None and as_it_lies(X))
    scale = model.columns.factor if model.sparse and model.columns is not None else 1.0

    def product(v: Array) -> Array:
        v, back = v.ravel(), np.zeros(size)
        for part in (slice(None),) if whole else blocks(X):
            rows = X if whole else seen(model, part)
            o = rows @ (scale * v[base:])
            o = o + v[0] if base else o
            o = o if S is None else S[part] * o
            back[base:] += scale * (rows.T @ o)
            if base:
                back[0] += o.sum()
        return back

    start = np.random.default_rng(0).standard_normal(size)  # a vector of ones could be orthogonal to the answer
    largest = float(np.abs(product(start)).max())
    if not 0 < largest < np.inf:
        return largest if largest == 0 else float("nan")
    operator = LinearOperator((size, size), matvec=product, dtype=float)
    # the eigenvalue's error is about the square of the tolerance: 1e-8
    return float(eigsh(operator, k=1, v0=start, return_eigenvectors=False, tol=1e-4)[0])


def largest_row_curvature(model: LinearModel, bent: float | None = None) -> float:
    """The largest curvature any single row's loss has: |x|^2 (and 1 for the intercept) times the loss's curvature
    ``bent`` and the row's weight, plus the l2 penalty's."""
    X = model.X
    with np.errstate(all="ignore"):
        squares = np.empty(model.rows)
        for part in pieces(X):
            rows = seen(model, part)
            own = rows.multiply(rows).sum(axis=1) if model.sparse else np.einsum("ij,ij->i", rows, rows)
            squares[part] = np.asarray(own).ravel()
        squares = squares + model.base
        largest = (squares if model.weights is None else squares * model.weights).max()
    return float(largest * (bend(model) if bent is None else bent) + l2_curvature(model))
