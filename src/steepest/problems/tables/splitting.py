"""``split``: rows held out to test on, the same ones for the same seed."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError, ArgumentTypeError
from ...base.text import count
from .table import Table

__all__ = ["checked_seed", "split"]


def checked_seed(seed: Any) -> int:
    """``seed`` as an int, or one sentence."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ArgumentTypeError(f"seed must be a whole number; got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ArgumentError(f"seed must be a whole number from 0 to {2**32 - 1}; got {seed!r}")
    return int(seed)


def split(table: Table, test: float = 0.25, seed: int = 0) -> tuple[Table, Table]:
    """``(train, test)``: a share ``test`` of the rows, rounded up, drawn from the seed; both parts shuffled.

    In classification each class gives its share, to within one row; a class of one row stays in training.
    """
    if isinstance(test, bool) or not isinstance(test, (int, float, np.integer, np.floating)):
        raise ArgumentTypeError(f"test must be a number between 0 and 1; got {test!r}")
    if not 0 < test < 1:
        raise ArgumentError(f"test must be a number between 0 and 1; got {test!r}")
    rows = len(table)
    wanted = math.ceil(float(test) * rows)
    if rows < 2 or wanted >= rows:
        raise ArgumentError(
            f"test {test!r} leaves none of {count(rows, 'row')} of {table.source} to train on; give a smaller one"
        )
    order = np.random.default_rng(checked_seed(seed)).permutation(rows)
    held_out = np.zeros(rows, dtype=bool)
    if table.target is None or table.kind != "classification":
        held_out[order[:wanted]] = True
    else:
        _, classes = np.unique(table.target.values, return_inverse=True)
        for c, share in enumerate(_shares(np.bincount(classes), wanted)):
            held_out[order[classes[order] == c][:share]] = True
    chosen = held_out[order]
    if not chosen.any():
        raise ArgumentError(f"every class of {table.source} has one row, so that none can be held out; use more rows")
    return table.take(order[~chosen]), table.take(order[chosen])


def _shares(sizes: NDArray[Any], wanted: int) -> NDArray[np.int64]:
    """How many rows of each class are held out: proportional, rounded by largest remainder, one row always kept."""
    exact = sizes * (wanted / sizes.sum())
    shares = np.floor(exact).astype(np.int64)
    for c in np.argsort(shares - exact, kind="stable")[: wanted - int(shares.sum())]:
        shares[c] += 1
    return np.asarray(np.minimum(shares, sizes - 1))
