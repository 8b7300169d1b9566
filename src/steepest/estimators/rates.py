"""learning_rate="auto" of the estimators: from the curvature of the weighted, scaled, penalised objective, falling
where a constant rate cannot converge (losses with kinks, mini-batches)."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..analysis.curvature import batch_curvature, model_curvature
from ..analysis.rates import falling, kept_by
from ..base.errors import ArgumentError
from ..base.text import number
from ..base.xp import scalar_functions
from ..methods.rule import scale_free
from ..problems.linear_model import LinearModel
from .targets import Baseline

__all__ = ["Auto", "automatic"]

KINKED = 0.1
"""A bend that takes up less than this share of the targets' spread counts as a kink (huber with a small epsilon)."""
ADAPTIVE = {"whole": 0.1, "batches": 0.01}
"""The first step of rules that do not scale with the gradient, in scaled columns and units of the targets' spread. Of
0.02, 0.05 and 0.1 the last came closest to the optimum on most pairs of a built-in set and a loss."""
STEPS = 100.0
"""Iterations of the whole batch after which a falling rate begins to fall; one epoch of mini-batches. From 10, hinge on
the ten digits stopped at 0.18 to 0.20 (0.15 to 0.16 now; 300 gains little, and slows nesterov down)."""
UNSCALED = 10.0
"""The same for a loss that is 0 at w = 0 (the perceptron's), towards which every step shortens w: while steps are long
beside w what is left of it turns at random (0.82 to 0.93 of three blobs right, from rounding to rounding; 0.93 now)."""


class Auto(NamedTuple):
    """A learning rate, a number or a schedule, and why."""

    learning_rate: Any
    reason: str


def automatic(model: LinearModel, rule: Any, base: Baseline, batch_size: int | None, one_pass: bool = False) -> Auto:
    """Whole batch: 1 / L, L a bound on the objective's curvature; batches: (1 - momentum) / L_b, that of a batch.

    A loss with kinks counts as having the curvature slope / spread of the targets. Under kinks and with mini-batches
    the rate falls (Robbins and Monro), but not within the ``one_pass`` of partial_fit. Variance-reduced methods take
    their share of 1 / the steepest row's, and keep it."""
    bent, kinks = bent_of(model.loss, base)
    whole = batch_size is None
    constant = whole or hasattr(rule, "corrected")  # SAGA and SVRG: free of the batches' noise
    if scale_free(rule):
        step = ADAPTIVE["whole" if whole else "batches"]
        rate, reason = (
            step * base.spread if base.spread > 0 else step,
            f"{step} x {number(base.spread)}, the targets' spread",
        )
    else:
        if batch_size is None:
            L, of = model_curvature(model, bent), ""
        else:
            rows = 1 if constant else batch_size
            L = batch_curvature(model, rows, bent)
            of = " of the steepest row" if rows == 1 else f" of a batch of {rows}"
        if not np.isfinite(L):
            raise ArgumentError(too_large(model))
        kept = 1.0 if whole else kept_by(rule)
        rate, reason = (kept / L if L > 0 else kept), f"{number(kept)} / curvature {number(L)}{of}"
    if one_pass or (constant and not kinks):
        return Auto(float(rate), f"auto: {reason}")
    if batch_size is None:
        offset = UNSCALED if falls_to_zero(model.loss) else STEPS
    else:
        offset = float(-(-model.rows // batch_size))
    why = "the loss has kinks" if kinks else "batches are random"
    return Auto(falling(float(rate), kinks, offset), f"auto: {reason}, falling, since {why}")


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


def falls_to_zero(loss: Any) -> bool:
    """Whether the loss of two classes has a minimum where all weights are 0."""
    return loss.kind == "classification" and all(loss.value(0.0, y, scalar_functions) == 0 for y in (-1.0, 1.0))


def too_large(model: LinearModel) -> str:
    """Columns whose squares overflow, where training sees them as they lie (partial_fit, mini-batches of sparse X)."""
    X = model.X
    largest = float(max(abs(X.max()), abs(X.min())))
    return (
        f"X holds numbers up to {number(largest)}, whose squares overflow, so that learning_rate='auto' finds no rate; "
        f"scale its columns first, for instance with sklearn.preprocessing.MaxAbsScaler"
    )
