"""A linear rule that visits the rows in one fixed order: what an epoch does to (w, slots) is a matrix, and its spectral
radius decides."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .linear_rules import moving, parts
from .second_moments import Rows
from .stability import ROUNDING, first_crossing

__all__ = ["epoch_matrix", "fixed_order_limit"]

Array = NDArray[np.float64]
WORK = 3e8
"""Updates of an epoch x numbers of the matrix beyond which it is not made: with 50 epochs for a limit, a minute."""


def epoch_matrix(rule: Any, rows: Rows, order: NDArray[np.int64] | None = None) -> Array | None:
    """(s r, s r): an epoch's steps one after the other, on the state's directions with curvature; ``order`` (rows,) is
    that of the data where None. None where the rule is not linear."""
    found = parts(rule)
    if found is None:
        return None
    free, pushed, seen_at = found
    size, r = len(pushed), len(rows.curvatures)
    penalty = np.diag(rows.curvatures) - rows.mean
    penalised = bool(np.abs(penalty).max(initial=0.0) > 1e-12 * rows.curvatures.max(initial=0.0))
    P = np.eye(size * r).reshape(size, r, size * r)
    order = np.arange(len(rows.Z)) if order is None else order
    for first in range(0, len(order), rows.batch):
        batch = order[first : first + rows.batch]
        of = rows.batch if rows.summed else len(batch)
        Z = rows.Z[batch]
        at = np.tensordot(seen_at, P, axes=1)
        g = Z.T @ ((rows.k[batch] / of)[:, None] * (Z @ at))
        if penalised:
            g += (len(batch) / of) * (penalty @ at)
        P = np.tensordot(free, P, axes=1) + pushed[:, None, None] * g
    return P.reshape(size * r, size * r)


def fixed_order_limit(rule: Any, rows: Rows, near: float) -> float | None:
    """The first rate from ``near`` / 16 on at which an epoch's matrix has a spectral radius above 1. None where the
    rule is not linear, or the data too large to ask."""
    bare = moving(rule._replace(learning_rate=1.0))
    found, r = parts(bare), len(rows.curvatures)
    if found is None or rows.step > 1 or -(-len(rows.Z) // rows.batch) * (len(found[1]) * r) ** 2 > WORK:
        return None

    def stable(rate: float) -> bool:
        with np.errstate(all="ignore"):
            made = epoch_matrix(bare._replace(learning_rate=rate), rows)
        if made is None or not np.isfinite(made).all():
            return False
        return bool(np.abs(np.linalg.eigvals(made)).max(initial=0.0) <= 1 + 10 * ROUNDING)

    low = near / 16
    limit = first_crossing(stable, low, 1e3 * near, 1.15, 30)
    return None if limit is None or limit == low else limit
