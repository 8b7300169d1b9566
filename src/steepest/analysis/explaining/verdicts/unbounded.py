"""f has no least value along the way the run went."""

import numpy as np

from ....base.text import number
from ....records.outcome import Outcome
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["Unbounded"]


class Unbounded:
    """The run ended UNBOUNDED, or f fell at every row of its second half (to -inf at last, maybe) without its steps
    growing shorter and, probed along the way the run went, falls as steeply up to a million times as far."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        record, trace = evidence.record, evidence.trace
        climbing = record.sign < 0
        verb, other = ("rises", "fall") if climbing else ("falls", "rise")
        f = number(record.f)
        if evidence.outcome is Outcome.UNBOUNDED:
            size = number(float(np.linalg.norm(record.w)))
            return Finding(CLEAR, (f"f {verb} without bound: {f} at |w| = {size}, and no slower than before",), 0)
        if not trace.recorded or len(trace.f) < 5 or evidence.stochastic or not evidence.fallen > 0:
            return None
        last = trace.f[-1]
        sank = last == -np.inf or (np.isnan(last) and record.sign * record.f < -1e150)
        falling = bool((np.diff(trace.tail) < 0).all()) and trace.tail.size > 2
        if sank and falling:
            return Finding(CLEAR, (f"f {verb} beyond all numbers and did not {other} at any row before",), 0)
        if not falling or evidence.outcome is Outcome.CONVERGED or evidence.bounds is not None:
            return None
        if trace.straightness < 0.9 or shrinking(trace) or not evidence.bottomless:
            return None
        far = number(1e6 * evidence.scale, 2)
        return Finding(
            LIKELY, (f"f {verb} at every row, {f} by now, and as steeply up to a distance of {far} along that way",), 0
        )


def shrinking(trace: "object") -> bool:
    """Whether the fall of f in a row is less at the end than half-way."""
    falls = -np.diff(trace.tail)  # type: ignore[attr-defined]
    third = max(1, falls.size // 3)
    return bool(falls[-third:].mean() < 0.8 * falls[:third].mean())
