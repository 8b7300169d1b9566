"""Why a run blew up and what to try instead, with numbers from its own problem."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import number
from ..problems.differences import number_at
from .curvature import STEP, guarded, largest_curvature
from .rates import automatic_rate
from .stability import limit_factor

__all__ = ["Hint", "slope_check", "why_it_diverged"]


class Hint(NamedTuple):
    """A sentence, the hyper-parameters to try, and the gradient calls spent on finding out."""

    why: str
    advice: dict[str, float]
    gradients: int


def slope_check(problem: Any, w0: NDArray[np.float64]) -> tuple[float, float, int]:
    """``(slope, found, calls)``: the gradient's own slope along itself at w0 (its norm), what a central difference of
    f finds there, and the evaluations spent; two zeros where there is nothing to compare."""
    with np.errstate(all="ignore"):
        g = guarded(problem.gradient)(w0)
        slope = float(np.linalg.norm(g))
        if not 0 < slope < np.inf:
            return 0.0, 0.0, 0
        h = STEP * max(1.0, float(np.abs(w0).max()))
        up, down = (number_at(problem.value, w0 + side * h * g / slope) for side in (1, -1))
        found = (up - down) / (2 * h)
        noise = 1e3 * np.finfo(float).eps * max(abs(up), abs(down)) / h
        if not np.isfinite(found) or abs(found) + slope <= noise:
            return 0.0, 0.0, 2
    return slope, found, 2


def apart(value: float, other: float, digits: int = 3) -> str:
    """``value`` with as many digits as tell it from ``other``, which is shown with four."""
    while digits < 15 and number(value, digits) == number(other):
        digits += 1
    return number(value, max(digits, 4) if number(value, digits) == number(other, digits) else digits)


def rounded(rate: float) -> float:
    """Two significant digits, rounded down: a rate one would type."""
    if not np.isfinite(rate) or rate <= 0:
        return rate
    scale = 10.0 ** (np.floor(np.log10(rate)) - 1)
    return float(f"{np.floor(rate / scale + 1e-9) * scale:.2g}")


def why_it_diverged(problem: Any, rule: Any, w0: NDArray[np.float64], batch_size: int | None) -> Hint:
    """Compares the learning rate with the stability limit at the start, or for stochastic runs with the automatic
    rate."""
    rate = getattr(rule, "learning_rate", None)
    if rate is None:
        return Hint("", {}, 0)
    if batch_size is not None:
        auto = automatic_rate(problem, rule, w0, batch_size)
        if rate > auto.value:
            reason = auto.reason.removeprefix("auto: ")
            why = f"learning_rate {number(rate)} is above {apart(auto.value, rate, 4)} = {reason}"
            return Hint(why, {"learning_rate": rounded(auto.value)}, auto.gradients)
        return Hint("", {"learning_rate": rounded(rate / 2)}, auto.gradients)
    limit = limit_factor(rule)
    if limit is None:
        return Hint("", {"learning_rate": rounded(rate / 2)}, 0)
    with np.errstate(all="ignore"):
        L, spent = largest_curvature(problem, w0)
    if not np.isfinite(L) or L <= 0:
        return Hint("", {"learning_rate": rounded(rate / 2)}, spent)
    edge = limit.factor / L
    if rate > edge:
        formula = f"{limit.formula} / curvature = " if limit.formula else ""
        why = (
            f"learning_rate {number(rate)} is above {apart(edge, rate)}, the local stability limit at the start: "
            f"{formula}{number(limit.factor)} / {number(L)}"
        )
        return Hint(why, {"learning_rate": rounded(1 / L)}, spent)
    why = (
        f"learning_rate {number(rate)} is below {apart(edge, rate)}, the stability limit at the start, "
        f"so the trouble lies further along: a larger curvature, or points where f has no number"
    )
    return Hint(why, {"learning_rate": rounded(rate / 2)}, spent)
