"""Candidates for a run on the modes of a quadratic: points of a space of learning rates and fractions, their fields,
and the iterations that each takes."""

from collections.abc import Sequence
from copy import copy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from .linear_rules import parts, radii
from .mode_polish import errors_at
from .mode_runs import FirstHits, first_hits, starting
from .stability import limit_factor

__all__ = ["MARGIN", "SPREAD", "Candidates", "Searched"]

Array = NDArray[np.float64]
MARGIN = 0.99
"""No rate above this part of the stability limit is looked at: a rate 1 % larger has to be stable too."""
SPREAD = 0.01
"""By so much of itself the rate may be off."""
WORK = 1.2e8
"""Numbers stepped in the refinement, about a second."""
FEW, HEARD = 6, 1e-3
"""Modes that are few; those of more than that part of the gap are counted."""
QUIET = 1e-2
"""Points are scattered, and least squares go, without the modes that together are less than that part of the gap to be
reached: where 3 of 50 modes are left sixteen times as many points are looked at."""


class Searched(NamedTuple):
    """What is looked for: the curvatures (m,) and errors (m,) a run starts with, the gap that is to be reached, and the
    largest curvature at which it has to be stable."""

    curvatures: Array
    errors: Array
    target: float
    largest: float


class Candidates:
    """Points (k, d) of a search space: for the rate the logit of its part of the stability limit, for the fraction
    -log10 of what it lacks of 1."""

    def __init__(self, asked: Searched, rule: Any, free: Sequence[str], effort: float) -> None:
        self.asked, self.rule, self.free = asked, rule, tuple(free)
        self.weights = 0.5 * asked.curvatures
        self.work = WORK * effort * (1.0 if len(free) > 1 else 0.3)
        self.stride = 1
        self.remembers = len(rule.init(np.zeros(1), xp)) > 0
        """Whether it has slots: without them each mode only falls, and there are no near misses."""
        whole = float((self.weights * asked.errors**2).sum())
        self.few = int((self.weights * asked.errors**2 > HEARD * whole).sum()) <= FEW
        """Whether few modes hold all but a little of the gap: the count is then a matter of their common zeros."""
        self.decay = max(1.0, float(np.log(whole / asked.target)))
        """By so many factors of e the gap has to fall."""

    def of_the_loud(self) -> "Candidates":
        """The same with the modes that count only (`QUIET`), for the same work."""
        parts = self.weights * self.asked.errors**2
        order = np.argsort(parts, kind="stable")
        loud = np.sort(order[np.cumsum(parts[order]) > QUIET * self.asked.target])
        if loud.size == parts.size:
            return self
        found = copy(self)
        c, e = self.asked.curvatures[loud], self.asked.errors[loud]
        found.asked, found.weights = self.asked._replace(curvatures=c, errors=e), self.weights[loud]
        return found

    def grid(self) -> Array:
        finer = 4 if len(self.free) == 1 else 1
        rates = np.concatenate([np.linspace(-11, -2, 9 * finer, endpoint=False), np.linspace(-2, 6, 23 * finer)])
        fractions = np.concatenate([[0.0, 0.02, 0.06], np.linspace(0.1, 4.0, 18 * finer)])
        axes = [rates if name == "learning_rate" else fractions for name in self.free]
        return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)

    def columns(self, points: Array) -> dict[str, Array]:
        """The fields at the points, and which points are stable."""
        found = {
            name: 1 - 10.0 ** -np.maximum(points[:, k], 0.0)
            for k, name in enumerate(self.free)
            if name != "learning_rate"
        }
        if "learning_rate" in self.free:
            part = MARGIN / (1 + np.exp(-points[:, self.free.index("learning_rate")]))
            found["learning_rate"] = part * self.limits(found, len(points)) / self.asked.largest
        return found

    def limits(self, columns: dict[str, Array], count: int) -> Array:
        """The stability limit times the curvature, for each candidate."""
        others = {name: column for name, column in columns.items() if name != "learning_rate"}
        if callable(getattr(self.rule, "stability", None)) and not hasattr(type(self.rule), "modifiers"):
            return np.broadcast_to(self.rule._replace(**others).stability()[0], (count,))
        if not others:
            limit = limit_factor(self.rule)
            return np.full(count, np.nan if limit is None else limit.factor)
        found = np.empty(count)
        for k in range(count):
            limit = limit_factor(self.rule._replace(**{name: float(column[k]) for name, column in others.items()}))
            found[k] = np.nan if limit is None else limit.factor
        return found

    def bearable(self, points: Array) -> tuple[Array, dict[str, Array]]:
        """Of the points those that are stable where the rate is not theirs to choose, and their fields."""
        columns = self.columns(points)
        if "learning_rate" in self.free:
            return points, columns
        kept = self.rule.learning_rate * self.asked.largest <= MARGIN * self.limits(columns, len(points))
        return points[kept], {name: column[kept] for name, column in columns.items()}

    def at(self, columns: dict[str, Array], k: int) -> Any:
        return self.rule._replace(**{name: float(column[k]) for name, column in columns.items()})

    def matrices(self, columns: dict[str, Array], curvatures: Array) -> Array:
        """(k, m, s, s), for all candidates together where the rule takes arrays for numbers."""
        count = len(next(iter(columns.values())))
        found = together(self.rule, columns, count)
        for k in {0, count - 1}:
            alone = parts(self.at(columns, k))
            assert alone is not None, "the rule is linear"
            if found is None or any(
                not np.allclose(a[k], b, rtol=1e-12, atol=0) for a, b in zip(found, alone, strict=True)
            ):
                each = [parts(self.at(columns, j)) for j in range(count)]
                a, b, c = (np.stack([one[i] for one in each if one is not None]) for i in range(3))
                found = a, b, c
                break
        assert found is not None
        free, pushed, seen = found
        return free[:, None] + curvatures[:, None, None] * (pushed[:, :, None] * seen[:, None, :])[:, None]

    def run(self, columns: dict[str, Array], most: int, speed: float = 0.0, first_only: bool = False) -> FirstHits:
        """Counts in iterations, to the stride."""
        if not len(next(iter(columns.values()))):
            nothing = np.zeros(0)
            return FirstHits(nothing.astype(np.int64), nothing, nothing.astype(np.int64))
        M = self.matrices(columns, self.asked.curvatures)
        if self.stride > 1:
            M = np.linalg.matrix_power(M, self.stride)
        state = starting(self.at(columns, 0), self.asked.errors)
        found = first_hits(
            M, state, self.weights, self.asked.target, -(-most // self.stride), speed / self.stride, first_only
        )
        stride = self.stride
        return FirstHits(
            np.where(found.counts < 0, -1, found.counts * stride), found.scores * stride, found.times * stride
        )

    def residuals(self, points: Array, times: NDArray[np.int64]) -> Array:
        """What each mode has of the gap after ``times`` (k,) iterations, as a part of the target: (k, m) roots."""
        columns = self.columns(points)
        M = self.matrices(columns, self.asked.curvatures)
        errors = errors_at(M, starting(self.at(columns, 0), self.asked.errors), times)
        return np.asarray(errors * np.sqrt(self.weights / self.asked.target))

    def stable(self, columns: dict[str, Array]) -> NDArray[np.bool_]:
        """Whether a rate 1 % larger is stable at all curvatures, for each candidate: looked at one by one."""
        reach = np.append(self.asked.curvatures, self.asked.largest)
        good = np.zeros(len(next(iter(columns.values()))), dtype=bool)
        for k in range(good.size):
            rule = self.at(columns, k)
            radius = radii(rule._replace(learning_rate=(1 + SPREAD) * rule.learning_rate), reach)
            good[k] = radius is not None and bool(radius.max() <= 1.0)
        return good


def together(rule: Any, columns: dict[str, Array], count: int) -> tuple[Array, Array, Array] | None:
    """`linear_rules.parts` of all candidates at once, fields being arrays; None where the rule cannot."""
    varied, nothing = rule._replace(**columns), np.zeros(count)
    try:
        slots = rule.init(nothing, xp)
        size = 1 + len(slots)
        free, seen = np.empty((count, size, size)), np.zeros((count, size))

        def stepped(w: Array, g: Array, state: Sequence[Array]) -> Array:
            step, new = varied.update(w, g, tuple(state), 1.0, xp)
            return np.stack([np.broadcast_to(part, (count,)) for part in (w + step, *new)], axis=1)

        for k in range(size):
            state = [np.full(count, float(j == k)) for j in range(size)]
            free[:, :, k] = stepped(state[0], nothing, state[1:])
            seen[:, k] = varied.look(state[0], tuple(state[1:]), 1.0, xp) if hasattr(rule, "look") else float(k == 0)
        return free, stepped(nothing, np.ones(count), [nothing] * (size - 1)), seen
    except (TypeError, ValueError):
        return None
