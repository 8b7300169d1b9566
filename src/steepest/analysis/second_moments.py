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

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problems.linear_model import LinearModel, linear_model_in, row_slopes
from .curvature import pieces, seen
from .linear_rules import matrices, moving, parts
from .stability import stable_rate

__all__ = [
    "MeanSquare", "NoiseBall", "Rows", "Stationary", "covariance_of", "gain", "gradient_noise", "mean_square_limit",
    "minimum", "noise_ball", "response", "resting", "rows_of", "squared_error", "stationary",
]  # fmt: skip

Array = NDArray[np.float64]
WORK = 2e8
"""Rows x directions^2 beyond which the noise is taken from a part of the rows: a product with the operator costs twice
as many multiplications, and a limit 20 to 40 of them."""
DENSE = 12
"""Directions up to which the operator is made as a matrix."""
LARGEST = 60
"""Steps of the search for the operator's largest eigenvalue; from a neighbouring rate's vector it takes a few."""
SETTLED = 1e-8
"""By so much of itself that eigenvalue may be off."""
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
        whole = weighted_gram(self.Z, spread) / len(self.Z) - self.mean @ T @ self.mean
        return np.asarray(whole / self.batch)


def weighted_gram(Z: Array, weights: Array) -> Array:
    """``Z' diag(weights) Z`` by the rows of either sign: of an array with itself BLAS computes half the product."""
    up, down = weights > 0, weights < 0
    plus, minus = Z[up] * np.sqrt(weights[up, None]), Z[down] * np.sqrt(-weights[down, None])
    return np.asarray(plus.T @ plus - minus.T @ minus)


def squared_error(problem: Any) -> LinearModel | None:
    """The linear model with squared errors in ``problem``, without an l1 penalty; None where it is not one."""
    model = linear_model_in(problem)
    return model if model is not None and model.loss_name == "squared_error" and not model.l1 else None


def rows_of(model: LinearModel, batch: int, bent: Array | None = None, work: float = WORK) -> Rows:
    """The rows of a model with one second derivative a row: ``bent`` (rows,), 1 where None; a part of them where
    rows x directions^2 are more than ``work``."""
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
        whole += weighted_gram(rows, k[part])
    mean = scale * whole / model.rows
    values, vectors = np.linalg.eigh(mean + np.diag(scale * D))
    kept = np.abs(values) > NULL * np.abs(values).max(initial=0.0)
    values, vectors = values[kept][::-1], vectors[:, kept][:, ::-1]
    step = max(1, -(-int(model.rows * len(values) ** 2) // int(work)))
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
    # S = A_i S A_j' + p p', solved for each pair of directions once: s^2 equations each
    i, j = np.triu_indices(r)
    pairs = np.einsum("kab,kcd->kacbd", made[i], made[j]).reshape(-1, size * size, size * size)
    right = np.outer(pushed, pushed).reshape(1, -1, 1)
    S = np.linalg.solve(np.eye(size * size) - pairs, right).reshape(-1, size, size)
    at_gradient, of_w = np.empty((r, r)), np.empty((r, r))
    at_gradient[i, j] = at_gradient[j, i] = np.einsum("a,kab,b->k", seen_at, S, seen_at)
    of_w[i, j] = of_w[j, i] = S[:, 0, 0]
    return Response(at_gradient, of_w)


def gain(rule: Any, rows: Rows) -> float:
    """The spectral radius of Phi * C: the mean square grows where it is above 1; inf where the mean grows already."""
    return gain_from(rule, rows, np.eye(len(rows.curvatures)))[0]


def gain_from(rule: Any, rows: Rows, start: Array) -> tuple[float, Array]:
    """`gain`, and the second moments (r, r) that grow by it, sought from ``start`` (r, r)."""
    found = response(rule, rows.curvatures)
    if found is None:
        return np.inf, start
    r = len(rows.curvatures)

    def apply(flat: Array) -> Array:
        T = flat.reshape(r, r)
        return (found.at_gradient * rows.noise(0.5 * (T + T.T))).ravel()

    if r <= DENSE:
        operator = np.stack([apply(unit) for unit in np.eye(r * r)], axis=1)
        return float(np.abs(np.linalg.eigvals(operator)).max(initial=0.0)), start
    value, vector = largest_of(apply, start.ravel())
    return value, vector.reshape(r, r)


def largest_of(apply: Callable[[Array], Array], start: Array) -> tuple[float, Array]:
    """The largest eigenvalue of an operator that keeps positive matrices positive, so that it is real and has such an
    eigenvector, and that vector; by Arnoldi from ``start`` (n,), begun again where its basis is full.

    SciPy's would do, but always makes 20 products, where a neighbour's vector needs three to eight.
    """
    v, value = start / np.linalg.norm(start), 0.0
    for _ in range(10):
        basis, H = np.empty((LARGEST + 1, v.size)), np.zeros((LARGEST + 1, LARGEST))
        basis[0] = v
        for k in range(LARGEST):
            new = apply(basis[k])
            for _ in range(2):  # once more for what rounding left
                along = basis[: k + 1] @ new
                new -= along @ basis[: k + 1]
                H[: k + 1, k] += along
            H[k + 1, k] = left = float(np.linalg.norm(new))
            values, vectors = np.linalg.eig(H[: k + 1, : k + 1])
            first = int(np.abs(values).argmax())
            value, small = float(np.abs(values[first])), vectors[:, first].real
            v = small @ basis[: k + 1]
            if left * abs(small[-1]) <= SETTLED * value * float(np.linalg.norm(small)):
                return value, v
            basis[k + 1] = new / left
        v /= np.linalg.norm(v)
    return value, v


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

    # 1 / gain is a straight line over 1 / rate for one direction and descent, and nearly one for the rest
    vector = np.eye(len(rows.curvatures))

    @cache  # the search asks for both ends of its bracket again
    def spare(inverse: float) -> float:
        """1 / gain - 1 at the rate ``high / inverse``: above 0 where that is stable."""
        nonlocal vector
        found, vector = gain_from(bare._replace(learning_rate=high / inverse), rows, vector)
        return 1 / max(found, 1e-300) - 1

    at, value = 1 + 1e-9, spare(1 + 1e-9)
    if value >= 0:
        return MeanSquare(high, high)  # the noise has no say: all rows alike
    below, at = at, 2.0
    while (value := spare(at)) < 0:
        below, at = at, max(1.5 * at, 1 + 1.1 * (at - 1) / max(1 + value, 1e-3))
        if at > 1e12:
            return None
    from scipy.optimize import brentq

    return MeanSquare(high / float(brentq(spare, below, at, xtol=1e-300, rtol=1e-7)), high)


class Stationary(NamedTuple):
    """Where a run at a constant rate settles: ``covariance`` (r, r) of w in the eigenbasis, summed over the outputs,
    around ``mean`` (features + base, q), which is off the minimum where the rule lets the weights decay."""

    covariance: Array
    mean: Array


def stationary(model: LinearModel, rule: Any, rows: Rows) -> Stationary | None:
    """None where the rule is not linear, or not stable in mean square at its learning rate."""
    bare = moving(rule)
    if response(bare, rows.curvatures) is None:
        return None
    mean, seen_at = resting(bare, rows, minimum(model, rows))
    covariance = covariance_of(bare, rows, gradient_noise(model, rows, rows.vectors @ seen_at))
    return None if covariance is None else Stationary(covariance, rows.vectors @ mean)


def covariance_of(rule: Any, rows: Rows, noise: Array) -> Array | None:
    """The second moments (r, r) of w about where its mean rests, from T = Phi * (C(T) + noise): ``noise`` (r, r) is the
    covariance of a batch's gradient there, and of several outputs, which know nothing of one another, the sum. None as
    `stationary`."""
    found = response(rule, rows.curvatures)
    if found is None or not gain_from(rule, rows, found.at_gradient * noise)[0] < 1:
        return None
    return np.asarray(found.of_w * (rows.noise(solved(found.at_gradient, rows, noise)) + noise))


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
    """(r, r): the covariance of a batch's gradient at the weights ``at`` (features + base, q), summed over outputs."""
    flat, total = at.ravel(), np.zeros((len(rows.curvatures),) * 2)
    slopes = row_slopes(model.loss, model.outputs(flat), model.y)[:: rows.step].reshape(len(rows.Z), -1)
    weights = np.ones(model.rows) if model.weights is None else model.weights
    scale = float(rows.batch) if rows.summed else 1.0
    for one in slopes.T:
        each = rows.Z * (scale * weights[:: rows.step] * one)[:, None]
        mean = each.mean(axis=0)
        total += each.T @ each / len(each) - np.outer(mean, mean)
    return np.asarray(total / rows.batch)


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
    T, _ = gmres(made, right, rtol=1e-6, restart=60, maxiter=50)
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
    spread = np.diag(found.covariance) + (along**2).sum(axis=1)
    excess = 0.5 * scale * float(rows.curvatures @ spread)
    return NoiseBall(excess, float(np.sqrt(spread.sum())), sampling == "replacement" and rows.step == 1)
