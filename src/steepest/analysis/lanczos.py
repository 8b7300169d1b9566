"""Lanczos with full reorthogonalisation: the eigenvalues of a symmetric operator that a start vector sees, with the
weight it gives to each."""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ritz", "Tridiagonal", "lanczos", "lanczos_together"]

Array = NDArray[np.float64]
EPS = float(np.finfo(float).eps)
TINY = 1e-290
"""Shorter vectors have lost digits: they count as 0."""
Stop = Callable[["Tridiagonal"], bool]


class Ritz(NamedTuple):
    """Eigenvalues of the tridiagonal matrix, ascending, and what comes with each.

    ``weights`` (k,) are the squared first components: with the ``values`` as nodes they are the Gauss quadrature of
    the start vector's spectral measure (G. H. Golub, J. H. Welsch, "Calculation of Gauss quadrature rules",
    Mathematics of Computation 23, 1969), and sum to 1. ``residuals`` (k,) bound how far each value is from an
    eigenvalue of the operator (B. N. Parlett, "The symmetric eigenvalue problem", 1998, theorem 4.5.1)."""

    values: Array
    weights: Array
    residuals: Array
    small: Array
    """(k, k): the eigenvectors in the basis, in columns."""
    basis: Array

    def vectors(self, chosen: slice | NDArray[np.intp] | list[int] = slice(None)) -> Array:
        """The Ritz vectors (n, chosen), in the order of ``values``: of unit length, orthogonal."""
        return np.asarray(self.basis.T @ self.small[:, chosen])


class Tridiagonal(NamedTuple):
    """The operator in the orthonormal ``basis`` (k, n), whose first row is the start: ``alpha`` (k,) is the diagonal,
    ``beta[:-1]`` (k - 1,) the entries beside it, ``beta[-1]`` the length of what is left, 0 where nothing is: the basis
    then spans an invariant subspace, and the values are exact but for rounding."""

    alpha: Array
    beta: Array
    basis: Array

    @property
    def finite(self) -> bool:
        """False where the last product was not finite."""
        return not self.alpha.size or bool(np.isfinite(self.alpha[-1]) and np.isfinite(self.beta[-1]))

    def ritz(self) -> Ritz:
        from scipy.linalg import eigh_tridiagonal

        if not self.alpha.size:
            return Ritz(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros((0, 0)), self.basis)
        if not self.finite:
            nothing = np.full(self.alpha.size, np.nan)
            return Ritz(nothing, nothing, nothing, np.full((self.alpha.size,) * 2, np.nan), self.basis)
        values, small = eigh_tridiagonal(self.alpha, self.beta[:-1])
        return Ritz(values, small[0] ** 2, self.beta[-1] * np.abs(small[-1]), small, self.basis)


def lanczos(apply: Callable[[Array], Array], start: Array, steps: int, stop: Stop | None = None) -> Tridiagonal:
    """At most ``steps`` products of the symmetric operator ``apply`` (n,) -> (n,), from ``start`` (n,) of any length.

    It ends early where the start's invariant subspace is exhausted, at a product that is not finite, and where ``stop``
    of the matrix so far says so. A start of length 0 gives an empty matrix. Each new vector is orthogonalised against
    all before it twice, which keeps the basis orthonormal to rounding (L. Giraud et al., "Rounding error analysis of
    the classical Gram-Schmidt orthogonalization process", Numerische Mathematik 101, 2005).
    """
    return lanczos_together(lambda V: apply(V[:, 0])[:, None], start[None], steps, stop)[0]


def lanczos_together(
    block: Callable[[Array], Array], starts: Array, steps: int, stop: Stop | None = None
) -> list[Tridiagonal]:
    """The same from each of the ``starts`` (k, n) by itself, their products taken together: ``block`` (n, k) -> (n, k),
    where k falls as some come to their end."""
    found: dict[int, Tridiagonal] = {}
    going = {k: steps_from(start, steps, stop) for k, start in enumerate(starts)}
    asked = advance(going, dict.fromkeys(going), found)
    while asked:
        order = list(asked)
        products = np.asarray(block(np.stack([asked[k] for k in order], axis=1)), dtype=float)
        asked = advance(going, {k: products[:, i] for i, k in enumerate(order)}, found)
    return [found[k] for k in range(len(starts))]


Steps = Generator[Array, Array, Tridiagonal]


def advance(going: dict[int, Steps], sent: dict[int, Any], found: dict[int, Tridiagonal]) -> dict[int, Array]:
    """The vector each one wants multiplied next, after it was ``sent`` its last product; those at their end go to
    ``found``."""
    asked = {}
    for k, product in sent.items():
        try:
            asked[k] = going[k].send(product)
        except StopIteration as end:
            found[k] = end.value
    return asked


def steps_from(start: Array, steps: int, stop: Stop | None) -> Steps:
    """Yields each vector to be multiplied, is sent the product, returns the matrix."""
    n, size = start.size, length(start)
    steps = min(steps, n)
    if not (0 < size < np.inf) or steps < 1:
        return Tridiagonal(np.zeros(0), np.zeros(0), np.zeros((0, n)))
    basis = np.empty((min(steps, 16), n))
    basis[0] = start / size
    alpha, beta, scale = np.zeros(steps), np.zeros(steps), 0.0
    for k in range(steps):
        product = yield basis[k]
        with np.errstate(all="ignore"):
            v = np.array(product, dtype=float)
            known = basis[: k + 1]
            alpha[k] = basis[k] @ v
            for _ in range(2):
                v -= known.T @ (known @ v)
            beta[k] = length(v)
        scale = max(scale, abs(float(alpha[k])), float(beta[k]))
        if beta[k] <= max(8 * EPS * np.sqrt(n) * scale, TINY):
            beta[k] = 0.0
        done = Tridiagonal(alpha[: k + 1], beta[: k + 1], known)
        if beta[k] == 0 or k + 1 == steps or not done.finite or (stop is not None and stop(done)):
            break
        if k + 1 == len(basis):
            basis = np.concatenate([basis, np.empty((min(len(basis), steps - len(basis)), n))])
        basis[k + 1] = v / beta[k]
    return done


def length(v: Array) -> float:
    """The Euclidean norm, of numbers too whose squares are 0 or infinite."""
    norm = float(np.linalg.norm(v))
    if 1e-140 < norm < np.inf or not v.size:
        return norm
    top = float(np.abs(v).max())
    return top * float(np.linalg.norm(v / top)) if 0 < top < np.inf else top
