"""The run is at a minimum, as far as the numbers tell."""

import numpy as np

from ....base.text import number
from ....records.outcome import Outcome
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["Converged"]

SETTLED = 1e-3
"""Of f0 - f*: with more than that left a tolerance was met because steps are small, not because a minimum is near."""


class Converged:
    """No curvature is negative, and either a tolerance was met with at most a thousandth of f0 - f* left (as the
    quadratic at the end has it), or, without one, at most 1e-8 of it is left and the minimum is within a thousandth of
    the size of w along the run, or what is left is rounding. A target that was reached counts as such."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        record, place = evidence.record, evidence.place
        outcome = evidence.outcome
        if outcome is None or outcome.failed:
            return None
        if outcome is Outcome.F_TARGET:
            return Finding(CLEAR, (record.reason,), record.nit, "target")
        if place is None:
            return unlooked(evidence)
        if evidence.kinked:
            return pointed(evidence)
        if place.negative and not shallow(evidence):
            return None
        left, share = evidence.gap, evidence.share_left
        tiny = left <= 1e3 * evidence.rounding or place.slope == 0
        met = outcome is Outcome.CONVERGED
        near = place.distance <= 1e-3 * max(evidence.scale, 1e-12)
        flat = place.unbent <= 1e-3 * place.slope or place.unbent <= 1e-7 * max(place.size, 1e-300) * evidence.scale
        small = share <= 1e-12 or (share <= 1e-8 and near)
        by_gradient = met and "gradient component" in record.reason
        if not (tiny and flat) and not (met and (share <= SETTLED or by_gradient)) and not (small and flat):
            return None
        if evidence.noisy and not (tiny or small):
            return None
        least = f"f is {number(record.f)}, {number(left, 2)} from the minimum by the curvature there"
        bend = f"curvatures {number(place.smallest)} to {number(place.largest)}"
        reason = (record.reason,) if met else ()
        began = evidence.trace.below(record.sign * record.f + 1e-6 * max(evidence.fallen, 0.0))
        sure = met or small or tiny
        return Finding(CLEAR if sure else LIKELY, (*reason, f"{least}; {bend}"), began)


def shallow(evidence: Evidence) -> bool:
    """Whether a negative curvature is too small to matter: where f is flat to rounding at the size of w."""
    place = evidence.place
    assert place is not None
    return abs(place.smallest) * evidence.scale**2 <= 1e3 * evidence.rounding


def unlooked(evidence: Evidence) -> Finding | None:
    """From the record alone."""
    record = evidence.record
    if evidence.outcome is not Outcome.CONVERGED:
        return None
    first = evidence.trace.gradients
    if "gradient" not in record.reason and first is not None and first.size > 1 and first[-1] > 1e-3 * np.nanmax(first):
        return None
    held = "gradient" in record.reason
    return Finding(CLEAR if held and evidence.problem is None else LIKELY, (record.reason,), record.nit)


def pointed(evidence: Evidence) -> Finding | None:
    """Where f has kinks a gradient need not vanish; a tolerance that was met is what there is."""
    if evidence.outcome is not Outcome.CONVERGED:
        return None
    by_gradient = "gradient component" in evidence.record.reason
    note = "f has kinks here, so that its curvature does not say how near the minimum is"
    return Finding(CLEAR if by_gradient else LIKELY, (evidence.record.reason, note), evidence.record.nit)
