"""The run was stopped while it was making progress."""

import numpy as np

from ....base.text import count, number
from ....records.outcome import Outcome
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, UNSURE, Finding

__all__ = ["StillFalling"]

LIMITS = (
    Outcome.MAX_ITER, Outcome.MAX_EVALS, Outcome.TIME_LIMIT, Outcome.STOPPED, Outcome.INTERRUPTED, Outcome.STALLED,
    Outcome.CONVERGED, None,
)  # fmt: skip


class StillFalling:
    """The run ended at a limit (or by a tolerance that steps met, not f) and f is lower at its end than half-way, by
    more than a thousandth of f0 - f. What is left, and how many iterations it would take, are predicted."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        trace = evidence.trace
        if evidence.outcome not in LIMITS or trace.nit < 1 or not evidence.fallen > 0:
            return None
        if trace.recorded and trace.tail.size > 2:
            late = float(trace.tail[0]) - trace.f_end
            if not late > 1e-6 * evidence.fallen:
                return None
            verb = "fell" if evidence.record.sign > 0 else "rose"
            moved = f"f {verb} by {number(late, 3)} over the second half, to {number(evidence.record.f)}"
        else:
            moved = f"f came from {number(evidence.record.sign * evidence.f_start)} to {number(evidence.record.f)}"
        left, more = "", evidence.more
        if evidence.modelled and evidence.gap > 0:
            left = f"{number(evidence.gap, 3)} is left by the curvature there"
            if np.isfinite(more):
                left += f"; about {count(round(more), 'more iteration')} would do"
        elif np.isfinite(evidence.slope):
            left = f"the gradient is {number(evidence.slope)}"
        sure = trace.nit >= 5 and evidence.place is not None and bool(left)
        return Finding(CLEAR if sure and np.isfinite(more) else LIKELY if sure else UNSURE, (moved, left), 0)
