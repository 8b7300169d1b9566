"""The steps grow instead of shrinking."""

from itertools import pairwise

import numpy as np

from ....base.text import number, times
from ....records.outcome import Outcome
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["Diverging"]


THROWN = 10.0


class Diverging:
    """The run ended DIVERGED; or its last numbers before a row without one stand above both the start and a hundred
    times the range of f before; or f rose over the last rows to its highest value, above its start, while the learning
    rate exceeds the stability limit at the start or at the end (likely where no limit is known). Likely too where f
    stays ten times |f| of the start above it over the second half, however it came there."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        record, trace = evidence.record, evidence.trace
        if evidence.outcome is Outcome.DIVERGED:
            return blown_up(evidence, record.trouble_at)
        if not trace.recorded or trace.last < 1:
            return None
        f = trace.f[: trace.last + 1]
        early = f[: max(2, f.size // 2)]
        reach = max(abs(float(f[0])), float(np.ptp(early)), 1e-300)
        began = trace.first_at(f > f[0]) if f[-1] > f[0] else record.trouble_at
        if evidence.outcome is Outcome.NOT_FINITE:
            if exploded(evidence, reach):
                return blown_up(evidence, began)
            return None
        rows = min(5, f.size - 1)
        risen = rows >= 2 and bool((np.diff(f[-rows - 1 :]) > 0).all())
        top = bool(f[-1] >= f.max() and f[-1] > f[0] + 1e-9 * abs(f[0]))
        alternating = f.size > 8 and envelope_grows(f)
        rising = (top and (risen or alternating)) or (alternating and f[-1] > f[0])
        if rising and not (evidence.noisy and not f[-1] > 100 * reach):
            part = limit_part(evidence)
            if part > 1:
                return blown_up(evidence, began)
            if np.isnan(part) and f[-1] - f[0] > 10 * reach:
                return Finding(LIKELY, (grown_text(evidence),), began, "rate")
        if not evidence.noisy and trace.tail.min() - f[0] > THROWN * abs(float(f[0])):
            thrown = f"f ended at {number(record.f)}, far above its start {number(record.sign * float(f[0]))}"
            return Finding(LIKELY, tuple(filter(None, (thrown, rate_sentence(evidence)))), began, "rate")
        return None


def blown_up(evidence: Evidence, began: int) -> Finding:
    return Finding(CLEAR, tuple(filter(None, (grown_text(evidence), rate_sentence(evidence)))), began, "rate")


def exploded(evidence: Evidence, reach: float) -> bool:
    """Whether a run whose f has no number at last had grown before: in f, in w, or to infinity in one step."""
    trace, w = evidence.trace, evidence.record.history.w
    f = trace.f[: trace.last + 1]
    if f[-1] - f[0] > 100 * reach:
        return True
    after = trace.f[trace.last + 1 :]
    if w is not None and len(w) > trace.last + 1:
        with np.errstate(all="ignore"):
            far = float(np.linalg.norm(w[trace.last + 1]))
        size = max(1.0, float(np.linalg.norm(w[: trace.last + 1], axis=1).max()))
        if not far < 1e3 * size and trace.last > 0 and not np.isnan(far):
            return True
    return bool(after.size and after[0] == np.inf and f[-1] > f[0] and limit_part(evidence) > 1)


def envelope_grows(f: np.ndarray) -> bool:
    """Whether the peaks of f rise from quarter to quarter, geometrically."""
    parts = [float(part.max()) for part in np.array_split(f - f.min(), 4)]
    return all(b > 1.05 * a for a, b in pairwise(parts))


def limit_part(evidence: Evidence) -> float:
    """learning_rate x curvature / factor, the larger of that at the start and at the end; NaN where neither is
    known."""
    if evidence.rule is None or evidence.stochastic:
        return float("nan")
    places = [place for place in (evidence.at_start, None if evidence.failed else evidence.place) if place is not None]
    parts = [evidence.dynamics_at(place).part_of_limit for place in places]
    parts = [part for part in parts if np.isfinite(part)]
    return max(parts) if parts else float("nan")


def grown_text(evidence: Evidence) -> str:
    record, trace = evidence.record, evidence.trace
    f0, f = evidence.f_start, trace.f_end
    if not np.isfinite(f0):
        return f"f stands at {number(record.f)}"
    if f0 == 0 or f <= f0:
        return f"f went from {number(record.sign * f0)} to {number(record.f)}"
    ratio = abs(f) / abs(f0)
    return f"f is {number(record.f)}, {times(ratio)} its start" if ratio > 2 else f"f rose to {number(record.f)}"


def rate_sentence(evidence: Evidence) -> str:
    """The learning rate against its limit, from the record's own hint or from the places."""
    if evidence.record.why:
        return evidence.record.why
    if evidence.rule is None or evidence.stochastic or evidence.at_start is None:
        return ""
    here = evidence.dynamics_at(evidence.at_start)
    if here.limit is None or not here.place.largest > 0:
        return ""
    edge = here.limit.factor / here.place.largest
    if here.rate > edge:
        return (
            f"learning_rate {number(here.rate)} is above {number(edge)}, the stability limit at the start: "
            f"{number(here.limit.factor)} / curvature {number(here.place.largest)}"
        )
    return (
        f"learning_rate {number(here.rate)} is below {number(edge)}, the limit at the start; curvature grew on the way"
    )
