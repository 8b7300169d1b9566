"""Progress is lost in the noise of the gradients."""

import numpy as np

from ....base.text import number, times
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["InANoiseBall"]

LEAST = 8


class InANoiseBall:
    """Steps are random, f above its minimum (by the quadratic at the end) stays what it is: over the second half of the
    rows its mean falls by less than a quarter of what is left of it, and either between a fifth and four fifths of the
    rows go down, or f repeats itself to a hundredth of what is left while the full gradient does not vanish."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        trace, drift = evidence.trace, evidence.trace.drift
        if not evidence.noisy or evidence.failed or drift.rows < LEAST:
            return None
        gap = evidence.gap
        if evidence.kinked or not evidence.modelled or not gap > 0:
            gap = float("nan")
        least = trace.f_end - gap
        mean = float(trace.tail.mean())
        left = mean - least if np.isfinite(gap) else float("nan")
        if np.isfinite(left) and (left <= 1e3 * evidence.rounding or evidence.share_left <= 1e-12):
            return None
        restless = 0.2 <= drift.down <= 0.8
        level = drift.fall <= 2 * drift.error if np.isnan(left) else drift.fall <= 0.25 * left
        quarter = trace.tail[-max(2, trace.tail.size // 2) :]
        repeats = np.isfinite(left) and float(np.ptp(quarter)) <= 0.01 * left and stuck(evidence)
        if np.isfinite(left) and not restless and not repeats:
            repeats = closing_in(trace.tail) <= 0.25 * left and stuck(evidence)
        if not (level and restless) and not repeats:
            return None
        about, by = number(evidence.record.sign * mean), number(drift.spread, 2)
        what = f"over the last {drift.rows:,} rows f moves about {about} by {by}"
        if repeats and not restless:
            what = f"f repeats itself at {number(evidence.record.f)} {evidence.unit} after {evidence.unit}"
        progress = f"and falls by {number(max(drift.fall, 0.0), 2)} from their first half to their second"
        above = f"{number(left, 2)} above the minimum that the curvature there gives" if np.isfinite(left) else ""
        ball = evidence.ball
        if ball is not None:
            above = ball.sentence(left)
        ratio = evidence.noise_to_gradient
        batches = f"a batch's noise is {times(ratio)} the full gradient at the end" if np.isfinite(ratio) else ""
        began = trace.below(float(np.quantile(trace.tail, 0.75)))
        sure = np.isfinite(left) and (repeats or drift.fall <= max(2 * drift.error, 0.1 * left))
        return Finding(CLEAR if sure else LIKELY, tuple(filter(None, (f"{what}, {progress}", above, batches))), began)


def linear(evidence: Evidence) -> bool:
    """Whether steps are in proportion to gradients, so that their size tells how far a full one would lead."""
    return evidence.dynamics is not None and evidence.dynamics.roots is not None


def closing_in(f: np.ndarray) -> float:
    """How much further a monotone series falls if the falls of its third and last quarter go on in their ratio."""
    quarter = f.size // 2
    first, last = float(f[0] - f[quarter]), float(f[quarter] - f[-1])
    return last * last / (first - last) if first > last > 0 else float("inf") if last > 0 else 0.0


def stuck(evidence: Evidence) -> bool:
    """Whether an epoch leads less than a third as far as its full gradient would: the batches pull against each
    other."""
    w, rate = evidence.trace.w, float(getattr(evidence.rule, "learning_rate", None) or np.nan)
    place, batch = evidence.place, evidence.setup["batch_size"]
    if w is None or len(w) < 2 or place is None or batch is None or not linear(evidence) or not np.isfinite(rate):
        return False
    problem = evidence.problem
    updates = 1 if getattr(problem, "reduction", "mean") == "sum" else -(-int(problem.rows) // batch)
    drift = rate / max(1 - float(getattr(evidence.rule, "momentum", 0.0)), 1e-3) * updates * place.slope
    return float(np.linalg.norm(w[-1] - w[-2])) < 0.3 * drift
