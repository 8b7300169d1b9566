"""The sharpness has come to the limit of the learning rate and stays there."""

import numpy as np

from ....base.text import number
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding
from ..place import largest_at

__all__ = ["AtTheEdgeOfStability"]

BAND = (0.93, 1.07)
CAME = 0.05
"""By so much the sharpness must have changed since the start to be told from a quadratic that is run at its limit."""


class AtTheEdgeOfStability:
    """Full batches, a rule with a stability limit: the largest curvature x learning_rate / the rule's factor is between
    0.93 and 1.07 (median of the last rows), was something else at the start by 5 % or more, f does not fall at every
    row of the second half, yet lies lower at the end of it than at its beginning.

    Source: J. Cohen et al., "Gradient descent on neural networks typically occurs at the edge of stability", 2021.
    """

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        trace, dynamics = evidence.trace, evidence.dynamics
        if evidence.noisy or evidence.failed or not evidence.constant or dynamics is None or dynamics.limit is None:
            return None
        tail = trace.tail
        if tail.size < 20 or not 0.6 < dynamics.part_of_limit < 1.6 or evidence.kinked:
            return None
        rises = float((np.diff(tail) > 0).mean())
        part = max(4, tail.size // 5)
        falling = float(np.median(tail[-part:])) < float(np.median(tail[:part]))
        if not rises > 0 or not falling:
            return None
        parts, sharpness = evidence.parts_of_limit, evidence.sharpness
        if parts is None or sharpness is None or not BAND[0] <= float(np.median(parts)) <= BAND[1]:
            return None
        start, _ = largest_at(evidence.problem, evidence.record.w0)
        before = dynamics.rate * start / dynamics.limit.factor
        here = float(np.median(parts))
        if not abs(before - here) > CAME * here:
            return None
        edge = number(dynamics.limit.factor / dynamics.rate)
        what = (
            f"the sharpness {number(float(np.median(sharpness)))} stands at {number(here, 3)} of "
            f"{number(dynamics.limit.factor)} / learning_rate = {edge}; it was {number(start)} at the start"
        )
        how = f"f rises in {100 * rises:.0f} % of the last {tail.size:,} rows, and falls over all of them"
        first = np.flatnonzero(np.diff(trace.f[: trace.last + 1]) > 0)
        began = int(trace.at[first[0]]) if first.size else trace.nit
        return Finding(CLEAR if rises >= 0.02 else LIKELY, (what, how), began)
