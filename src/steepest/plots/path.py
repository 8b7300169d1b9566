"""The path of a run: on the curve (one variable), on contours (two), on contours of a named plane (more)."""

from typing import Any

import numpy as np

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError
from ..records.record import Record
from . import drawing, style
from .display import Display
from .levels import gaps_note, levels_of
from .plane import (
    SECONDS,
    Plane,
    box_window,
    evaluated,
    is_equal,
    labels_of,
    percent,
    plane_of,
    values_on,
    window_of,
)
from .rows import (
    Array,
    checked_title,
    climbing_note,
    end_note,
    finite_rows,
    method_note,
    note_of,
    outside_note,
    readable,
    record_of,
    run_title,
    weights_of,
    what_f_is,
)

__all__ = ["draw", "ground_data", "path_data", "path_of"]

MOST_ARROWS = 30
MOST_DOTS = 60


def path_of(
    record: Any, problem: Any, *, title: str | None = None, box: Any = None, levels: Any = "auto", arrows: Any = "auto",
    mark_minimum: bool = True,
) -> Display:  # fmt: skip
    """The path of a run over its function.

    Parameters
    ----------
    record : the run's record (``run.record``), with ``history.w``.
    problem : what was minimised (``run.problem``); None draws the path alone.
    box : the window, a ``steepest.Box`` or a (low, high) pair for each axis; None fits one to path and problem, which
        leaves out the rows of a run that flew off, and says how many.
    levels : "auto", a number of contour levels, or values of f.
    arrows : True, False, or "auto": arrows from row to row up to 30 rows.
    mark_minimum : whether a known minimum is marked.

    ``data``: window (k, 2), x, y, values (the grid), levels, log, floor, path (rows, k) in the picture's coordinates,
    iteration, start, end, minima, outside (rows not shown), and for more than two variables origin, directions (2, n)
    and shares (2,) of the movement.
    """
    checked_title(title)
    if arrows not in ("auto", True, False):
        raise ArgumentTypeError(f"arrows must be True, False or 'auto'; got {arrows!r}")
    data = path_data(record_of(record), problem, title, box, levels, mark_minimum)
    few = len(data["path"]) <= MOST_ARROWS
    data["arrows"] = few if arrows == "auto" else bool(arrows)
    return Display(data, draw, size_of(data))


def path_data(
    record: Record, problem: Any, title: str | None = None, box: Any = None, levels: Any = "auto",
    mark_minimum: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """The data of ``path_of``."""
    w = weights_of(record)
    n = w.shape[1]
    known = box_of(problem, n)
    shown = readable(w, record, known)
    plane, where = plane_for(w, shown, record)
    path = plane.project(w)
    seen = path[shown] if shown.any() else np.zeros((1, path.shape[1]))
    minima = minima_on(plane, problem, record, float(np.ptp(seen, axis=0).max())) if mark_minimum else seen[:0]
    window = box_window(box, path.shape[1]) if box is not None else window_of(seen, known, minima)
    data: dict[str, Any] = {
        "view": "path", "title": run_title(record) if title is None else title, "labels": labels_of(plane, problem),
        "f_label": what_f_is(problem), "window": window, "path": path, "minima": minima, "sign": record.sign,
        "iteration": np.asarray(record.history.iteration), "unit": record.unit,
    }  # fmt: skip
    finite = np.flatnonzero(finite_rows(path))
    last = int(finite[-1]) if finite.size else 0
    data |= {"start": path[0], "end": path[last], "end_label": f"end, {record.unit} {data['iteration'][last]:,}"}
    data |= {"curve": n == 1, **ground_data(problem, plane, window, record.sign, levels)}
    if n > 2:
        data |= {"origin": plane.origin, "directions": plane.directions, "shares": plane.shares}
    data["all_rows"] = bool(shown.all())
    if n == 1:
        curve_data(data, problem, record, w)
    data["outside"], left_out = outside_note(data["path"], data["window"])
    alone = "" if problem is not None else "the function is not at hand: the path alone"
    gaps = gaps_note(data["values"]) if n > 1 else ""
    data["note"] = note_of(
        (climbing_note(record), method_note(record), end_note(record)),
        (plane_note(data, n, where), left_out, alone, gaps),
    )
    return data


def box_of(problem: Any, n: int) -> Box | None:
    """The problem's box where a picture can have its shape; refuses a problem in other variables than the path's."""
    if getattr(problem, "n", n) != n:
        raise ArgumentError(f"problem has {problem.n:,} variables, but the path has {n:,}; pass the run's own problem")
    box = getattr(problem, "box", None)
    return box.fitted(n) if box is not None and n <= 2 else None


def plane_for(w: Array, shown: Any, record: Record) -> tuple[Plane, str]:
    """The plane through the last row, or the best one where the last flew off; and which of them it is."""
    if shown.any() and shown[-1]:
        return plane_of(w[shown], w[-1]), "the last row"
    if shown.any() and np.isfinite(record.best.w).all():
        return plane_of(w[shown], np.asarray(record.best.w)), "the best row"
    zero = np.zeros(w.shape[1])
    return plane_of(zero[None], zero), "0"


def plane_note(data: dict[str, Any], n: int, where: str) -> str:
    """What the plane is, for more than two variables: where it lies and how much of the movement it holds."""
    if n <= 2:
        return ""
    shares = data["shares"]
    whose = "the movement" if data["all_rows"] else "the movement of the rows near enough to be shown"
    held = f": {percent(float(shares.sum()))} of {whose}" if shares.any() else ""
    return f"{n:,} variables seen in the plane through {where} along the two main directions{held}"


def minima_on(plane: Plane, problem: Any, record: Record, size: float) -> Array:
    """The known minima that lie in the plane (within 1 % of the path's ``size``), in its coordinates; none for a run
    that climbs."""
    known = getattr(problem, "minimum", None)
    k = len(plane.labels)
    if known is None or record.sign < 0:
        return np.empty((0, k))
    points = np.atleast_2d(np.asarray(known.w, dtype=float))
    if plane.directions.shape[1] > 2:
        points = points[plane.distance(points) <= 0.01 * size]
    return plane.project(points).reshape(-1, k)


def ground_data(
    problem: Any, plane: Plane, window: Array, sign: float, levels: Any = "auto", seconds: float = SECONDS,
) -> dict[str, Any]:  # fmt: skip
    """f on the grid of the window, and the levels to draw it at; ``values`` is None where there is no problem."""
    if problem is None:
        return {"x": None, "y": None, "values": None, **levels_of(np.empty(0), wanted=levels)}
    grid = values_on(problem, plane, window, seconds=seconds)
    known = getattr(problem, "minimum", None)
    floor = float(known.f) if known is not None and sign > 0 else None
    return {**grid, **levels_of(grid["values"], floor, sign, levels)}


def curve_data(data: dict[str, Any], problem: Any, record: Record, w: Array) -> None:
    """One variable: the path becomes (w, f), the window takes f in."""
    data["path"] = with_heights(record, problem, w)
    data["window"] = window_with_heights(data["window"], [data["path"]], data["values"])
    finite = np.flatnonzero(finite_rows(data["path"]))
    data["start"], data["end"] = data["path"][0], data["path"][finite[-1] if finite.size else 0]
    data["minima"] = minima_with_heights(data["minima"], problem)
    data["labels"] = (data["labels"][0], data["f_label"])


def with_heights(record: Record, problem: Any, w: Array) -> Array:
    """The rows ``w`` (rows, 1) of a run with f beside them, (rows, 2)."""
    f = record.history.f
    if f is None:
        if problem is None:
            raise ArgumentError("the path of one variable needs f: history.f was not recorded and problem is None")
        f = evaluated(problem, w)
    return np.column_stack((w[:, 0], f))


def window_with_heights(window: Array, paths: list[Array], values: Array | None) -> Array:
    """The window (1, 2) of w with one of f below it, which takes in the curve and what of the paths lies in it."""
    at = np.concatenate([path[finite_rows(path)] for path in paths])
    at = at[(at[:, 0] >= window[0, 0]) & (at[:, 0] <= window[0, 1])]
    curve = np.empty(0) if values is None else values[np.isfinite(values)]
    heights = np.concatenate((at[:, 1], curve, [0.0] if not len(at) and not len(curve) else []))
    low, high = float(heights.min()), float(heights.max())
    margin = 0.06 * (high - low) or max(1e-3, abs(low))
    return np.vstack((window, [[low - margin, high + margin]]))


def minima_with_heights(minima: Array, problem: Any) -> Array:
    floor = float(problem.minimum.f) if len(minima) else np.nan
    return np.column_stack((minima, np.full(len(minima), floor)))


def size_of(data: dict[str, Any]) -> tuple[float, float]:
    """Inches: as wide and as high as the window's shape asks for."""
    if data.get("curve"):
        return 6.2, 4.4
    window = data["window"]
    span = window[:, 1] - window[:, 0]
    shape = float(span[1] / span[0]) if is_equal(window) else 0.75
    return 1.6 + 4.4 * min(1.0, 1.05 / shape), 1.35 + 4.4 * min(shape, 1.05)


def draw(ax: Any, data: dict[str, Any], path: bool = True) -> Any:
    """Draws everything; without ``path`` what stays the same while a run moves."""
    filled = draw_ground(ax, data)
    if path:
        draw_path(ax, data)
    handles = drawing.marks(ax, data, end=path)
    drawing.colour_bar(ax, filled, data)
    style.heading(ax, data["title"], data["note"], handles)
    ax.set_xlabel(data["labels"][0])
    ax.set_ylabel(data["labels"][1])
    return ax


def draw_ground(ax: Any, data: dict[str, Any]) -> Any:
    """The curve, or the contours; what a colour bar needs."""
    if data["curve"]:
        style.open_frame(ax)
        if data["values"] is not None:
            ax.plot(data["x"], data["values"], color=style.BLUE, linewidth=style.LINE, zorder=2)
        ax.set_xlim(*data["window"][0])
        ax.set_ylim(*data["window"][1])
        for axis in (ax.xaxis, ax.yaxis):
            style.write_ticks(axis)
        return None
    return drawing.ground(ax, data)


def draw_path(ax: Any, data: dict[str, Any]) -> None:
    path, window = data["path"], data["window"]
    if data["arrows"]:
        drawing.arrow_line(ax, path, window)
    else:
        drawing.path_line(ax, path, window, dots=len(path) <= MOST_DOTS)
