"""The error swings to and fro, and the swings die away slowly or not at all."""

import numpy as np

from ....base.text import number
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["Ringing"]

SHARE = 0.5
GAIN, MUCH = 1.5, 3.0
AGAIN = 2.0
LONG = 25.0
NEGATIVE = 3.1
"""Radians from which on a root counts as negative."""


class Ringing:
    """Most of what is left of f is in modes whose iteration matrix has a negative or complex root so near the unit
    circle that they swing through zero twice or more while they fall by a factor e, and another learning rate (or
    momentum) would take them to a thousandth in a third of the iterations, or in two thirds where that takes more than
    twice those made; complex roots count where swings take 25 iterations or more to fall by e. Or w goes round a cycle
    of 2 to 32 iterations. Or, where there is no such matrix, the steps along the direction in which they are longest
    turn back regularly, and hardly get shorter."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        trace = evidence.trace
        if evidence.noisy or evidence.failed or trace.nit < 4:
            return None
        if trace.cycle:
            return cycling(evidence)
        found = by_modes(evidence)
        return found if found is not None else by_steps(evidence)


def by_modes(evidence: Evidence) -> Finding | None:
    dynamics, swing = evidence.dynamics, evidence.trace.swing
    if dynamics is None or dynamics.roots is None or dynamics.dominant is None or evidence.kinked:
        return None
    if dynamics.swinging_share < SHARE:
        return None
    more, gain = dynamics.gain(dynamics.swinging)
    if not (gain >= MUCH or (gain >= GAIN and more > AGAIN * evidence.trace.nit)):
        return None
    energies = np.where(dynamics.swinging, dynamics.energies, 0.0)
    k = int(energies.argmax())
    radius, angle = float(dynamics.roots.radius[k]), float(dynamics.roots.angle[k])
    fading = float(-1 / min(np.log(radius), -1e-12))
    if angle < NEGATIVE and fading < LONG:
        return None  # what momentum of 0.9 does while it settles
    if swing is not None and not swing.turns > 0 and np.pi / angle < 0.5 * swing.rows:
        return None  # rows show the opposite of what the quadratic has
    part = evidence.dynamics.part_of_limit if evidence.dynamics else float("nan")
    sense = "a negative root" if angle >= NEGATIVE else "a complex root"
    what = (
        f"{100 * dynamics.swinging_share:.0f} % of what is left of f swings, most along the direction of curvature "
        f"{number(float(dynamics.place.values[k]))}: {sense} of size {number(radius, 5)}, there and back in "
        f"{number(2 * np.pi / angle, 3)} iterations, e times smaller after {number(fading, 3)}"
    )
    seen = ""
    if swing is not None and swing.turns > 0:
        seen = f"steps turned back in {100 * swing.turns:.0f} % of the last {swing.rows:,} iterations"
    near = f"learning_rate x curvature is {number(part, 3)} of the stability limit" if np.isfinite(part) else ""
    along = "" if evidence.mode is None else evidence.mode.how_it_swings
    return Finding(CLEAR if seen else LIKELY, tuple(filter(None, (what, along, seen, near))), 0, "modes")


def cycling(evidence: Evidence) -> Finding | None:
    trace = evidence.trace
    rows = trace.recent
    extent = float(np.ptp(rows[-trace.cycle * 3 :], axis=0).max())
    what = f"w goes round a cycle of {trace.cycle} iterations, {number(extent, 3)} wide, and does not close in"
    kink = "f has a kink there: steps cross it and no constant rate comes to rest" if evidence.kinked else ""
    return Finding(CLEAR, tuple(filter(None, (what, kink))), 0, "kink" if kink else "cycle")


def by_steps(evidence: Evidence) -> Finding | None:
    """From the rows alone: for rules without a matrix, and where f has kinks."""
    swing = evidence.trace.swing
    dynamics = evidence.dynamics
    known = dynamics is not None and dynamics.roots is not None and not evidence.kinked and evidence.constant
    if swing is None or known or swing.rows < 8 or not swing.turns >= 0.05:
        return None
    slow = swing.kept >= 0.5 if swing.rows < 100 else swing.kept >= 0.2
    if not slow or evidence.trace.straightness > 0.3:
        return None
    what = (
        f"steps turn back in {100 * swing.turns:.0f} % of the last {swing.rows:,} iterations, and those at the end are "
        f"{number(100 * swing.kept, 3)} % as long as before"
    )
    kink = "f has a kink there: curvature says nothing about it" if evidence.kinked else ""
    sure = swing.turns >= 0.4 and swing.kept >= 0.8
    return Finding(CLEAR if sure else LIKELY, tuple(filter(None, (what, kink))), 0, "kink" if kink else "steps")
