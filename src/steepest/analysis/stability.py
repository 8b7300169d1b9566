"""How large a learning rate a rule bears: the factor of a curvature read off the rule's own iteration matrix, and the
limit of a full-batch run at a point, with its reason."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import number
from ..methods.rule import iteration_matrix, label
from .bends import Bends
from .linear_rules import matrices, moving, radii

__all__ = [
    "Limit", "StabilityLimit", "first_crossing", "limit_factor", "local_limit", "spectral_limit", "stable_rate",
]  # fmt: skip

Array = NDArray[np.float64]
ROUNDING = 1e-10
"""A spectral radius may pass 1 by so much and still count as 1."""
BETWEEN = 16
"""Curvatures tried between two known ones, for rules that are not of learning_rate x curvature alone."""
TAME = ("clip_norm", "clip_value", "gradient_noise")
"""Modifiers without a part in what happens to small errors and exact gradients."""


class Limit(NamedTuple):
    """The rule is stable on a quadratic of curvature L for learning rates below ``factor / L``; ``formula`` is the
    factor in the rule's fields, where it is known."""

    factor: float
    formula: str


class StabilityLimit(float):
    """A learning rate, as a float, beyond which a method is not stable.

    ``reason`` says in a sentence what it is; ``formula`` is how it follows from L, where there is one, and
    ``curvature`` that L. ``kind``: "spectral" (errors grow beyond it), "mean square" (beyond it the mean square of the
    error grows, over the draws of rows), "frozen preconditioner" (beyond it a rule that scales each variable rings with
    the scales it has; no limit on blowing up) or "none" (no rate of this kind; the float is inf). ``batch_size`` is
    None for full batches.
    """

    reason: str
    formula: str
    curvature: float
    kind: str
    batch_size: int | None

    def __new__(
        cls, value: float, reason: str, kind: str = "spectral", formula: str = "", curvature: float = float("nan"),
        batch_size: int | None = None,
    ) -> "StabilityLimit":  # fmt: skip
        made = super().__new__(cls, value)
        made.reason, made.kind, made.formula, made.curvature, made.batch_size = (
            reason, kind, formula, curvature, batch_size,
        )  # fmt: skip
        return made

    def __getnewargs__(self) -> Any:
        return float(self), self.reason, self.kind, self.formula, self.curvature, self.batch_size

    def __repr__(self) -> str:
        return f"<StabilityLimit {number(self)}, {self.kind}: {self.reason}>"


def limit_factor(rule: Any) -> Limit | None:
    """None where the rule is not linear in the gradient, or has no limit of this kind: a rule that pulls on w itself
    does not know the product of rate and curvature alone."""
    if "learning_rate" not in rule._fields:
        return None
    if callable(getattr(rule, "stability", None)):
        factor, formula = rule.stability()
        return Limit(float(factor), formula)
    if hasattr(type(rule), "modifiers"):  # weights that decay add to the curvature, and clipped gradients know no limit
        return None
    factor = spectral_factor(type(rule), tuple(rule._replace(learning_rate=1.0)))  # type: ignore[arg-type]
    return None if factor is None else Limit(factor, "")


def radius(rule: Any, curvature: float = 1.0) -> float:
    matrix = iteration_matrix(rule, curvature)
    return float("nan") if matrix is None else float(np.abs(np.linalg.eigvals(matrix)).max())


@lru_cache(maxsize=256)
def spectral_factor(cls: Any, fields: tuple[Any, ...]) -> float | None:
    """The largest learning rate at curvature 1 below which the spectral radius stays at most 1, by bisection."""
    rule = cls(*fields)
    at = rule._fields.index("learning_rate")

    def stable(rate: float) -> bool:
        return radius(cls(*fields[:at], rate, *fields[at + 1 :])) <= 1 + 1e-12

    alike = [radius(cls(*fields[:at], rate, *fields[at + 1 :]), 0.7 / rate) for rate in (0.25, 1.0, 4.0)]
    if np.isnan(radius(rule)) or not stable(1e-6) or not np.allclose(alike, alike[0], rtol=1e-6):
        return None
    return first_crossing(stable, 1e-3, 1e6)


def first_crossing(
    stable: Callable[[float], bool], low: float, high: float, ratio: float = 1.1, halvings: int = 60
) -> float | None:
    """The first value from ``low`` on, in steps of a ``ratio``, at which ``stable`` ends, by bisection; ``low`` itself
    where it does not hold there, None where it holds up to ``high``."""
    at = low
    while stable(at):
        at *= ratio
        if at > high:
            return None
    if at == low:
        return low
    low, high = at / ratio, at
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stable(middle) else (low, middle)
    return low


def local_limit(rule: Any, curvature: float) -> float | None:
    """The stability limit at a curvature; None where none is known, infinity where there is no curvature."""
    limit = limit_factor(rule)
    if limit is None or not np.isfinite(curvature):
        return None
    return limit.factor / curvature if curvature > 0 else float("inf")


def stable_rate(rule: Any, curvatures: Array) -> float | None:
    """The largest learning rate below which a linear rule is stable at all ``curvatures`` (k,), none of them below 0;
    infinity where it is at any rate, None where the rule is not linear or not stable at small rates either."""
    bare = moving(rule._replace(learning_rate=1.0))
    largest = float(np.max(curvatures, initial=0.0))
    if of_products(bare):
        return local_limit(bare, largest)
    if matrices(bare, [1.0]) is None:
        return None
    known = np.unique(curvatures)
    tried = np.concatenate([known, *np.linspace(known[:-1], known[1:], BETWEEN)]) if known.size < 100 else known

    def stable(rate: float) -> bool:
        found = radii(bare._replace(learning_rate=rate), tried)
        return found is not None and bool((found <= 1 + ROUNDING).all())

    scale = 1 / max(largest, float(getattr(bare, "weight_decay", 0.0)), 1e-300)
    found = first_crossing(stable, 1e-6 * scale, 1e6 * scale, 1.25, 45)
    return None if found == 1e-6 * scale else np.inf if found is None else found


def of_products(rule: Any) -> bool:
    """Whether a linear rule knows learning_rate x curvature only, as it does without decay."""
    if hasattr(type(rule), "modifiers"):
        return False
    found = [radii(rule._replace(learning_rate=rate), [0.7 / rate]) for rate in (0.25, 1.0, 4.0)]
    known = [float(one[0]) for one in found if one is not None]
    return len(known) == len(found) and bool(np.isclose(known, known[0], rtol=1e-6).all())


def spectral_limit(rule: Any, bends: Bends) -> StabilityLimit | None:
    """The limit of a linear rule, averages, clipping and noise aside, on the quadratic with these curvatures; None
    where the rule is not linear."""
    bare = moving(rule._replace(learning_rate=1.0), TAME)
    if matrices(bare, [1.0]) is None:
        return None
    up, L = bends.values[bends.values >= -bends.tolerance], bends.largest
    decay = float(getattr(bare, "weight_decay", 0.0)) if hasattr(type(bare), "modifiers") else 0.0
    coupled = decay > 0 and not bare.decoupled
    aside = bends.said(decay if coupled else 0.0)
    if bends.flat and not decay:
        return StabilityLimit(
            np.inf, f"no direction curves upwards {bends.where}, so no rate is too large there{aside}", "none",
            curvature=L,
        )  # fmt: skip
    value = stable_rate(bare, np.maximum(up, 0.0))
    if value is None:
        return StabilityLimit(np.inf, f"{label(rule)} is not stable at small rates either", "none", curvature=L)
    base = moving(bare, ("weight_decay",))
    own, formula, total = limit_factor(base) if of_products(base) else None, "", L + (decay if coupled else 0.0)
    # decay is felt where w is: a look ahead sees the curvature elsewhere
    if own is not None and (not decay or (coupled and not hasattr(bare, "look"))):
        value = own.factor / total  # to the last digit
        formula = spelled(own, "(L + weight_decay)" if coupled and decay else "L")
    how = f"{formula} = {number(value)}" if formula else f"{number(value)}, where the spectral radius passes 1"
    beside = f", and weight_decay is {number(decay)}" if decay else ""
    clipped = any(field in rule._fields for field in TAME[:2])
    tame = "; beyond it clipped gradients keep the steps bounded, and nothing settles" if clipped else ""
    reason = f"{how}, where L = {number(L)} is {bends.what}{beside}{tame}{aside}"
    return StabilityLimit(value, reason, "spectral", formula, L)


def spelled(limit: Limit, below: str) -> str:
    """The limit over a curvature: ``2 (1 + momentum) / L``, ``(2 + 2 momentum) / (L (1 + 2 momentum))``."""
    over, _, under = (limit.formula or number(limit.factor)).partition(" / ")
    return f"{over} / ({below} {under})" if under else f"{over} / {below}"
