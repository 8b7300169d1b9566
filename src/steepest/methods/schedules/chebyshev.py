"""Chebyshev step sizes: the best fixed list of steps for gradient descent on a quadratic of known curvatures."""

from functools import cache
from typing import Annotated, NamedTuple

import numpy as np

from ...base.fields import Field, Positive
from .shared import Array, one

__all__ = ["Chebyshev"]

LONGEST = 10_000
"""The longest cycle: putting one in order takes steps^2 operations, about a second for this one."""


class Chebyshev(NamedTuple):
    """``1 / x_k``, x_k the ``steps`` Chebyshev nodes of the curvatures in [``smallest``, ``largest``], over and over.

    After ``steps`` updates of gradient descent on a quadratic the error of curvature x is multiplied by
    ``p(x) = (1 - x / x_1) ... (1 - x / x_steps) = T(z(x)) / T(z(0))``, T the Chebyshev polynomial of degree ``steps``,
    ``z(x) = (largest + smallest - 2 x) / (largest - smallest)``. No polynomial of that degree with p(0) = 1 has a
    smaller largest value on the interval, which is 1 / T(z(0)), about 2 ((sqrt(k) - 1) / (sqrt(k) + 1))^steps for
    condition k. Within a cycle the error rises and falls, and the objective with it: look at every ``steps``-th row.

    In the order of their size the steps would blow rounding errors up by 2^steps and more. They come in Leja's order
    instead, which starts at the largest curvature and then takes the node whose distances to those before have the
    largest product; for powers of two it does as well as Lebedev and Finogenov's, and it works for any length.

    Sources: L. F. Richardson, 1910; D. M. Young, "On Richardson's method for solving linear systems with positive
    definite matrices", 1953; V. I. Lebedev, S. A. Finogenov, "Ordering of the iterative parameters in the cyclical
    Chebyshev iterative method", 1971; L. Reichel, "The application of Leja points to Richardson iteration and
    polynomial preconditioning", 1991.
    """

    smallest: Positive
    largest: Positive
    steps: Annotated[int, Field(low=1, high=LONGEST, help="updates in a cycle")]
    per_epoch: bool = False

    def conflict(self) -> str | None:
        """What is wrong between the fields, in a sentence."""
        if self.smallest <= self.largest:
            return None
        return f"smallest of Chebyshev must be at most its largest, {self.largest!r}; got {self.smallest!r}"

    def values(self, t: Array) -> Array:
        middle, radius = (self.largest + self.smallest) / 2, (self.largest - self.smallest) / 2
        turn = np.floor(np.asarray(t, dtype=float)) % self.steps
        found: Array = 1 / (middle + radius * nodes(self.steps)[turn.astype(int)])
        return found

    def resolved(self, total: float) -> "Chebyshev":
        return self

    def __call__(self, t: float) -> float:
        return one(self, t)


@cache
def nodes(steps: int) -> Array:
    """The Chebyshev nodes of [-1, 1] in Leja's order, from the largest, shape (steps,)."""
    left = np.cos(np.pi * (2 * np.arange(1, steps + 1) - 1) / (2 * steps))
    found, distances = np.empty(steps), np.zeros(steps)
    for k in range(steps):
        # The nodes lie symmetrically: of two that tie but for rounding the first is taken, on every machine.
        chosen = int(np.argmax(distances >= distances.max() - 1e-9))
        found[k] = left[chosen]
        left, distances = np.delete(left, chosen), np.delete(distances, chosen)
        distances += np.log(np.abs(left - found[k]))
    found.flags.writeable = False
    return found
