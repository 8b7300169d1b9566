"""A rule on the quadratic around a place: its stability, which mode is left of the error, how many iterations it takes
and how many the best learning rate would."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..linear_rules import matrices
from ..stability import Limit, limit_factor
from .place import Place

__all__ = ["Best", "Dynamics", "Roots"]

Array = NDArray[np.float64]
RATES = np.geomspace(1e-3, 0.98, 40)
"""Parts of the stability limit that are tried for the best learning rate."""
MOMENTA = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
MOST = 10.0**9
"""Iterations beyond which one might as well say never."""


class Roots(NamedTuple):
    """Of each mode's iteration matrix the root of largest size: its size (m,) and angle (m,), pi for a negative one."""

    radius: Array
    angle: Array


class Best(NamedTuple):
    """Hyper-parameters with the fewest predicted iterations, and these."""

    changes: dict[str, float]
    iterations: float


@dataclass(frozen=True, eq=False)
class Dynamics:
    """``rule`` in numbers at ``place``; ``energies`` (m,) is each mode's part of f above the quadratic's minimum,
    averaged over the last rows of the run, ``before`` (m,) what it was at the start if the quadratic reached as far."""

    rule: Any
    place: Place
    energies: Array
    before: Array

    @property
    def rate(self) -> float:
        return float(getattr(self.rule, "learning_rate", None) or np.nan)

    @cached_property
    def limit(self) -> Limit | None:
        return None if not np.isfinite(self.rate) else limit_factor(self.rule)

    @property
    def part_of_limit(self) -> float:
        """learning_rate x largest curvature / the rule's factor: 1 at the edge of stability. NaN where no limit is
        known."""
        return float("nan") if self.limit is None else self.rate * self.place.largest / self.limit.factor

    @property
    def stability_limit(self) -> float:
        """The learning rate at the edge; NaN where none is known, infinite where nothing curves upwards."""
        if self.limit is None:
            return float("nan")
        return self.limit.factor / self.place.largest if self.place.largest > 0 else float("inf")

    @cached_property
    def roots(self) -> Roots | None:
        """None where the rule is not linear in the gradient."""
        made = matrices(self.rule, self.place.values)
        if made is None or not np.isfinite(made).all():
            return None
        return roots_of(made)

    @cached_property
    def chosen(self) -> NDArray[np.bool_]:
        """The modes that curve upwards and hold some of the error."""
        total = float(self.energies.sum())
        return self.place.bent & (self.energies > 1e-12 * total) if total > 0 else np.zeros_like(self.place.bent)

    @property
    def dominant(self) -> int | None:
        """The mode that holds most of what is left of f."""
        return int(np.argmax(self.energies)) if self.energies.size and self.energies.max() > 0 else None

    @cached_property
    def swinging(self) -> NDArray[np.bool_]:
        """The modes (m,) whose error swings through zero several times while it falls by a factor e."""
        if self.roots is None:
            return np.zeros(self.place.values.size, dtype=bool)
        with np.errstate(all="ignore"):
            swings = self.roots.angle / np.pi / np.maximum(-np.log(self.roots.radius), 1e-12)
        return np.asarray((swings >= 2) & (self.roots.radius > 0))

    @property
    def swinging_share(self) -> float:
        """The part of what is left of f that is in swinging modes."""
        total = float(self.energies.sum())
        return float(self.energies[self.swinging].sum()) / total if total > 0 else 0.0

    def gain(self, modes: NDArray[np.bool_]) -> tuple[float, float]:
        """Iterations that ``modes`` (m,) need to fall to a thousandth, and how many times fewer they would be at the
        best learning rate and momentum."""
        energies = np.where(modes, self.energies, 0.0)
        target = 1e-3 * float(energies.sum())
        if self.roots is None or not target > 0:
            return float("nan"), float("nan")
        more = float(counts(energies, self.roots.radius[None], target)[0])
        best = self.best(target, energies, self.place.largest, momentum=True)
        return more, float("inf") if best is None else more / max(best.iterations, 1.0)

    def more(self, target: float) -> float:
        """Predicted iterations until what is left of f is ``target``; infinite where it never is."""
        return float("nan") if self.roots is None else float(counts(self.energies, self.roots.radius[None], target)[0])

    def rate_of_tail(self) -> float:
        """Predicted -log r of the error of the dominant modes."""
        if self.roots is None or self.dominant is None:
            return float("nan")
        return float(-np.log(max(self.roots.radius[self.dominant], 1e-300)))

    def best(self, target: float, energies: Array, largest: float, momentum: bool = False) -> Best | None:
        """The learning rate (and ``momentum``, where the rule has one) that takes ``energies`` to ``target`` in the
        fewest iterations, and is stable up to the curvature ``largest``."""
        if self.limit is None or self.roots is None or not largest > 0:
            return None
        kept = energies > 1e-9 * float(energies.sum())
        c, e = self.place.values[kept], energies[kept]
        if not c.size or not self.by_product:
            return None
        found: Best | None = None
        for rule in self.variants(momentum):
            limit = limit_factor(rule)
            if limit is None:
                continue
            top = limit.factor / largest
            made = matrices(rule._replace(learning_rate=1.0), np.outer(RATES * top, c).ravel())
            if made is None:
                return None
            radius = roots_of(made).radius.reshape(RATES.size, c.size)
            needed = counts(e, radius, target)
            k = int(needed.argmin())
            if found is None or needed[k] < found.iterations:
                changes = {"learning_rate": float(RATES[k] * top)}
                if momentum and "momentum" in rule._fields:
                    changes["momentum"] = float(rule.momentum)
                found = Best(changes, float(needed[k]))
        return found

    @cached_property
    def by_product(self) -> bool:
        """Whether only learning rate x curvature counts: not under weight decay."""
        made = matrices(self.rule._replace(learning_rate=1.0), self.rate * self.place.values)
        return made is not None and self.roots is not None and np.allclose(roots_of(made).radius, self.roots.radius)

    def variants(self, momentum: bool) -> list[Any]:
        if not momentum or "momentum" not in self.rule._fields:
            return [self.rule]
        return [self.rule._replace(momentum=m) for m in sorted({*MOMENTA, float(self.rule.momentum)})]


def roots_of(made: Array) -> Roots:
    """Of matrices (k, s, s)."""
    values = np.linalg.eigvals(made)
    first = np.abs(values).argmax(axis=-1)
    root = np.take_along_axis(values, first[..., None], axis=-1)[..., 0]
    return Roots(np.abs(root), np.abs(np.angle(root)))


def counts(energies: Array, radius: Array, target: float) -> Array:
    """Iterations t (k,) until the sum of energies (m,) x radius (k, m)^2t is at most ``target``; infinite where it
    never is."""
    logs = 2 * np.log(np.clip(radius, 1e-300, None))

    def left(t: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray((energies * np.exp(np.minimum(t[:, None] * logs, 700.0))).sum(axis=1))

    low, high = np.zeros(len(radius)), np.full(len(radius), MOST)
    never = left(high) > target
    for _ in range(32):
        middle = np.where(low < 1, np.minimum(0.5 * (low + high), np.sqrt(high)), np.sqrt(np.maximum(low, 1) * high))
        met = left(middle) <= target
        low, high = np.where(met, low, middle), np.where(met, middle, high)
    return np.where(never, np.inf, high)
