"""A function of two variables in colour over its box, its minima named."""

from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number, vector
from . import drawing, style
from .display import Display
from .levels import gaps_note, levels_of
from .path import size_of
from .plane import box_window, labels_of, plane_of, values_on
from .rows import checked_title, what_f_is

__all__ = ["surface_of"]


def surface_of(problem: Any, *, box: Any = None, points: int = 200, title: str | None = None) -> Display:
    """f in colour over ``box`` (the problem's own where None), on ``points`` by ``points`` points.

    ``data``: x (p,), y (p,), values (p, p), window (2, 2), levels, log, floor, minima (m, 2) in the window, minimum_f.
    """
    if getattr(problem, "n", None) != 2:
        raise ArgumentError(
            f"surface_of needs a problem of two variables; this one has {getattr(problem, 'n', 'no n')}; "
            "use path_of, which takes a plane through the run"
        )
    if isinstance(points, bool) or not isinstance(points, (int, np.integer)):
        raise ArgumentTypeError(f"points must be a whole number of at least 2; got {points!r}")
    if points < 2:
        raise ArgumentError(f"points must be a whole number of at least 2; got {points!r}")
    if box is None and problem.box is None:
        raise ArgumentError("box is missing: this problem has none of its own; pass box=steepest.Box(lower, upper)")
    checked_title(title)
    window = box_window(problem.box if box is None else box, 2)
    plane = plane_of(np.zeros((1, 2)), np.zeros(2))
    grid = values_on(problem, plane, window, int(points))
    known = problem.minimum
    minima = np.empty((0, 2)) if known is None else np.atleast_2d(np.asarray(known.w, dtype=float))
    data = {
        "view": "surface", "title": f"{problem.name}, the function" if title is None else title,
        "note": getattr(problem, "formula", "") and f"f = {style.typeset_formula(problem.formula)}",
        "labels": labels_of(plane, problem),
        "f_label": what_f_is(problem), "window": window, **grid,
        **levels_of(grid["values"], None if known is None else float(known.f)),
        "minima": minima[drawing.inside(minima, window)], "minimum_f": None if known is None else float(known.f),
    }  # fmt: skip
    return Display(data, draw, size_of(data))


def draw(ax: Any, data: dict[str, Any]) -> Any:
    filled = drawing.ground(ax, data, upto=0.9)
    drawing.colour_bar(ax, filled, data)
    found, (low, high) = data["minima"], data["window"].T
    for point in found:
        drawing.cross(ax, point[None])
        named = f"minimum {number(data['minimum_f'])} at " if len(found) == 1 else ""
        right, up = (point - low) / (high - low) < 0.5
        ax.annotate(
            style.minus_signs(named + vector(point, 3)), tuple(point), xytext=(14 if right else -14, 26 if up else -26),
            textcoords="offset points", ha="left" if right else "right", va="center", fontsize=style.SMALL, zorder=9,
            bbox={"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
            arrowprops={"arrowstyle": "-", "color": style.INK, "linewidth": style.THIN, "shrinkA": 0, "shrinkB": 6},
        )  # fmt: skip
    many = f"{len(found)} minima, all {number(data['minimum_f'])}" if len(found) > 1 else ""
    style.heading(ax, data["title"], "\n".join(filter(None, (data["note"], many, gaps_note(data["values"])))))
    ax.set_xlabel(data["labels"][0])
    ax.set_ylabel(data["labels"][1])
    return ax
