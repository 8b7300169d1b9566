"""The gradient vanishes where f curves down in some direction."""

import numpy as np

from ....base.text import number
from ..evidence import Evidence
from ..finding import CLEAR, LIKELY, Finding
from ..place import Place

__all__ = ["AtASaddle"]

NEAR = 0.02
FLAT = 1e-3


class AtASaddle:
    """At the end the smallest curvature is negative, and a stationary point is near: the Newton step to it is at most
    2 % of the size of w along the run (or of 1), the gradient at most a thousandth of the largest on the way, or below
    its tolerance. Clear where the run ended by its tolerance or hardly moves. A start at a maximum counts too."""

    @staticmethod
    def holds(evidence: Evidence) -> Finding | None:
        place = evidence.place
        if place is None or not place.negative or evidence.failed or evidence.kinked:
            return None
        step = newton(place)
        size = max(evidence.scale, 1.0)
        if not step <= NEAR * size or step > 1e3 * NEAR * max(evidence.scale, 1e-3):
            return None
        gradients = evidence.trace.gradients
        most = float(np.nanmax(gradients)) if gradients is not None and gradients.size else np.nan
        stopped = evidence.outcome is not None and evidence.outcome.success
        if not stopped and not place.slope <= FLAT * most and evidence.record.nit > 0:
            return None
        down = int((place.values < -place.error).sum())
        point = "a saddle" if down < place.free else "a maximum"
        way = "down" if evidence.record.sign > 0 else "up"
        what = (
            f"the gradient is {number(place.slope)} at {point}: {down} of {place.free} directions lead {way}, the "
            f"steepest with curvature {number(evidence.record.sign * place.smallest)}"
        )
        near = f"the stationary point is {number(step, 2)} away"
        began = evidence.record.nit
        if gradients is not None and gradients.size:
            began = evidence.trace.first_at(gradients <= max(10 * gradients[-1], 1e-2 * most))
        return Finding(CLEAR if stopped or step <= 1e-3 * size else LIKELY, (what, near), began)


def newton(place: Place) -> float:
    """The distance to the stationary point of the quadratic."""
    real = np.abs(place.values) > max(place.error, 1e-10 * place.size)
    steps = place.along[real] / place.values[real]
    flat = float(np.linalg.norm(place.along[~real]))
    return float(np.linalg.norm(steps)) if flat <= 1e-3 * place.slope + 1e-300 else float("inf")
