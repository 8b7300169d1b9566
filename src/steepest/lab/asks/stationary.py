"""``stationary``: the minima, saddles and maxima of a function of two variables in a window."""

from typing import Any

from ...analysis.stationary import stationary_points
from ..reading import problem_of, start_of
from ..work import Job
from .problem import window_for, window_given

__all__ = ["ask"]

slow = True


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start"?, "view"?}``: ``{"points": [{"kind", "w", "f"}, ...]}``; none but in two variables."""
    problem = problem_of(arguments.get("problem"))
    if problem.n != 2:
        return {"points": []}
    start = start_of(arguments.get("start"), problem)
    window = window_given(arguments["view"], 2) if "view" in arguments else window_for(problem, start)
    return {"points": [{"kind": one.kind, "w": list(one.w), "f": one.f} for one in stationary_points(problem, window)]}
