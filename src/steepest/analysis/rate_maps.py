"""How fast a linear rule converges over a grid of learning rates and momenta, and what kind of place each cell is."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .linear_rules import matrices, radii
from .stability import ROUNDING, of_products, stable_rate

__all__ = ["REGIONS", "RateGrid", "best_of", "by_momentum", "by_rate", "chosen", "rate_grid", "spectra"]

Array = NDArray[np.float64]
REGIONS = ("fast", "slow", "ringing", "divergent")
FAST = 3.0
"""A cell is fast where a digit takes at most so many times the iterations that it takes at the best cell."""
TURNS = 2.0
"""A cell that is not fast rings where its slowest mode changes sign so many times while it loses a digit."""
MOST = 64
"""Curvatures that are tried for each cell; beyond, as many of them, evenly spaced in logarithm, with both extremes."""
TIE = 1e-9


class RateGrid(NamedTuple):
    """``rates`` (momenta, learning rates): the spectral radius over all curvatures, the factor that the error shrinks
    by at each iteration in the end. ``regions``: indices into `REGIONS`. ``limit`` (momenta,): the largest stable
    rate."""

    rates: Array
    regions: NDArray[np.int64]
    limit: Array


def chosen(curvatures: Array, most: int = MOST) -> Array:
    """At most ``most`` of the positive curvatures (k,), both extremes among them, ascending."""
    up = np.unique(curvatures[curvatures > 0])
    if len(up) <= most:
        return up
    wanted = np.linspace(np.log(up[0]), np.log(up[-1]), most)
    near = np.searchsorted(np.log(up), wanted).clip(0, len(up) - 1)
    return np.asarray(up[np.unique(np.append(near, 0))])


def spectra(rule: Any, learning_rates: Array, curvatures: Array) -> Array | None:
    """The eigenvalues (learning rates, k, s) of what a step does, complex. None where the rule is not linear."""
    if of_products(rule):
        made = matrices(rule._replace(learning_rate=1.0), np.outer(learning_rates, curvatures).ravel())
        parts = [made]
    else:
        parts = [matrices(rule._replace(learning_rate=float(rate)), curvatures) for rate in learning_rates]
    if any(part is None for part in parts):
        return None
    whole = np.concatenate([part for part in parts if part is not None])
    found = np.linalg.eigvals(np.where(np.isfinite(whole), whole, np.finfo(float).max ** 0.25)).astype(complex)
    return np.asarray(found.reshape(len(learning_rates), len(curvatures), -1))


def rate_grid(rule: Any, learning_rates: Array, momenta: Array, curvatures: Array) -> RateGrid | None:
    """Over the positive ``curvatures`` (k,); None where the rule is not linear."""
    rates = np.empty((len(momenta), len(learning_rates)))
    turns, limit = np.empty_like(rates), np.empty(len(momenta))
    for j, momentum in enumerate(momenta):
        one = rule._replace(momentum=float(momentum), learning_rate=1.0)
        found = spectra(one, learning_rates, curvatures)
        stable = stable_rate(one, curvatures)
        if found is None:
            return None
        flat = found.reshape(len(learning_rates), -1)
        radius = np.abs(flat)
        rates[j] = radius.max(axis=1)
        slowest = radius >= rates[j][:, None] * (1 - TIE)
        with np.errstate(all="ignore"):
            digit = np.log(10) / -np.log(rates[j])
        turns[j] = np.where(slowest, np.abs(np.angle(flat)), 0.0).max(axis=1) / np.pi * digit
        limit[j] = 0.0 if stable is None else stable
    best = rates.min()
    with np.errstate(all="ignore"):
        fast = (rates < 1) & (np.log(rates) * FAST <= np.log(best))
    regions = np.select([rates > 1 + ROUNDING, fast, turns >= TURNS], [3, 0, 2], 1)
    return RateGrid(rates, regions.astype(np.int64), limit)


def best_of(rates: Array) -> tuple[int, int]:
    """The cell (momentum, learning rate) of the smallest rate."""
    j, i = np.unravel_index(int(np.argmin(rates)), rates.shape)
    return int(j), int(i)


def by_rate(rule: Any, learning_rates: Array, curvatures: Array) -> Array | None:
    """The spectral radius of each mode, (learning rates, k), at the rule's momentum. None where it is not linear."""
    found = spectra(rule, learning_rates, curvatures)
    return None if found is None else np.asarray(np.abs(found).max(axis=-1))


def by_momentum(rule: Any, momenta: Array, curvatures: Array) -> Array | None:
    """The spectral radius of each mode, (momenta, k), at the rule's learning rate."""
    found = [radii(rule._replace(momentum=float(momentum)), curvatures) for momentum in momenta]
    return None if any(one is None for one in found) else np.stack([one for one in found if one is not None])
