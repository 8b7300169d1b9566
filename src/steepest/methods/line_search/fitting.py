"""Which rules a line search serves: those that step by learning_rate x direction and remember no learning rate."""

from typing import Any

import numpy as np

from ...base.xp import numpy_functions as xp
from ..rule import label

__all__ = ["fits", "stepped"]

UPDATES, SIZE = 5, 3


def fits(rule: Any) -> str | None:
    """None where a line search can choose the learning rate of ``rule``, else one sentence that says why not.

    Found by running the rule, whose other fields must be numbers, on random gradients with learning rates 1 and 2: from
    the same slots the second step must be twice the first, and the slots after it must be the same.
    """
    name = label(rule)
    if "learning_rate" not in rule._fields:
        return f"{name} has no learning_rate for a line search to choose"
    for method, does in (("look", "takes its gradient elsewhere"), ("read", "reports f elsewhere")):
        if hasattr(rule, method):
            return f"{name} {does} than at w, where a line search needs value and gradient; use a rule that does not"
    doubles, forgets = probed(rule)
    if not forgets:
        owner = f"the velocity of {name}" if "momentum" in rule._fields else f"what {name} remembers"
        return f"{owner} holds the learning rate, which a line search changes afterwards; {way_out(rule)}"
    if not doubles:
        return f"the step of {name} is not learning_rate x a direction, which a line search needs; use another rule"
    return None


def way_out(rule: Any) -> str:
    if "rate_outside" in rule._fields and fits(rule._replace(rate_outside=True)) is None:
        return "use rate_outside=True"
    return "use another rule"


def probed(rule: Any) -> tuple[bool, bool]:
    """Whether twice the learning rate doubles the step, and whether it leaves the slots as they are."""
    random = np.random.default_rng(0)
    once, twice = rule._replace(learning_rate=1.0), rule._replace(learning_rate=2.0)
    w = random.normal(size=SIZE)
    slots = once.init(w, xp)
    doubles = forgets = True
    with np.errstate(all="ignore"):
        for t in range(1, UPDATES + 1):
            f, g = random.normal(), random.normal(size=SIZE)
            step, after = stepped(once, w, f, g, slots, float(t))
            long_step, after_long = stepped(twice, w, f, g, slots, float(t))
            doubles &= np.allclose(long_step, 2 * np.asarray(step), rtol=1e-9, atol=0)
            forgets &= all(np.allclose(a, b, rtol=1e-9, atol=0) for a, b in zip(after, after_long, strict=True))
            w, slots = w + step, after
    return doubles, forgets


def stepped(rule: Any, w: Any, f: float, g: Any, slots: Any, t: float) -> Any:
    """``(step, slots)`` of a rule, element by element or of the whole vector."""
    return rule.update(w, g, slots, t, xp) if hasattr(rule, "update") else rule.step(w, f, g, slots, t, xp)
