"""learning_rate="auto": a rate from the curvature at the start, with the reason in a sentence."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import number
from ..methods.rule import scale_free
from ..methods.schedules.robbins_monro import RobbinsMonro
from ..problems.linear_model import linear_model_in
from .adaptive_rates import adaptive_bound
from .curvature import guarded, largest_curvature, largest_row_curvature

__all__ = ["AutoRate", "automatic_rate", "falling", "kept_by"]

Array = NDArray[np.float64]
POWER = {"kinks": 0.6, "batches": 0.8}
"""How fast rates fall, as t^-power. Of 0.6, 0.8 and 1, batches of 1 to 256 rows came closest to the optimum with 0.8 to
1 where columns are independent and with 0.6 where they are not."""


class AutoRate(NamedTuple):
    """The rate, why, and the gradient calls spent on it."""

    value: float
    reason: str
    gradients: int


def automatic_rate(problem: Any, rule: Any, w0: Array, batch_size: int | None) -> AutoRate:
    """Full batch: min(1 / L, max(1, |w0|) / |g0|), L the largest curvature at w0. Rules whose step does not grow with
    the gradient: 0.01 max(1, |w0|_inf), on linear models no more than `adaptive_bound` allows. Stochastic:
    (1 - momentum), or the rule's ``row_share``, / the largest single-row curvature, divided by the batch size where a
    batch's gradient is a sum."""
    model = linear_model_in(problem)
    if scale_free(rule):
        size = max(1.0, float(np.abs(w0).max()))
        bound = None if model is None else adaptive_bound(model, rule, w0, batch_size)
        if bound is not None and bound.rate < 0.01 * size:
            return AutoRate(bound.rate, f"auto: {number(bound.rate)}, {bound.reason}", 1)
        spent = 0 if bound is None else 1
        return AutoRate(0.01 * size, f"auto: 0.01 x {number(size)}, the size of the start", spent)
    kept = kept_by(rule)
    if batch_size is not None and model is not None:
        row = largest_row_curvature(model)
        if row <= 0:
            return AutoRate(1.0, "auto: 1, since no row has any curvature", 0)
        if model.reduction == "sum":
            row *= min(batch_size, model.rows)
        of = "row" if batch_size == 1 else "batch"
        reason = f"auto: {number(kept)} / {number(row)}, the largest curvature of a {of}"
        return AutoRate(kept / row, reason, 0)
    with np.errstate(all="ignore"):
        g0 = float(np.linalg.norm(guarded(problem.gradient)(w0)))
        L, spent = largest_curvature(problem, w0)
        reach = max(1.0, float(np.linalg.norm(w0)))
    by_step = reach / g0 if g0 > 0 and np.isfinite(g0) else np.inf
    share = 1.0 if batch_size is None or not hasattr(rule, "row_share") else kept  # L is a bound on no single row's
    by_curvature = share / L if L > 0 else np.inf
    if by_curvature <= by_step * (1 + 1e-6) and np.isfinite(by_curvature):  # on a bowl around 0 they are equal
        return AutoRate(by_curvature, f"auto: {number(share)} / curvature {number(L)} at the start", spent + 1)
    if np.isfinite(by_step):
        return AutoRate(by_step, f"auto: a first step of {number(reach)}, the size of the start", spent + 1)
    return AutoRate(1.0, "auto: 1, since the start shows no finite slope or curvature", spent + 1)


def kept_by(rule: Any) -> float:
    """The part of 1 / curvature that single rows or batches bear: what momentum leaves, or the rule's own share."""
    return float(rule.row_share()) if hasattr(rule, "row_share") else 1 - float(getattr(rule, "momentum", 0.0))


def falling(rate: float, kinks: bool, constant_for: float) -> RobbinsMonro:
    """``rate`` falling after about ``constant_for`` updates: where a loss has kinks, or batches are random, no constant
    rate comes to rest at the minimum."""
    return RobbinsMonro(rate, POWER["kinks" if kinks else "batches"], constant_for)
