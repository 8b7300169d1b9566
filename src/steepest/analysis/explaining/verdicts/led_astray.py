"""The steps of batches do not lead downhill on average, however small they are, though the gradients do."""

from ....base.text import number, times
from ..evidence import Evidence
from ..finding import CLEAR, Finding

__all__ = ["LedAstray"]


class LedAstray:
    """Steps are those of batches, by a rule that keeps nothing from one to the next. f rises over the second half of
    the rows by more than twice the error that their spread leaves, or ends above its start; and at the end the steps of
    batches lead downhill on average by less than a fifth (three standard errors included) of what their gradients do,
    as parts of their sizes, while the step of the full gradient does."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        trace, drift = evidence.trace, evidence.trace.drift
        if not evidence.stochastic or evidence.failed or trace.last < 1:
            return None
        rises = -drift.fall > 2 * drift.error
        if not (rises or trace.f_end > trace.f_start):
            return None
        found = evidence.mean_step
        if found is None or not found.astray:
            return None
        f, best = number(evidence.record.f), number(evidence.record.best.f)
        what = f"f is {f}, after {best} at its best"
        why = (
            f"gradients of batches lead downhill on average, by {number(found.gradients, 2)} of their size, and steps "
            f"do not: {number(found.steps, 2)} of theirs (error {number(found.error, 1)}); what is not in proportion "
            f"to a batch's gradient, as its signs are not, follows what most rows want, not the sum of what they want"
        )
        ratio = evidence.noise_to_gradient
        batches = f"a batch's noise is {times(ratio)} the full gradient at the end" if ratio > 0 else ""
        return Finding(CLEAR, tuple(filter(None, (what, why, batches))), trace.below(trace.f_least))
