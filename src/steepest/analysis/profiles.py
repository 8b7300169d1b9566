"""The arithmetic of benchmarks: performance profiles, data profiles, ranks, and tests of whether methods differ.

An *instance* is one problem from one start (and seed). ``costs`` (instances, methods) holds the gradient evaluations a
method took to reach the target there, inf where it never did. A *block* is what is independent of the others: a problem
with all its starts, or a start where there is one problem only.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Ranks", "balances", "block_means", "bootstrapped", "data_profile", "friedman_p", "holm", "mean_ranks",
    "performance_profile", "signed_rank_p", "smallest_p",
]  # fmt: skip

Array = NDArray[np.float64]
Curve = tuple[Array, Array]

EXACT = 300
"""Differences up to which the distribution of the signed-rank statistic is worked out; beyond, it is normal."""


def performance_profile(costs: Any) -> list[Curve]:
    """``(tau, share)`` for each method: the share of all instances that it solves at no more than tau times the cost of
    the cheapest method there. share[k] holds from tau[k] to tau[k + 1]; tau[0] is 1, the last tau is the same for all.

    Source: E. D. Dolan, J. J. More, "Benchmarking optimization software with performance profiles", Math. Program. 91,
    2002, eq. 2.1 and 2.2. With more than two methods a profile says how often one is best or near it, not who is second
    (N. Gould, J. Scott, ACM TOMS 43, 2016).
    """
    costs = np.maximum(np.asarray(costs, dtype=float), 1.0)  # a start that is solved has cost nobody anything
    best = costs.min(axis=1, keepdims=True)
    solved = np.isfinite(costs)
    ratios = np.where(solved, costs / np.where(np.isfinite(best), best, 1.0), np.inf)
    return steps(ratios, 1.0)


def data_profile(costs: Any, sizes: Any = 1.0) -> list[Curve]:
    """``(kappa, share)`` for each method: the share of all instances that it solves at a cost of at most kappa
    ``sizes``, one number for each instance (or one for all).

    Source: J. J. More, S. M. Wild, "Benchmarking derivative-free optimization algorithms", SIAM J. Optim. 20, 2009,
    eq. 2.8, where sizes are n + 1, the function values of one simplex gradient.
    """
    costs = np.asarray(costs, dtype=float)
    return steps(costs / np.broadcast_to(np.asarray(sizes, dtype=float), costs.shape[:1])[:, None], 0.0)


def steps(values: Array, first: float) -> list[Curve]:
    """For each column the share of rows at or below each of its values: a curve from ``first`` to the largest finite
    value of all."""
    finite = values[np.isfinite(values)]
    last = max(float(finite.max()), first) if finite.size else first
    curves = []
    for column in values.T:
        own = column[np.isfinite(column)]
        at = np.unique(np.concatenate([[first, last], own]))
        curves.append((at, np.searchsorted(np.sort(own), at, side="right") / max(len(column), 1)))
    return curves


# -- ranks -----------------------------------------------------------------------------------------------------------


def balances(costs: Any, gaps: Any) -> Array:
    """``(instances, methods, methods)``: 1 where the first of two methods did better, -1 where worse, 0 for a tie.
    Better is the lower cost, and of two that never reached the target the smaller final gap."""
    costs, gaps = np.asarray(costs, dtype=float), np.asarray(gaps, dtype=float)
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    neither = np.isinf(costs)[:, :, None] & np.isinf(costs)[:, None, :]

    def won(values: Array) -> Array:
        return (values[:, :, None] < values[:, None, :]).astype(float) - (values[:, :, None] > values[:, None, :])

    return np.where(neither, won(gaps), won(costs))


def block_means(values: Array, blocks: Any) -> Array:
    """The mean of ``values`` (instances, ...) over each block, in the order of the blocks' first instances."""
    blocks = np.asarray(blocks)
    _, first = np.unique(blocks, return_index=True)
    return np.array([values[blocks == blocks[k]].mean(axis=0) for k in np.sort(first)])


def mean_ranks(balance: Array) -> Array:
    """Ranks (..., methods) from balances (..., methods, methods): 1 is best, ties share their mean rank."""
    lost = (1.0 - balance) / 2.0
    return np.asarray(lost.sum(axis=-1) + 0.5)  # half a loss against itself is in the sum


class Ranks(NamedTuple):
    """Mean ranks over the blocks (methods,), with the ends of their intervals."""

    mean: Array
    low: Array
    high: Array


def bootstrapped(ranks: Array, seed: int = 0, draws: int = 2000, level: float = 0.95) -> Ranks:
    """The mean of ``ranks`` (blocks, methods) over the blocks, with percentile intervals of resampled blocks."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(ranks), (draws, len(ranks)))
    means = ranks[chosen].mean(axis=1)
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(means, [tail, 100.0 - tail], axis=0)
    return Ranks(ranks.mean(axis=0), low, high)


# -- do they differ? -------------------------------------------------------------------------------------------------


def friedman_p(ranks: Array) -> float:
    """The p-value of Friedman's test that no method ranks better than another; ``ranks`` (blocks, methods), with at
    least three methods. 1 where all blocks are ties or there is one block only.

    Source: M. Friedman, "The use of ranks to avoid the assumption of normality", JASA 32, 1937.
    """
    if len(ranks) < 2 or not np.ptp(ranks, axis=1).any():
        return 1.0
    from scipy.stats import friedmanchisquare

    return float(friedmanchisquare(*np.round(ranks, 12).T).pvalue)


def signed_rank_p(differences: Any) -> float:
    """The two-sided p-value of Wilcoxon's signed-rank test, exact with ties too (zeros are left out); the normal
    approximation beyond 300 differences.

    Source: F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945.
    """
    d = np.round(np.asarray(differences, dtype=float), 12)
    d = d[d != 0]
    if not d.size:
        return 1.0
    _, place, counts = np.unique(np.abs(d), return_inverse=True, return_counts=True)
    twice = (2 * np.cumsum(counts) - counts + 1)[place]  # twice the ranks, whole numbers with ties too
    total = int(twice.sum())
    positive = int(twice[d > 0].sum())
    tail = min(positive, total - positive)
    if d.size > EXACT:
        z = (total / 2 - tail) / math.sqrt(float((twice.astype(float) ** 2).sum()) / 4)
        return math.erfc(z / math.sqrt(2))
    chance = np.zeros(total + 1)
    chance[0] = 1.0
    for rank in twice:  # each difference is positive or negative with chance 1/2
        moved = np.zeros_like(chance)
        moved[rank:] = chance[:-rank]
        chance = (chance + moved) / 2
    return min(1.0, 2 * float(chance[: tail + 1].sum()))


def smallest_p(blocks: int) -> float:
    """The least p-value that the signed-rank test can give: all of the differences on one side."""
    return min(1.0, 2.0 ** (1 - blocks))


def holm(p: Any) -> Array:
    """p-values adjusted so that all of them may be read at once.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979.
    """
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return np.asarray(adjusted)
