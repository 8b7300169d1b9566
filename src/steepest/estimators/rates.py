"""learning_rate="auto" of the estimators: from the curvature of the weighted, scaled, penalised objective, falling
where a constant rate cannot converge (losses with kinks, mini-batches)."""

import copy
import math
from typing import Any, NamedTuple

import numpy as np

from ..analysis.curvature import bend, largest_curvature, largest_row_curvature
from ..base.text import number
from ..methods.rule import scale_free
from ..methods.schedules.robbins_monro import RobbinsMonro
from ..problems.linear_model import LinearModel
from .targets import Baseline

__all__ = ["Auto", "automatic"]

KINKED = 0.1
"""A bend that takes up less than this share of the targets' spread counts as a kink (huber with a small epsilon)."""
ADAPTIVE = {"whole": 0.1, "batches": 0.01}
"""The first step of rules that do not scale with the gradient, in scaled columns and units of the targets' spread. Of
0.02, 0.05 and 0.1 the last came closest to the optimum on most pairs of a built-in set and a loss."""
POWER = {"kinks": 0.6, "batches": 0.8}
"""How fast rates fall, as t^-power. Of 0.6, 0.8 and 1, batches of 1 to 256 rows came closest to the optimum with 0.8 to
1 where columns are independent and with 0.6 where they are not."""
STEPS = 10.0
"""Iterations of the whole batch after which a falling rate begins to fall; one epoch of mini-batches."""
SAMPLE = 2000
"""Rows that the whole objective's curvature is taken from in training by mini-batches."""


class Auto(NamedTuple):
    """A learning rate, a number or a schedule, and why."""

    learning_rate: Any
    reason: str


def automatic(model: LinearModel, rule: Any, base: Baseline, batch_size: int | None, one_pass: bool = False) -> Auto:
    """Whole batch: 1 / L, L a bound on the objective's curvature; batches: (1 - momentum) / L_b, that of a batch.

    A loss with kinks counts as having the curvature slope / spread of the targets. Under kinks and with mini-batches
    the rate falls (Robbins and Monro), but not within the ``one_pass`` of partial_fit."""
    bent, kinks = bent_of(model.loss, base)
    whole = batch_size is None
    if scale_free(rule):
        step = ADAPTIVE["whole" if whole else "batches"]
        rate, reason = (
            step * base.spread if base.spread > 0 else step,
            f"{step} x {number(base.spread)}, the targets' spread",
        )
    else:
        L, of = (whole_curvature(model, bent), "") if batch_size is None else batch_curvature(model, bent, batch_size)
        kept = 1.0 if whole else 1 - float(getattr(rule, "momentum", 0.0))
        rate, reason = (kept / L if L > 0 else kept), f"{number(kept)} / curvature {number(L)}{of}"
    if one_pass or (whole and not kinks):
        return Auto(float(rate), f"auto: {reason}")
    offset = STEPS if batch_size is None else float(-(-model.rows // batch_size))
    why = "the loss has kinks" if kinks else "batches are random"
    return Auto(
        RobbinsMonro(float(rate), POWER["kinks" if kinks else "batches"], offset),
        f"auto: {reason}, falling, since {why}",
    )


def bent_of(loss: Any, base: Baseline) -> tuple[float, bool]:
    """``(curvature, kinks)``: what the loss counts as bending by, and whether that is instead of kinks."""
    curvature, slope = float(loss.curvature()), float(loss.slope())
    if base.spread > 0 and slope / base.spread < KINKED * curvature:
        return slope / base.spread, True
    if math.isfinite(curvature):
        return curvature, False
    if math.isfinite(slope):
        return slope, True  # all targets are equal
    return max(base.centre, np.finfo(float).tiny), False  # exp: where the outputs have the mean of the targets


def penalty_of(model: LinearModel) -> float:
    return 0.0 if model.l2_each is None else float(model.l2_each.max())


def whole_curvature(model: LinearModel, bent: float) -> float:
    """The largest curvature of the mean loss and the l2 penalty."""
    l2 = penalty_of(model)
    return (largest_curvature(model, model.start).value - l2) / bend(model) * bent + l2


def batch_curvature(model: LinearModel, bent: float, batch_size: int) -> tuple[float, str]:
    """``(L_b, words)`` for random batches of b rows: between the steepest row's and the whole's, weighed 1 to b - 1
    (expected smoothness: R. M. Gower et al., "SGD: general analysis and improved rates", 2019, eq. 21)."""
    l2 = penalty_of(model)
    row = (largest_row_curvature(model) - l2) / bend(model) * bent + l2
    if batch_size == 1:
        return row, " of the steepest row"
    whole = whole_curvature(part_of(model, -(-model.rows // SAMPLE)), bent)
    L = min(row, (row + (batch_size - 1) * whole) / batch_size)
    return L, f" of a batch of {batch_size}"


def part_of(model: LinearModel, step: int) -> LinearModel:
    """The model on every ``step``-th row."""
    if step == 1:
        return model
    part = copy.copy(model)
    weights = None if model.weights is None else model.weights[::step]
    for name, value in (("X", model.X[::step]), ("y", model.y[::step]), ("weights", weights)):
        object.__setattr__(part, name, value)
    return part
