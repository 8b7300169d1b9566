"""f or its gradient has no number where a step led."""

import numpy as np

from ....base.text import number, vector
from ....records.outcome import Outcome
from ..evidence import Evidence
from ..finding import CLEAR, Finding

__all__ = ["OutOfDomain"]


class OutOfDomain:
    """The run ended NOT_FINITE while f was not above its start by more than a hundred times its range before (which
    would be ``diverging``): the step led to where f, or its gradient, has no number."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        record = evidence.record
        if evidence.outcome is not Outcome.NOT_FINITE:
            return None
        at = f"{evidence.unit} {record.trouble_at:,}"
        if record.nit == 0:
            return Finding(CLEAR, (f"f has no number at the start, w = {vector(record.w0)}",), 0)
        before = f"the last row with a number has f = {number(record.f)} at w = {vector(record.w)}"
        w = record.history.w
        went = ""
        if w is not None and len(w) and np.isfinite(w[-1]).all():
            went = f"; the step from there led to w = {vector(w[-1])}"
        elif w is not None and len(w):
            went = "; the gradient there is not finite"
        return Finding(CLEAR, (f"f has no number at {at}", f"{before}{went}"), record.trouble_at)
