"""A minimum, but f is lower elsewhere."""

import numpy as np

from ....base.text import count, number
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["InALocalMinimum"]

PART = 1e-3


class InALocalMinimum:
    """The run rests (see ``converged``; its gap to the quadratic's minimum is below a thousandth of what follows), no
    curvature is negative, and another run of the problem, or the known minimum, is lower by more than a thousandth of
    f0 - f."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        if evidence.failed or not at_rest(evidence):
            return None
        sign, f = evidence.record.sign, evidence.trace.f_end
        place = evidence.place
        if place is not None and place.negative and not evidence.kinked:
            return None
        lows = [sign * other.f for other in evidence.others if other.outcome is None or not other.outcome.failed]
        lows = [low for low in lows if np.isfinite(low)]
        known = evidence.known_least
        low = min([*lows, known] if np.isfinite(known) else [*lows, f])
        below = f - low
        fallen = max(evidence.fallen, 0.0) if np.isfinite(evidence.fallen) else 0.0
        if not below > max(PART * (fallen + below), 1e-9 * abs(f), 1e-12):
            return None
        gap = evidence.gap
        if np.isfinite(gap) and not gap < 0.05 * below:
            return None
        lower = sum(value < f - 0.5 * below for value in lows)
        what = f"f rests at {number(evidence.record.f)}"
        better = "lower" if sign > 0 else "higher"
        if lower:
            what += f"; {lower} of {count(len(lows), 'other run')} ended {better}, the best by {number(below)}"
        else:
            what += f", {number(below)} above the known minimum {number(sign * known)}"
        rests = evidence.outcome is not None and evidence.outcome.success
        return Finding(CLEAR if rests else LIKELY, (what,), evidence.trace.below(f + 0.01 * max(fallen, below)))


def at_rest(evidence: Evidence) -> bool:
    """Whether it has settled: by its tolerance, or no further fall is in sight."""
    if evidence.outcome is not None and evidence.outcome.success:
        return True
    return (
        bool(evidence.share_left <= 1e-4)
        and evidence.place is not None
        and evidence.place.unbent <= 1e-6 * max(evidence.place.size * evidence.scale, 1e-300)
    )
