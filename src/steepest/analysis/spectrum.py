"""The eigenvalues of a Hessian: all of them where the matrix can be held, else the extremes by Lanczos and the density
by stochastic Lanczos quadrature."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..base.text import vector
from .hessians import Hessian, columns_of, hessian_at
from .lanczos import Tridiagonal, lanczos, lanczos_together

__all__ = ["Density", "Spectrum", "density_of", "spectrum", "spectrum_of_operator"]

Array = NDArray[np.float64]
EPS = float(np.finfo(float).eps)
MOST_DENSE = 2000
"""Up to so many variables all eigenvalues are worked out."""
MOST_ESTIMATED = 300
"""The same where a gradient is estimated from values: a matrix then takes 4 n^2 of them."""
BASIS_NUMBERS = 2**26
"""Numbers that the vectors of Lanczos may take: half a gigabyte."""
TOP, BOTTOM, NOTHING = 1e-5, 1e-3, 1e-10
"""Lanczos ends when the largest value is known to ``TOP`` of the scale, and the smallest to ``BOTTOM`` of itself, or to
``NOTHING`` of the scale: that is 0 then."""
GRID = 512


class Density(NamedTuple):
    """How eigenvalues are spread, as an estimate: ``density`` (grid,) integrates to 1 over ``grid``, smeared by normal
    distributions of standard deviation ``width``; ``error`` is its standard error.

    ``nodes`` and ``weights`` hold the quadrature of each random probe. Source: L. Lin, Y. Saad, C. Yang, "Approximating
    spectral densities of large matrices", SIAM Review 58, 2016, section 3.2. Standard errors are the larger of two: of
    how the probes differ, and of how they must, 2 / (n + 2) of the variance of what is averaged over the eigenvalues
    (as v'Av of a random unit vector v), since few probes may agree by chance.
    """

    grid: Array
    density: Array
    error: Array
    width: float
    nodes: tuple[Array, ...]
    weights: tuple[Array, ...]
    n: int

    def moment(self, power: int) -> tuple[float, float]:
        """The mean of the eigenvalues' powers, and its standard error."""
        return self.mean([x**power for x in self.nodes])

    def share(self, low: float, high: float) -> tuple[float, float]:
        """The share of eigenvalues from ``low`` to ``high``, and its standard error."""
        return self.mean([((x >= low) & (x <= high)).astype(float) for x in self.nodes])

    def mean(self, of: list[Array]) -> tuple[float, float]:
        """The mean over the eigenvalues of what has these values at the nodes, and its standard error."""
        value, error = averaged([v[None] for v in of], self.weights, self.n)
        return float(value[0]), float(error[0])


def averaged(of: list[Array], weights: tuple[Array, ...], n: int) -> tuple[Array, Array]:
    """Means and standard errors (k,) of what has the values ``of`` (k, nodes) at each probe's nodes."""
    each = np.stack([v @ w for v, w in zip(of, weights, strict=True)])
    mean, squares = each.mean(axis=0), np.mean([v**2 @ w for v, w in zip(of, weights, strict=True)], axis=0)
    by_law = np.sqrt(2 / (n + 2) * np.maximum(squares - mean**2, 0.0) / len(each))
    if len(each) == 1:
        return mean, by_law
    return mean, np.maximum(by_law, each.std(axis=0, ddof=1) / np.sqrt(len(each)))


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What is known of the eigenvalues of a Hessian (n, n).

    ``largest`` and ``smallest`` are the ends in the order of numbers (of a hilltop both are negative); within
    ``largest_error`` and ``smallest_error`` of each there is an eigenvalue. ``tolerance`` is what rounding may make of
    an eigenvalue of 0: below it none has a sign.
    """

    hessian: Hessian
    largest: float
    smallest: float
    largest_error: float
    smallest_error: float
    tolerance: float
    eigenvalues: Array | None
    """(n,) ascending; None where only the ends are known."""
    matrix: Array | None
    """(n, n), where it was made."""
    parts: tuple[Tridiagonal, ...] = ()
    """What Lanczos found, where it was not."""

    @property
    def n(self) -> int:
        return self.hessian.n

    @property
    def scale(self) -> float:
        """The largest absolute eigenvalue."""
        return max(abs(self.largest), abs(self.smallest))

    @property
    def condition(self) -> float | None:
        """The largest over the smallest; infinite where some are 0; None where curvature is negative in some direction,
        for such a point is no bowl. Where only the ends are known the true one is at least that."""
        if self.negative:
            return None
        return float("inf") if self.smallest <= self.tolerance else self.largest / self.smallest

    @property
    def negative(self) -> int:
        """How many eigenvalues are negative; where only the ends are known, how many are at least."""
        if self.eigenvalues is not None:
            return int((self.eigenvalues < -self.tolerance).sum())
        return sum(int((part.ritz().values < -self.tolerance).sum()) for part in self.parts[:1])

    @property
    def null(self) -> int | None:
        """How many are 0 within the tolerance; None where only the ends are known."""
        if self.eigenvalues is None:
            return None
        return int((np.abs(self.eigenvalues) <= self.tolerance).sum())

    @cached_property
    def eigenvectors(self) -> Array | None:
        """(n, n), in columns in the order of the eigenvalues; None where only the ends are known."""
        return None if self.matrix is None else np.asarray(np.linalg.eigh(self.matrix)[1])

    @property
    def negative_directions(self) -> Array:
        """(n, negative): unit vectors along which the gradient falls off, the steepest first."""
        if self.eigenvectors is not None:
            return self.eigenvectors[:, : self.negative]
        return self.parts[0].ritz().vectors(slice(self.negative))

    @property
    def top_direction(self) -> Array:
        """(n,): the unit vector of the largest eigenvalue."""
        if self.eigenvectors is not None:
            return self.eigenvectors[:, -1]
        ends = [part.ritz() for part in self.parts]
        best = max(ends, key=lambda ritz: ritz.values[-1])
        return best.vectors([best.values.size - 1])[:, 0]


def spectrum(
    problem: Any, w: Array, *, every: bool | None = None, most_products: int = 100, seed: int = 0
) -> Spectrum:  # fmt: skip
    """The eigenvalues of the problem's Hessian at ``w`` (n,): ``every`` one of them, only the ends, or (None) every one
    up to 2,000 variables, up to 300 where gradients are estimated from values.

    Raises ArgumentError where the Hessian is not finite."""
    hessian = hessian_at(problem, w)
    if every is None:
        every = hessian.n <= (MOST_ESTIMATED if hessian.estimated else MOST_DENSE)
    found = spectrum_of_operator(hessian, every, most_products, seed)
    if not np.isfinite(found.scale):
        raise ArgumentError(
            f"w must be a point where the curvature of {problem.name} is finite; at {vector(w, 6)} it is not"
        )
    return found


def spectrum_of_operator(hessian: Hessian, every: bool, most_products: int = 100, seed: int = 0) -> Spectrum:
    """The same of an operator; NaN where its products are not finite."""
    return whole(hessian) if every else ends(hessian, most_products, seed)


def whole(hessian: Hessian) -> Spectrum:
    matrix, lopsided = columns_of(hessian)
    if not np.isfinite(matrix).all():
        return unknown(hessian)
    values: Array = np.linalg.eigvalsh(matrix).astype(float)
    scale = float(np.abs(values).max())
    # entries that are off by independent errors e move eigenvalues by about 2 e sqrt(n)
    lost = 2 * lopsided * float(np.sqrt(hessian.n))
    off = max(hessian.n * EPS * scale, hessian.error * scale, hessian.floor, lost)
    return Spectrum(hessian, float(values[-1]), float(values[0]), off, off, off, values, matrix)


def ends(hessian: Hessian, most_products: int, seed: int) -> Spectrum:
    """By Lanczos from a random start: it sees every eigenvalue with probability 1. Where its subspace is exhausted a
    second start, orthogonal to the first one's, has to find the same ends."""
    steps = max(2, min(most_products, BASIS_NUMBERS // hessian.n))
    rng = np.random.default_rng(seed)
    parts = [lanczos(hessian.apply, rng.standard_normal(hessian.n), steps, settled)]
    if not parts[0].finite:
        return unknown(hessian)
    if parts[0].beta[-1] == 0 and parts[0].alpha.size < hessian.n:
        basis, other = parts[0].basis, rng.standard_normal(hessian.n)
        parts.append(lanczos(hessian.apply, other - basis.T @ (basis @ other), steps, settled))
        if not parts[1].finite:
            return unknown(hessian)
    found = [part.ritz() for part in parts]
    top, bottom = max(found, key=lambda r: r.values[-1]), min(found, key=lambda r: r.values[0])
    scale = max(abs(float(top.values[-1])), abs(float(bottom.values[0])))
    off = max(hessian.n * EPS * scale, hessian.error * scale, hessian.floor, NOTHING * scale)
    return Spectrum(
        hessian, float(top.values[-1]), float(bottom.values[0]), max(off, float(top.residuals[-1])),
        max(off, float(bottom.residuals[0])), off, None, None, tuple(parts),
    )  # fmt: skip


def unknown(hessian: Hessian) -> Spectrum:
    nan = float("nan")
    return Spectrum(hessian, nan, nan, nan, nan, nan, None, None)


def settled(so_far: Tridiagonal) -> bool:
    """Whether both ends are known well enough; looked at in every fourth step."""
    if so_far.alpha.size % 4:
        return False
    values, _, residuals, *_ = so_far.ritz()
    scale = float(np.abs(values).max())
    low = max(BOTTOM * abs(float(values[0])), NOTHING * scale)
    return bool(residuals[-1] <= TOP * scale and residuals[0] <= min(low, TOP * scale))


def density_of(hessian: Hessian, probes: int = 10, steps: int = 80, seed: int = 0) -> Density:
    """The density of the Hessian's eigenvalues from ``probes`` random vectors and ``steps`` products with each.

    Moments up to 2 steps - 1 are right on average; details finer than the span over ``steps`` are not seen."""
    starts = np.random.default_rng([seed, 1]).standard_normal((probes, hessian.n))
    together = max(1, BASIS_NUMBERS // (steps * hessian.n))
    parts: list[Tridiagonal] = []
    for first in range(0, probes, together):
        for part in lanczos_together(hessian.block, starts[first : first + together], steps):
            parts.append(part._replace(basis=np.zeros((0, 0))))
    found = [part.ritz() for part in parts]
    nodes, weights = tuple(r.values for r in found), tuple(r.weights for r in found)
    low, high = min(float(x[0]) for x in nodes), max(float(x[-1]) for x in nodes)
    scale = max(abs(low), abs(high))
    width = (high - low) / steps if high - low > 1e-9 * scale else 1e-3 * (scale or 1.0)
    grid = np.linspace(low - 6 * width, high + 6 * width, GRID)
    density, error = averaged([bells(grid, x, width) for x in nodes], weights, hessian.n)
    return Density(grid, density, error, width, nodes, weights, hessian.n)


def bells(grid: Array, nodes: Array, width: float) -> Array:
    """(grid, nodes): normal distributions about the nodes."""
    return np.asarray(np.exp(-0.5 * ((grid[:, None] - nodes) / width) ** 2) / (width * np.sqrt(2 * np.pi)))
