"""Bounded, never at rest, and neighbouring paths part exponentially."""

import numpy as np

from ....base.text import number
from ....records.outcome import Outcome
from ..evidence import Evidence
from ..finding import CLEAR, Finding

__all__ = ["Chaotic"]

GROWN = 1e4
LEAST = 0.01


class Chaotic:
    """Steps are not random, f does not settle over the second half (its range there is above a millionth of that of
    the path, and between a twentieth and all but a twentieth of the rows rise), w does not come back after up to 32
    iterations, and from the end on two paths that start 1e-10 of its extent apart part at 0.01 nats an iteration or
    more, by a factor of 10,000 at least."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        trace = evidence.trace
        stopped = evidence.outcome in (Outcome.CONVERGED, Outcome.F_TARGET, Outcome.STALLED)
        if evidence.noisy or evidence.failed or stopped or trace.tail.size < 20 or trace.cycle:
            return None
        spread = float(np.ptp(trace.tail))
        if not spread > 1e-6 * max(float(np.ptp(trace.f[: trace.last + 1])), 1e-300):
            return None
        rises = float((np.diff(trace.tail) > 0).mean())
        if not 0.05 <= rises <= 0.95:
            return None
        parting = evidence.parting
        if parting is None or not (parting.rate >= LEAST and parting.times >= GROWN and parting.extent > 0):
            return None
        what = (
            f"two paths {number(1e-10, 1)} of their extent apart part {number(parting.times, 2)}-fold in "
            f"{parting.rows:,} iterations, by {number(parting.rate, 2)} nats in each: no digit of w lasts"
        )
        low, high = sorted(float(evidence.record.sign * end) for end in (trace.tail.min(), trace.tail.max()))
        where = f"f wanders between {number(low)} and {number(high)}"
        edge = ""
        if evidence.dynamics is not None and np.isfinite(evidence.dynamics.part_of_limit):
            edge = f"learning_rate x curvature stands at {number(evidence.dynamics.part_of_limit, 3)} of its limit here"
        began = trace.below(float(np.quantile(trace.tail, 0.9)))
        return Finding(CLEAR, tuple(filter(None, (what, where, edge))), began)
