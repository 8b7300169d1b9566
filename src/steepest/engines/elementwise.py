"""Which rules a compiled loop can run."""

from typing import Any

import numpy as np

from ..base.text import listing
from ..base.xp import numpy_functions

__all__ = ["MOST_SLOTS", "why_not_compiled", "why_not_elementwise"]

MOST_SLOTS = 6
"""The kernels are written out for so many."""


def why_not_compiled(rule: Any) -> str | None:
    """None where the kernels can run the rule, of single numbers or of the whole vector, else what it lacks."""
    if hasattr(rule, "runs_in") and "numba" not in rule.runs_in:
        return f"{type(rule).__name__} runs in {listing(rule.runs_in)}"
    for name, value in zip(rule._fields, rule, strict=True):
        if not isinstance(value, (float, int)) and not (value is None and name == "learning_rate"):  # None is "auto"
            return "a field of the rule is no number"
    if len(rule.init(np.zeros(1), numpy_functions)) > MOST_SLOTS:
        return f"the rule has more than {MOST_SLOTS} slots"
    return None


def why_not_elementwise(rule: Any) -> str | None:
    """The same for loops that need a rule of single numbers."""
    if not callable(getattr(rule, "update", None)):
        return "the rule has no element-wise update"
    return why_not_compiled(rule)
