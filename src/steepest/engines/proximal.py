"""Steps of any rule under an l1 penalty: the rule's own step, the penalty's slope taken as part of its gradient.

The slope of ``l1 |w|`` that a step feels is the one at its end (an implicit, or proximal, step): +l1 where it ends
above 0, -l1 below; where it would end beyond 0 either way it ends at 0, with the slope in between that brings it there
(interpolated: exact for steps linear in the gradient); the rule's slots remember that slope.
For gradient descent that is soft thresholding (ISTA: A. Beck, M. Teboulle, SIAM J. Imaging Sci. 2, 2009, eq. 1.4), for
heavy ball iPiano (P. Ochs et al., SIAM J. Imaging Sci. 7, 2014); with every rule a point stays where it is only if it
is a minimum of the penalised objective.
"""

from typing import Any

__all__ = ["implicit_step"]


def implicit_step(rule: Any, w: Any, g: Any, slots: Any, t: float, l1: Any, xp: Any) -> tuple[Any, Any]:
    """``(moved, slots)`` of one update from w, g the gradient without the penalty; arrays or single numbers."""
    low, slots_low = moved(rule, w, g + l1, slots, t, xp)
    high, slots_high = moved(rule, w, g - l1, slots, t, xp)
    above, below = low > 0.0, high < 0.0
    span = high - low
    share = xp.where(span > 0.0, high / xp.where(span > 0.0, span, 1.0), 0.5)
    _, slots_between = rule.update(w, g + l1 * (2.0 * share - 1.0), slots, t, xp)
    # 0 times their sum is 0 (never -0), but NaN where one of them is no number
    w = xp.where(above, low, xp.where(below, high, 0.0 * xp.abs(low + high)))
    return w, tuple(
        xp.where(above, a, xp.where(below, b, c)) for a, b, c in zip(slots_low, slots_high, slots_between, strict=True)
    )


def moved(rule: Any, w: Any, g: Any, slots: Any, t: float, xp: Any) -> tuple[Any, Any]:
    step, slots = rule.update(w, g, slots, t, xp)
    return w + step, slots
