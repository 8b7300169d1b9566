"""Stochastic runs of linear rules on squared errors: when the mean square of the error stays bounded, and where it
settles, from the equation of its second moments.

In the eigenbasis of the mean Hessian the state (w, slots) of each direction is moved by its own matrix A_i, and all
noise comes in through the point where gradients are taken. With T the second moment of the error there, a batch of b
rows with curvatures h = k z z' adds the noise C(T) = (E[h T h] - E[h] T E[h]) / b to each gradient, and what past noise
leaves of T is Phi * (C(T) + noise at the minimum), entry by entry: Phi_ij is the response of directions i and j.
So runs are stable in mean square where all A_i are stable and Phi * C has no eigenvalue beyond 1.

Source: the recursion of second moments, e.g. A. Defossez, F. Bach, "Averaged least-mean-squares: bias-variance
trade-offs and optimal sampling distributions", 2015, section 2; here for any linear rule.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problems.linear_model import LinearModel, linear_model_in
from .curvature import pieces, seen
from .linear_rules import matrices, moving, parts
from .stability import stable_rate

__all__ = [
    "MeanSquare", "NoiseBall", "Rows", "gain", "mean_square_limit", "noise_ball", "response", "rows_of",
    "squared_error", "stationary",
]  # fmt: skip

Array = NDArray[np.float64]
WORK = 2e8
"""Rows x directions^2 beyond which the noise is taken from a part of the rows: a product with the operator costs about
as many multiplications, and a limit some 300 of them."""
DENSE = 12
"""Directions up to which the operator is made as a matrix."""
NULL = 1e-12
"""Curvatures of less than so much of the largest are taken for none."""


class Rows(NamedTuple):
    """Rows of a model in the eigenbasis of its mean Hessian, directions without curvature left out, as one update with
    ``batch`` rows sees them (a sum over the batch is ``batch`` times the mean)."""

    Z: Array
    """(rows, r): the rows, or an even part of them."""
    k: Array
    """(rows,): the second derivative of each row's loss, times what the row counts."""
    curvatures: Array
    """(r,): of the mean Hessian with the l2 penalty, descending."""
    mean: Array
    """(r, r): the mean of k z z', so without the penalty."""
    vectors: Array
    """(features + base, r)."""
    null: int
    """Directions left out."""
    batch: int
    step: int
    """Every so many-th row is in Z."""
    summed: bool

    def noise(self, T: Array) -> Array:
        """C(T) (r, r)."""
        spread = np.einsum("ij,ij->i", self.Z @ T, self.Z) * self.k**2
        whole = (self.Z.T * spread) @ self.Z / len(self.Z) - self.mean @ T @ self.mean
        return np.asarray(whole / self.batch)


def squared_error(problem: Any) -> LinearModel | None:
    """The linear model with squared errors in ``problem``, without an l1 penalty; None where it is not one."""
    model = linear_model_in(problem)
    return model if model is not None and model.loss_name == "squared_error" and not model.l1 else None


def rows_of(model: LinearModel, batch: int, bent: Array | None = None) -> Rows:
    """The rows of a model with one second derivative a row: ``bent`` (rows,), 1 where None."""
    size = model.n // model.outputs_per_row
    k = np.ones(model.rows) if bent is None else bent
    k = k if model.weights is None else k * model.weights
    D = np.zeros(size) if model.l2_each is None else model.l2_each[:: model.outputs_per_row]
    scale = 1.0
    if model.reduction == "sum":
        scale, D = float(batch), D / model.rows
    whole = np.zeros((size, size))
    for part in pieces(model.X):
        rows = _dense(model, part)
        whole += (rows.T * k[part]) @ rows
    mean = scale * whole / model.rows
    values, vectors = np.linalg.eigh(mean + np.diag(scale * D))
    kept = np.abs(values) > NULL * np.abs(values).max(initial=0.0)
    values, vectors = values[kept][::-1], vectors[:, kept][:, ::-1]
    step = max(1, -(-int(model.rows * len(values) ** 2) // int(WORK)))
    Z = np.concatenate([_dense(model, part)[_every(part, step)] @ vectors for part in pieces(model.X)])
    k = scale * k[::step]
    inner = (Z.T * k) @ Z / len(Z)
    return Rows(Z, k, values, inner, vectors, size - len(values), batch, step, model.reduction == "sum")


def _every(part: slice, step: int) -> slice:
    """Every ``step``-th row of the whole, within a part of it."""
    return slice(-part.start % step, None, step)


def _dense(model: LinearModel, part: slice) -> Array:
    rows = seen(model, part)
    rows = np.asarray(rows.toarray() if model.sparse else rows)
    return np.concatenate([np.ones((len(rows), 1)), rows], axis=1) if model.base else rows


class Response(NamedTuple):
    """What a unit of noise in the gradients leaves, for each pair of directions: ``at_gradient`` and ``of_w`` (r, r),
    the second moments of the point where gradients are taken and of w."""

    at_gradient: Array
    of_w: Array


def response(rule: Any, curvatures: Array) -> Response | None:
    """None where the rule is not linear, or not stable at one of the curvatures."""
    found, made = parts(rule), matrices(rule, curvatures)
    if found is None or made is None or not np.abs(np.linalg.eigvals(made)).max(initial=0.0) < 1:
        return None
    _, pushed, seen_at = found
    size, r = len(pushed), len(curvatures)
    # S = A_i S A_j' + p p', solved for all pairs of directions: s^2 equations each
    pairs = np.einsum("iab,jcd->ijacbd", made, made).reshape(r * r, size * size, size * size)
    right = np.broadcast_to(np.outer(pushed, pushed).reshape(-1, 1), (r * r, size * size, 1))
    S = np.linalg.solve(np.eye(size * size) - pairs, right).reshape(r, r, size, size)
    return Response(np.einsum("a,ijab,b->ij", seen_at, S, seen_at), S[:, :, 0, 0])


def gain(rule: Any, rows: Rows) -> float:
    """The spectral radius of Phi * C: the mean square grows where it is above 1; inf where the mean grows already."""
    found = response(rule, rows.curvatures)
    if found is None:
        return np.inf
    r = len(rows.curvatures)

    def apply(flat: Array) -> Array:
        T = flat.reshape(r, r)
        return (found.at_gradient * rows.noise(0.5 * (T + T.T))).ravel()

    if r <= DENSE:
        operator = np.stack([apply(unit) for unit in np.eye(r * r)], axis=1)
        return float(np.abs(np.linalg.eigvals(operator)).max(initial=0.0))
    from scipy.sparse.linalg import LinearOperator, eigs

    made = LinearOperator((r * r, r * r), matvec=lambda v: apply(np.real(v).ravel()), dtype=float)
    # the operator keeps positive matrices positive: its largest eigenvalue is real and has such an eigenvector
    value = eigs(made, k=1, v0=np.eye(r).ravel(), return_eigenvectors=False, tol=1e-9)
    return float(np.abs(value[0]))


class MeanSquare(NamedTuple):
    """The largest rate at which the mean square of the error does not grow, and the largest for its mean: that of full
    batches, with the curvatures a batch of the size at hand has on average."""

    limit: float
    of_mean: float


def mean_square_limit(rule: Any, rows: Rows) -> MeanSquare | None:
    """None where the rule is not linear, or not stable at small rates.

    Batches are drawn with replacement, all of one size: the last short one of an epoch is taken for a whole one.
    """
    bare = moving(rule._replace(learning_rate=1.0))
    curvatures = np.append(rows.curvatures, 0.0) if rows.null else rows.curvatures
    if parts(bare) is None:
        return None
    high = stable_rate(bare, curvatures)
    if high is None or not np.isfinite(high):
        return None if high is None else MeanSquare(np.inf, np.inf)

    def excess(share: float) -> float:
        """Below 0 where the share of ``high`` is stable."""
        found = gain(bare._replace(learning_rate=share * high), rows)
        return float(np.clip(np.log(max(found, 1e-300)), -10.0, 10.0))

    top = low = 1 - 1e-9
    if excess(top) <= 0:
        return MeanSquare(high, high)  # the noise has no say: all rows alike
    while excess(low) > 0:
        top, low = low, low / 2.0
        if low < 1e-12:
            return None
    from scipy.optimize import brentq

    return MeanSquare(high * float(brentq(excess, low, top, xtol=1e-300, rtol=1e-8)), high)


class Stationary(NamedTuple):
    """Where a run at a constant rate settles: ``covariance`` (r, r) of w in the eigenbasis for each output (q, r, r),
    around ``mean`` (features + base, q), which is off the minimum where the rule lets the weights decay."""

    covariance: Array
    mean: Array


def stationary(model: LinearModel, rule: Any, rows: Rows) -> Stationary | None:
    """From T = Phi * (C(T) + the covariance of a batch's gradient at the mean). None where the rule is not linear, or
    not stable in mean square at its learning rate."""
    bare = moving(rule)
    found = response(bare, rows.curvatures)
    if found is None or not gain(bare, rows) < 1:
        return None
    offset = minimum(model, rows)
    mean, seen_at = resting(bare, rows, offset)
    outputs, r = mean.shape[1], len(rows.curvatures)
    noises = gradient_noise(model, rows, rows.vectors @ seen_at)
    covariance = np.empty((outputs, r, r))
    for k in range(outputs):
        T = solved(found.at_gradient, rows, noises[k])
        covariance[k] = found.of_w * (rows.noise(T) + noises[k])
    return Stationary(covariance, rows.vectors @ mean)


def minimum(model: LinearModel, rows: Rows) -> Array:
    """(r, q): the least minimum in the eigenbasis."""
    y = model.y.reshape(model.rows, -1)
    k = np.ones(model.rows) if model.weights is None else model.weights
    right = np.zeros((len(rows.vectors), y.shape[1]))
    for part in pieces(model.X):
        right += _dense(model, part).T @ (k[part, None] * y[part])
    scale = float(rows.batch) if model.reduction == "sum" else 1.0
    return np.asarray((scale / model.rows) * (rows.vectors.T @ right) / rows.curvatures[:, None])


def resting(rule: Any, rows: Rows, least: Array) -> tuple[Array, Array]:
    """(r, q) each: w and the point of the gradient where the mean state rests. Without decay both are the minimum."""
    found, made = parts(rule), matrices(rule, rows.curvatures)
    assert found is not None
    assert made is not None
    _, pushed, seen_at = found
    pull = -rows.curvatures[:, None] * least
    state = np.linalg.solve(np.eye(len(pushed)) - made, pushed[None, :, None] * pull[:, None, :])
    return np.asarray(state[:, 0]), np.asarray(np.einsum("a,iaq->iq", seen_at, state))


def gradient_noise(model: LinearModel, rows: Rows, at: Array) -> Array:
    """(q, r, r): for each output the covariance of a batch's gradient at the weights ``at`` (features + base, q)."""
    y = model.y.reshape(model.rows, -1)
    residuals = np.concatenate(
        [(_dense(model, part) @ at - y[part])[_every(part, rows.step)] for part in pieces(model.X)]
    )
    found = []
    for r in residuals.T:
        slopes = rows.Z * (rows.k * r)[:, None]
        mean = slopes.mean(axis=0)
        found.append((slopes.T @ slopes / len(slopes) - np.outer(mean, mean)) / rows.batch)
    return np.stack(found)


def solved(phi: Array, rows: Rows, noise: Array) -> Array:
    """T = phi * (C(T) + noise)."""
    r = len(phi)

    def left(flat: Array) -> Array:
        T = flat.reshape(r, r)
        return (T - phi * rows.noise(0.5 * (T + T.T))).ravel()

    right = (phi * noise).ravel()
    if r <= DENSE:
        operator = np.stack([left(unit) for unit in np.eye(r * r)], axis=1)
        return np.asarray(np.linalg.solve(operator, right).reshape(r, r))
    from scipy.sparse.linalg import LinearOperator, gmres

    made = LinearOperator((r * r, r * r), matvec=left, dtype=float)
    T, _ = gmres(made, right, rtol=1e-8, restart=60, maxiter=50)
    T = T.reshape(r, r)
    return np.asarray(0.5 * (T + T.T))


class NoiseBall(NamedTuple):
    """Where a stochastic run at a constant rate ends: the mean of f above its minimum, and the root of the mean square
    of |w - w*|, over the updates of a long run.

    ``exact`` for rows drawn with replacement. For epochs that visit each row once it is an upper bound, since what one
    batch does the rest of the epoch undoes in part."""

    excess_f: float
    radius: float
    exact: bool


def noise_ball(problem: Any, rule: Any, batch_size: int, sampling: str = "replacement") -> NoiseBall | None:
    """For squared errors, mean or sum, with or without an l2 penalty, and rules linear in the gradient, at the rule's
    learning rate; None for others, and where the mean square grows without bound. f is the problem's own."""
    model = squared_error(problem)
    if model is None:
        return None
    rows = rows_of(model, min(batch_size, model.rows))
    found = stationary(model, rule, rows)
    if found is None:
        return None
    scale = model.rows / rows.batch if model.reduction == "sum" else 1.0  # f is of all rows, an update of a batch
    bias = found.mean - rows.vectors @ minimum(model, rows)
    along = rows.vectors.T @ bias
    spread = np.einsum("kii->i", found.covariance) + (along**2).sum(axis=1)
    excess = 0.5 * scale * float(rows.curvatures @ spread)
    return NoiseBall(excess, float(np.sqrt(spread.sum())), sampling == "replacement" and rows.step == 1)
