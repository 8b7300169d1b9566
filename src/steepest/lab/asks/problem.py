"""``problem``: a function as the stage shows it: its names, its window, f over it, its known minima."""

from typing import Any

import numpy as np

from ...base.box import Box
from ...base.errors import ArgumentError
from ...plots.page.run import MOST_VARIABLES, ends, flat_plane, grown_ground, variables_of
from ...plots.plane import is_equal, plane_of, values_on, window_of
from ..reading import problem_of, start_of
from ..work import Job

__all__ = ["ask", "window_given"]

slow = False
SECONDS = 0.4
"""For the ground: the page waits for it."""


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start"?, "view"?: {"x": [low, high], "y": [low, high]}}``. With a view: f over that."""
    problem = problem_of(arguments.get("problem"))
    start = start_of(arguments.get("start"), problem)
    if problem.n > MOST_VARIABLES:
        raise ArgumentError(f"problem has {problem.n:,} variables; the lab shows {MOST_VARIABLES} at most")
    found: dict[str, Any] = {
        "name": problem.name, "formula": problem.formula, "n": problem.n, "variables": variables_of(problem, problem.n),
        "gradient": problem.gradient_note, "start": start, "f": float(problem.value(start)),
        "minima": minima_of(problem),
    }  # fmt: skip
    if problem.n > 2:
        return found
    window = window_given(arguments["view"], problem.n) if "view" in arguments else window_for(problem, start)
    if problem.n == 1:
        return found | curve_of(problem, window)
    equal = bool(is_equal(window))
    found["view"] = {"x": ends(window[0]), "y": ends(window[1])}
    return found | {"equal": equal, "ground": grown_ground(problem, flat_plane(), window, equal, 1.0, SECONDS)}


def minima_of(problem: Any) -> list[list[float]]:
    known = problem.minimum
    return [] if known is None else np.atleast_2d(np.asarray(known.w, dtype=float)).tolist()


def window_for(problem: Any, start: Any) -> Any:
    """The customary window of a function with the start in it."""
    known = problem.minimum
    extra = None if known is None else np.atleast_2d(np.asarray(known.w, dtype=float))
    box = problem.box.fitted(problem.n) if problem.box is not None else None
    if box is None:
        reach = 1.5 * max(1.0, float(np.abs(start).max()))
        box = Box(np.full(problem.n, -reach), np.full(problem.n, reach))
    return window_of(start[None], box, extra)


def window_given(view: Any, n: int) -> Any:
    """A window that the page asks for, (n, 2)."""
    try:
        window = np.array([view["x"], view["y"]][:n], dtype=float)
    except (TypeError, KeyError, ValueError, OverflowError):
        window = np.empty(0)
    if window.shape != (n, 2) or not np.isfinite(window).all() or not (window[:, 0] < window[:, 1]).all():
        raise ArgumentError('view must be {"x": [low, high], "y": [low, high]}')
    return window


def curve_of(problem: Any, window: Any) -> dict[str, Any]:
    """f of one variable over a window that is half as wide again."""
    low, high = window[0]
    reach = 0.25 * (high - low)
    plane = plane_of(np.zeros((1, 1)), np.zeros(1))
    grid = values_on(problem, plane, np.array([[low - reach, high + reach]]))
    x, f = np.asarray(grid["x"], dtype=float), np.asarray(grid["values"], dtype=float)
    inside = f[(x >= low) & (x <= high) & np.isfinite(f)]
    bottom, top = (float(inside.min()), float(inside.max())) if inside.size else (0.0, 1.0)
    margin = 0.08 * (top - bottom) or 1.0
    return {
        "curve": np.column_stack((x, f)), "equal": False,
        "view": {"x": [float(low), float(high)], "y": [bottom - margin, top + margin]},
    }  # fmt: skip
