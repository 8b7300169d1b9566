"""The stability limit of any method on any problem, full batches or not: which theory answers, and its sentence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.text import count, number
from ..base.xp import numpy_functions as xp
from ..methods.line_search.search import as_line_search
from ..methods.rule import label, scale_free
from ..problems.linear_model import LinearModel, linear_model_in
from .bends import Bends, bends_at
from .curvature import batch_curvature, largest_row_curvature
from .epochs import fixed_order_limit
from .hessians import dense, hessian_at
from .lanczos import lanczos
from .linear_rules import moving, parts, steady
from .preconditioners import frozen
from .second_moments import mean_square_limit, rows_of
from .stability import TAME, StabilityLimit, limit_factor, spectral_limit

__all__ = ["limit_at"]

Array = NDArray[np.float64]
SHUFFLED = {
    False: "; it is that of rows drawn with replacement, and wherever it was measured shuffled epochs bore it or more",
    True: "; it is that of rows drawn with replacement, which stands in for shuffled epochs and may be above or below",
}
"""By whether the rule has slots. On 10 random problems of 12 to 38 rows and 1 to 3 variables, batches of 1 and 4, the
limit of the mean square over 150 shuffled epochs was 1.0 to 3.3 times this without momentum (19 cases), and with
momentum 0.9 it was 0.95 to 1.7 times in 17 cases of 18 and 0.59 times in one."""


def limit_at(problem: Any, w: Array, rule: Any, batch: int | None, sampling: str, where: str) -> StabilityLimit:
    """At ``w`` (n,), which ``where`` names; the rule's learning rate is not looked at."""
    if "learning_rate" not in rule._fields:
        return none(f"{label(rule)} has no learning rate: each step's length follows from f and its gradient", batch)
    probe = rule._replace(learning_rate=1.0)
    if not steady(probe):
        field = next(name for name, value in probe._asdict().items() if not isinstance(value, (float, int, type)))
        return none(f"{field} is a schedule, and the limit moves with it; ask with one of its values", batch)
    if hasattr(rule, "renews_each"):
        return corrected(problem, rule, batch)
    if batch is not None and parts(moving(probe, TAME)) is not None:
        return of_batches(problem, w, moving(probe, TAME), batch, sampling, where)
    bends = bends_at(problem, w, where)
    found = spectral_limit(probe, bends)
    if found is None:
        found = of_preconditioner(problem, w, probe, bends, where)
    if batch is None:
        return found
    return StabilityLimit(
        float(found), f"{found.reason}; this is of full batches, and those of {count(batch, 'row')} are noisier",
        found.kind, found.formula, found.curvature, batch,
    )  # fmt: skip


def none(reason: str, batch: int | None) -> StabilityLimit:
    return StabilityLimit(np.inf, reason, "none", batch_size=batch)


def corrected(problem: Any, rule: Any, batch: int | None) -> StabilityLimit:
    """For rules that take the noise out of single rows' gradients: theory knows rates that suffice."""
    model, share = linear_model_in(problem), float(rule.row_share())
    known = ""
    if model is not None:
        row = largest_row_curvature(model)
        row *= 1 if model.reduction == "mean" or batch is None else min(batch, model.rows)
        if row > 0:
            known = (
                f"; {number(share)} / {number(row)}, the largest curvature of a row, = {number(share / row)} suffices"
            )
    return none(f"no limit is known of {label(rule)}, whose gradients are corrected by others it keeps{known}", batch)


def of_preconditioner(problem: Any, w: Array, rule: Any, bends: Bends, where: str) -> StabilityLimit:
    """The threshold of a rule that scales each variable, with the scales it has after many steps of this gradient."""
    with np.errstate(all="ignore"):
        gradient = np.asarray(problem.gradient(w), dtype=float)
    found = frozen(moving(rule, TAME), gradient) if hasattr(moving(rule, TAME), "update") else of_whole(rule)
    if isinstance(found, str):
        return none(f"no limit is known of {label(rule)}: {found}", None)
    if bends.flat:
        return none(f"no direction curves upwards {bends.where}, so no rate is too large there{bends.said()}", None)
    top = scaled_largest(problem, w, found.divisors, bends)
    value = found.factor / top if top > 0 else np.inf
    formula = f"{number(found.factor, 3)} / L"
    which = "after its first step (they grow, and the limit with them)" if found.first else "after many such gradients"
    return StabilityLimit(
        value,
        f"{formula} = {number(value)}, where L = {number(top)} is the largest curvature {where} in variables scaled by "
        f"the sizes that {label(rule)} divides by {which}; it is no limit on blowing up: steps stay bounded, and "
        f"beyond it the run rings until its sizes have grown{bends.said()}",
        "frozen preconditioner", formula, top,
    )  # fmt: skip


def scaled_largest(problem: Any, w: Array, divisors: Array, bends: Bends) -> float:
    """The largest eigenvalue of D^-1/2 H D^-1/2; infinity where a divisor is 0."""
    if not (divisors > 0).all():
        return np.inf
    hessian, root = hessian_at(problem, w), 1 / np.sqrt(divisors)
    if bends.whole:
        return float(np.linalg.eigvalsh(root[:, None] * dense(hessian) * root)[-1])
    start = np.random.default_rng(0).standard_normal(w.size)
    return float(lanczos(lambda v: root * hessian.apply(root * v), start, 60).ritz().values[-1])


def of_whole(rule: Any) -> str:
    """Why a rule of the whole vector has no limit."""
    if hasattr(rule, "own_rate") and as_line_search(rule.own_rate()) is not None:
        return "it finds each step's length by a search along its direction"
    if scale_free(rule):
        return "the size of its whole step does not depend on that of the gradient"
    return "its steps are not one linear function of the gradient throughout"


def of_batches(problem: Any, w: Array, rule: Any, batch: int, sampling: str, where: str) -> StabilityLimit:
    """Of a linear rule on batches: by the second moments where each row has one curvature."""
    model = linear_model_in(problem)
    if model is None:
        bends = bends_at(problem, w, where)
        full = spectral_limit(rule, bends)
        assert full is not None
        return StabilityLimit(
            float(full), f"{full.reason}; batches of {count(batch, 'row')} are noisier than the whole and bear at most "
            f"this", full.kind, full.formula, full.curvature, batch,
        )  # fmt: skip
    bent = row_bends(model, w)
    if bent is None:
        return by_bound(model, rule, batch)
    rows = rows_of(model, batch, bent)
    found = mean_square_limit(rule, rows) if rows.curvatures.size else None
    if found is None or not np.isfinite(found.limit):
        return none("no row has any curvature, so no rate is too large", batch)
    L = float(rows.curvatures[0])
    sample = f", from {len(rows.Z):,} of the rows" if rows.step > 1 else ""
    local = "" if model.loss_name == "squared_error" else f", with the curvatures the rows have {where}"
    kinks = "; l1 is left out: at its kinks no constant rate comes to rest" if model.l1 else ""
    if sampling == "sequential":
        exact = fixed_order_limit(rule, rows, found.limit)
        if exact is not None:
            return StabilityLimit(
                exact, f"{number(exact)} is where the matrix of an epoch in the order of the data passes spectral "
                f"radius 1, {number(exact / found.of_mean, 3)} of the full-batch limit {number(found.of_mean)}{local}"
                f"{kinks}",
                "spectral", "", L, batch,
            )  # fmt: skip
    drawn = "" if sampling == "replacement" else SHUFFLED[len(parts(rule)[1]) > 1]  # type: ignore[index]
    factor = limit_factor(rule)
    of_mean = f"{factor.formula} / L" if factor is not None and factor.formula else "the full-batch limit"
    reason = (
        f"{number(found.limit)} is where the mean square of the error starts to grow with batches of "
        f"{count(batch, 'row')}, {number(found.limit / found.of_mean, 3)} of {of_mean} = {number(found.of_mean)} with "
        f"L = {number(L)}{local}{sample}{drawn}{kinks}"
    )
    return StabilityLimit(found.limit, reason, "mean square", "", L, batch)


def row_bends(model: LinearModel, w: Array) -> Array | None:
    """(rows,): the second derivative of each row's loss at its output; None where it has none, or outputs share it."""
    if model.loss_name == "squared_error":
        return np.ones(model.rows)
    if model.outputs_per_row > 1 or not hasattr(model.loss, "second") or not np.isfinite(model.loss.curvature()):
        return None
    with np.errstate(all="ignore"):
        found = np.asarray(model.loss.second(model.outputs(w), model.y, xp), dtype=float)
    return found if np.isfinite(found).all() else None


def by_bound(model: LinearModel, rule: Any, batch: int) -> StabilityLimit:
    """From the largest curvature that a batch can have by X alone."""
    L = batch_curvature(model, batch) * (batch if model.reduction == "sum" else 1)
    kept = 1 - float(getattr(rule, "momentum", 0.0))
    if L <= 0:
        return none("no row has any curvature, so no rate is too large", batch)
    value = 2 * kept / L
    formula = "2 / L" if kept == 1 else "2 (1 - momentum) / L"
    return StabilityLimit(
        value, f"{formula} = {number(value)}, where L = {number(L)} bounds the curvature of batches of "
        f"{count(batch, 'row')} by their rows, from X alone; larger rates may be stable",
        "mean square", formula, L, batch,
    )  # fmt: skip
