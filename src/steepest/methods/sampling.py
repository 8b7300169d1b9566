"""Which rows a stochastic epoch visits, and in what order: small counter-based functions of (seed, epoch).

Each fills ``order`` (rows,) for one epoch. They hold no state, so that any epoch can be had by itself, in any engine,
and they never touch a global generator. The engines compile them; they are plain arithmetic on unsigned integers.
"""

import numpy as np
from numpy.typing import NDArray

from ..base import random as splitmix

__all__ = ["SAMPLINGS", "fill_replacement", "fill_shuffle"]

SAMPLINGS = {
    "shuffle": "every row once an epoch, in an order drawn from (seed, epoch)",
    "replacement": "as many rows as there are, each drawn independently from (seed, epoch)",
    "sequential": "every row once, in the order of the data",
    "tutorial": "every row once, in the article's order: NumPy's legacy permutation seeded with the epoch's number",
}

GOLDEN, MIX1, MIX2 = np.uint64(splitmix.GOLDEN), np.uint64(splitmix.MIX1), np.uint64(splitmix.MIX2)
UNIT = splitmix.UNIT


def mixed(z: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: every bit of the result depends on every bit of the counter.

    Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    z = (z ^ (z >> np.uint64(30))) * MIX1
    z = (z ^ (z >> np.uint64(27))) * MIX2
    return z ^ (z >> np.uint64(31))


def fill_shuffle(order: NDArray[np.int64], seed: np.uint64, epoch: np.uint64) -> None:
    """Fisher-Yates from the back, one mixed counter a swap. All are drawn before the first swap: that loop can be
    vectorised."""
    state = mixed(mixed(seed + GOLDEN) + epoch * GOLDEN)
    rows = order.size
    picks = np.empty(rows, dtype=np.int64)
    for k in range(rows):
        order[k] = k
        drawn = mixed(state + np.uint64(k + 1) * GOLDEN) >> np.uint64(11)
        picks[k] = np.int64(np.float64(drawn) * UNIT * np.float64(rows - k))
    for k in range(rows - 1):
        i, j = rows - 1 - k, picks[k]
        order[i], order[j] = order[j], order[i]


def fill_replacement(order: NDArray[np.int64], seed: np.uint64, epoch: np.uint64) -> None:
    """Independent uniform rows, one mixed counter a row."""
    state = mixed(mixed(seed + MIX1) + epoch * GOLDEN)
    rows = order.size
    for i in range(rows):
        state += GOLDEN
        order[i] = np.int64(np.float64(mixed(state) >> np.uint64(11)) * UNIT * np.float64(rows))
