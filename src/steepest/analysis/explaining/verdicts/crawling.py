"""Steady, and much too slow."""

import numpy as np

from ....base.text import count, number, times
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["Crawling"]

AGAIN = 2.0
SLOW = 50.0
GAIN = 10.0
LATE = 0.05
DECADES, THIRD = 13.8, 1 / 3
"""Factors e to a millionth; a run that has made less than a third of them is far from its end."""


class Crawling:
    """f falls, and to bring what is left of it to its target (1e-6 of f0 - f*, and a thousandth of what is left at
    most) would take more than twice the iterations made, with 50 or more for each factor e; or half as many as made,
    where the best learning rate would take a tenth (too small a rate). Where f falls like a power of the iterations,
    for curvature vanishes at the minimum, the count is of that power. Without curvature: steps lead straight on, and
    would have to go on for more than twice as long to come to the minimum; or f falls at nearly every row, by less than
    a twentieth of its whole fall in the second half, with the gradient still there. Epochs: f falls at nearly every
    one, and needs more of them than were made for the next factor e."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        trace = evidence.trace
        if evidence.failed or trace.nit < 2:
            return None
        if evidence.stochastic:
            return crawling_epochs(evidence)
        more, nit = evidence.more, trace.nit
        if evidence.noisy:
            return None
        if np.isnan(more):
            return straight_on(evidence) or fading(evidence) or by_rate(evidence)
        slow = more > AGAIN * nit and more > SLOW * np.log(max(evidence.gap / evidence.target, np.e))
        small = evidence.speedup >= GAIN and more >= 0.5 * nit
        if not slow and not small:
            return straight_on(evidence)
        dynamics = evidence.dynamics
        needs = f"about {count(round(more), 'more iteration')}" if more < 1e9 else "more than a billion iterations"
        what = f"f is {number(evidence.gap, 3)} above the minimum by the curvature here; {needs} at this rate"
        if evidence.power is not None:
            what = (
                f"sublinear: f falls like t^-{number(evidence.power.power, 2)}, for its curvature fades on the way; it "
                f"is about {number(evidence.power.left, 2)} above the minimum, and {needs} would do"
            )
        cause, why = "conditioned", ""
        if dynamics is not None and dynamics.roots is not None:
            part = dynamics.part_of_limit
            cause, why = reason(evidence, small or evidence.speedup >= 3, part)
        decay = trace.decay
        fitted = f"the tail falls by {number(100 * -np.expm1(-2 * decay.late), 3)} % an iteration" if decay else ""
        began = began_at(evidence)
        sure = bool(more > AGAIN * nit)
        along = along_modes(evidence, began)
        return Finding(CLEAR if sure else LIKELY, tuple(filter(None, (what, along or fitted, why))), began, cause)


def along_modes(evidence: Evidence, began: int) -> str:
    """Where the error lies, and where it lay when the crawling began, if that was elsewhere."""
    mode = evidence.mode
    if mode is None:
        return ""
    then = evidence.lead_at(began)
    if then is None or then.first == mode.lead.first:
        return mode.what_is_left
    return f"{mode.what_is_left}; when that began {100 * then.share:.0f} % lay along {then.name}"


def reason(evidence: Evidence, small: bool, part: float) -> tuple[str, str]:
    """Why it is slow: the rate, or the spread of curvatures."""
    dynamics = evidence.dynamics
    assert dynamics is not None
    place = dynamics.place
    if small and part < 0.5:
        return "rate", (
            f"learning_rate {number(dynamics.rate)} is {number(100 * part, 2)} % of the stability limit "
            f"{number(dynamics.stability_limit)}; the best one would be {times(evidence.speedup)} as quick"
        )
    bent = place.values[place.bent]
    if bent.size > 1 and dynamics.dominant is not None:
        low = float(place.values[dynamics.dominant])
        return "conditioned", (
            f"curvature {number(low)}, where what is left lies, is {times(place.largest / low)} smaller than the "
            f"largest, {number(place.largest)}, which bounds the rate"
        )
    return "conditioned", ""


def straight_on(evidence: Evidence) -> Finding | None:
    """Steps that all lead one way, towards a minimum that is far for their size."""
    trace, place = evidence.trace, evidence.place
    if not trace.straightness > 0.9 or not trace.pace > 0:
        return None
    linear = evidence.dynamics is not None and evidence.dynamics.roots is not None and evidence.constant
    if place is None or linear or place.negative or not place.distance > 0:
        return None
    needed = place.distance / trace.pace
    if not needed > AGAIN * trace.nit or not evidence.share_left > 1e-6:
        return None
    what = (
        f"steps lead straight on, {number(trace.pace, 3)} each, and the minimum is about {number(place.distance, 3)} "
        f"away: {count(round(needed), 'more iteration')}"
    )
    return Finding(CLEAR if needed > 5 * trace.nit else LIKELY, (what,), 0, "rate")


def fading(evidence: Evidence) -> Finding | None:
    """Where no quadratic says what is left: f falls at nearly every row, by next to nothing of what it fell before."""
    trace = evidence.trace
    gradients = trace.gradients
    if trace.tail.size < 20 or not evidence.fallen > 0 or not trace.drift.down > 0.95 or evidence.kinked:
        return None
    late = float(trace.tail[0]) - trace.f_end
    if not late < LATE * evidence.fallen or gradients is None or not gradients[-1] > 1e-4 * np.nanmax(gradients):
        return None
    what = (
        f"f fell by {number(late, 3)} over the last {trace.tail.size:,} rows, of {number(evidence.fallen, 3)} in all, "
        f"while the gradient is still {number(float(gradients[-1]), 3)}"
    )
    part = float("nan") if evidence.dynamics is None else evidence.dynamics.part_of_limit
    small = part < 0.1
    by_now = "" if evidence.constant else ", as it is by now,"
    why = f"learning_rate{by_now} is {number(100 * part, 2)} % of the stability limit here" if small else ""
    cause = "rate" if small else "conditioned"
    return Finding(CLEAR if small else LIKELY, tuple(filter(None, (what, why))), began_at(evidence), cause)


def by_rate(evidence: Evidence) -> Finding | None:
    """From the record alone: a steady decay that is far from its end."""
    decay, nit = evidence.trace.decay, evidence.trace.nit
    if evidence.place is not None or decay is None or not decay.steady or not decay.late > 0:
        return None
    swing = evidence.trace.swing
    if not evidence.fallen > 0 or 2 * decay.late * nit > THIRD * DECADES or 2 * decay.late > 1 / SLOW:
        return None
    if swing is not None and swing.turns > 0.02:
        return None
    what = (
        f"the tail falls by {number(100 * -np.expm1(-2 * decay.late), 3)} % an iteration: a millionth of f0 - f* takes "
        f"about {count(round(DECADES / (2 * decay.late)), 'iteration')}"
    )
    return Finding(LIKELY, (what,), 0, "rate")


def crawling_epochs(evidence: Evidence) -> Finding | None:
    """Epochs that all go down, by little of what is left."""
    trace, gap = evidence.trace, evidence.gap
    drift = trace.drift
    if drift.rows < 4 or not drift.down > 0.9 or not gap > 0 or not evidence.share_left > 1e-3:
        return None
    per_row = drift.fall / max(drift.rows / 2, 1)
    needed = gap / per_row if per_row > 0 else float("inf")
    if not needed > trace.nit:
        return None
    epochs = f"about {count(round(needed), 'more epoch')} for a factor e" if needed < 1e9 else "no end in sight"
    what = f"f falls at every epoch by {number(per_row, 2)}, and is {number(gap, 3)} above the minimum: {epochs}"
    return Finding(CLEAR if needed > 3 * trace.nit else LIKELY, (what,), 0, "rate")


def began_at(evidence: Evidence) -> int:
    """The row from which on less than a tenth of the whole fall was made."""
    trace = evidence.trace
    if not trace.recorded or not evidence.fallen > 0:
        return 0
    return trace.below(trace.f_end + 0.1 * evidence.fallen)
