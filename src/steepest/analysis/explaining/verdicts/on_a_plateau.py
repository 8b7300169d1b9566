"""Hardly any slope or curvature, and f is not near its minimum."""

import numpy as np

from ....base.text import number
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding

__all__ = ["OnAPlateau"]

FLAT = 1e-3
NEAR = 1e-5
PART = 0.01


class OnAPlateau:
    """A step of the size of w (at least 1) would change f by less than a thousandth of what lies between f and the
    lowest value known of it, by slope and by curvature, and a tenth of such a step does change it by less than 1e-5 of
    that; f has not come down by a hundred times as much. The lowest value is that of the problem's known minimum, of
    its box, of other runs, or of points as far away as w is large; of points ten times as far only where f changes by
    less than 1e-9 of it near by, since a power of the distance would not."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        place, around = evidence.place, evidence.surroundings
        if place is None or around is None or evidence.failed or evidence.kinked or evidence.noisy:
            return None
        f = evidence.trace.f_end
        others = [evidence.record.sign * other.f for other in evidence.others]
        known = [value for value in (evidence.known_least, *others) if np.isfinite(value)]
        known += [around.in_box] if np.isfinite(around.in_box) else []
        near = around.change(2)
        left = max([float(around.lower[:4].max()), f - evidence.trace.f_least, *(f - value for value in known)])
        if near <= 1e-9 * around.lower[4]:
            left = max(left, float(around.lower[4]))
        size = max(1.0, float(np.abs(evidence.w).max()))
        change = place.slope * size + 0.5 * place.size * size**2
        # what differences cannot tell from nothing is nothing
        if not left > max(1e3 * evidence.rounding, 1e-12 * abs(f)):
            return None
        fallen = max(evidence.fallen, 0.0) if np.isfinite(evidence.fallen) else 0.0
        if not change <= FLAT * left or not near <= NEAR * left or not left > PART * fallen:
            return None
        if np.isfinite(evidence.gap) and not left > 10 * evidence.gap:
            return None
        lower = "lower" if evidence.record.sign > 0 else "higher"
        what = (
            f"all is flat at the end: gradient {number(place.slope)}, largest |curvature| {number(place.size)}; a step "
            f"of {number(size, 2)} changes f by no more than {number(change, 2)}"
        )
        where = f"f is {number(evidence.record.f)}, and known to be {number(left, 3)} {lower} elsewhere"
        gradients = evidence.trace.gradients
        began = 0
        if gradients is not None and gradients.size:
            began = evidence.trace.first_at(gradients <= max(10 * gradients[-1], 1e-300))
        rests = evidence.outcome is not None and evidence.outcome.success
        sure = rests or change <= 1e-5 * left
        return Finding(CLEAR if sure else LIKELY, (what, where), began)
