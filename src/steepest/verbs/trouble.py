"""Runs that blow up whatever the learning rate: what it is due to, found out once and said in a sentence."""

from typing import TYPE_CHECKING

import numpy as np

from ..analysis.curvature import guarded
from ..analysis.hints import slope_check
from ..base.text import number, vector
from ..engines.session import Session
from ..engines.task import Ending
from ..problems.limited import EvaluationsSpent
from ..problems.penalized import without_penalty
from ..records.outcome import Outcome
from .spending import Spending

if TYPE_CHECKING:
    from .minimizing import Call

__all__ = ["beyond_help"]

EDGE_HALVINGS = 10
"""Of the automatic rate, where f falls up to where it has no number: no rate keeps such a run from getting there."""


def beyond_help(call: "Call", spent: Spending, ending: Ending, halvings: int) -> str:
    """Why a run that blew up would blow up at any learning rate; "" where a smaller one may help."""
    session = ending.session
    if no_slope(call, session):
        return "the gradient at the start is not finite"
    if "wrong gradient" not in spent.findings:
        spent.findings["wrong gradient"] = wrong_gradient(call, spent)
    if spent.findings["wrong gradient"]:
        return spent.findings["wrong gradient"]
    sign = call.settings.sign
    tame = ending.outcome is Outcome.NOT_FINITE and sign * session.f <= session.watch.start
    if tame and no_gradient(spent, session):
        automatic = "; np.where differentiates both of its branches; pass grad='finite'"
        return (
            f"the gradient has no number at w = {vector(session.w)}, where f is {number(session.f)}"
            f"{automatic if call.problem.gradient_note == 'automatic' else ''}"
        )
    if tame and session.f == session.best.f and halvings >= EDGE_HALVINGS:
        return (
            f"f has no number beyond w = {vector(session.w)}, and falls all the way there; "
            f"keep w inside with bounds=steepest.Box(lower, upper)"
        )
    return ""


def no_gradient(spent: Spending, session: Session) -> bool:
    """Whether the gradient is not finite at the last row, where f is."""
    spent.besides(1)
    try:
        with np.errstate(all="ignore"):
            return not np.isfinite(guarded(spent.minimized.gradient)(session.w)).all()
    except EvaluationsSpent:
        return False


def wrong_gradient(call: "Call", spent: Spending) -> str:
    """A sentence where the user's gradient at the start disagrees with the slope of f along it."""
    if call.problem.gradient_note != "yours" or call.batch is not None:
        return ""
    spent.gradients += 1
    try:
        slope, found, calls = slope_check(without_penalty(spent.minimized), spent.w0)
    except EvaluationsSpent:
        return ""
    spent.values += calls
    if found * slope < 0:
        return "the gradient points uphill: f rises along its negative at the start; check its sign"
    if abs(found - slope) > 0.1 * max(abs(found), abs(slope)):
        return (
            f"the gradient is not that of f: along it the slope at the start should be {number(found)}, and is "
            f"{number(slope)}; steepest.check_gradient(f, grad, w0) says which components are off"
        )
    return ""


def no_slope(call: "Call", session: Session) -> bool:
    """Whether a run blew up at once since the gradient at its start is not finite: no learning rate helps."""
    recorded = call.settings.grad_tol is not None or call.plan.grad_norm
    return recorded and session.rows == 2 and not np.isfinite(session.grad_norm)
