"""The caller's gradient is not that of f."""

from ....base.text import listing, number
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["WrongGradient"]


class WrongGradient:
    """Along the gradient, along each variable (up to 12) or along a few random directions, the slope that the caller's
    gradient claims differs by more than 1 % from a central difference of f, at half or more of the points looked at
    (the start, half-way, the end, and one beside each end), or at both beside. Kinks and noise, where two differences
    disagree, do not count."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        found = evidence.mismatch
        if found is None:
            return None
        claimed, seen = number(found.claimed), number(found.found)
        if found.kind == "uphill":
            what = (
                f"the gradient points uphill: along it f changes by {seen} a unit, not by {claimed}; its sign is wrong"
            )
        elif found.kind == "factor":
            what = (
                f"the gradient is {number(1 / found.factor, 3)} times what it should be in every direction: "
                f"{claimed} in place of {seen}"
            )
        elif found.components:
            named = listing((f"[{k}]" for k in found.components), "and")
            what = (
                f"component{'s' * (len(found.components) > 1)} {named} of the gradient: {claimed}, where f says {seen}"
            )
        else:
            what = f"the gradient claims a slope of {claimed} where differences of f find {seen}"
        seen_at = f"seen at {found.off} of {found.points} points of the run"
        return Finding(CLEAR if found.off > 1 else LIKELY, (what, seen_at), 0, found.kind)
