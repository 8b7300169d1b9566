"""Basins of attraction: which minimum each of many starts leads to, the shares counted, failures apart."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import count, vector
from ..records.record import Record
from . import drawing, style
from .display import Display
from .path import box_of, ground_data, size_of
from .plane import box_window, is_equal, labels_of, plane_of, window_of
from .rows import LONGEST_NAME, Array, method_note, note_of, record_of

__all__ = ["basins_of"]

NAMED = 6
"""Minima with a letter and a colour of their own; the rest share a grey."""
OTHER, OTHER_DOTS, FAILED = "#c9ccd1", "#7d838a", "#f2f2f2"
STRENGTH = 0.62
"""How much of a colour a cell has, the rest white: contours and letters stay readable on it."""
MARKERS = ("o", "s", "^", "D", "v", "P")


class Found(NamedTuple):
    """The minima that runs ended at: ``w`` (k, 2), ``f`` (k,), and ``which`` (runs,) of them each did, -1 for none."""

    w: Array
    f: Array
    which: NDArray[np.int64]


def basins_of(
    problem: Any, runs: Any, *, title: str | None = None, box: Any = None, within: float | None = None
) -> Display:
    """Where many runs on a function of two variables ended, at the places where they began.

    Parameters
    ----------
    problem : what was minimised (``run.problem``); None draws no contours.
    runs : the runs or their records; one run with ``others`` stands for all of them. Starts that fill an evenly spaced
        grid are drawn as cells, any others as dots. ``record="none"`` is enough.
    box : the window, a ``steepest.Box`` or a (low, high) pair for each axis; None fits one to the starts.
    within : ends nearer than this to each other are one minimum; None is 1 % of the window's longer side.

    ``data``: starts (m, 2), which (m,) - the index of the minimum reached, -1 where the run did not converge -, minima
    (k, 2), f (k,), names (k,), counts (k,), shares (k,), failed (how many did not converge), failed_share, cells
    (rows of y, columns of x) of ``which`` and their ``edges``, both None for dots; and window, x, y, values, levels,
    log, floor, labels. Known minima come first, in the problem's order, reached or not; then the others, the most
    reached first. All but the first six are drawn alike.
    """
    records = [record_of(run, "runs") for run in every_run(runs)]
    if not records:
        raise ArgumentError("runs holds no run; give at least one")
    starts = np.array([record.w0 for record in records], dtype=float) if same_n(records) else np.empty((0, 0))
    if starts.shape[1] != 2:
        sizes = sorted({record.w0.size for record in records})
        raise ArgumentError(f"basins are drawn over two variables; these runs have {', '.join(map(str, sizes))}")
    if within is not None and (isinstance(within, bool) or not isinstance(within, (int, float)) or not within > 0):
        raise ArgumentError(f"within must be a distance above 0, or None; got {within!r}")
    known_box, sign, edges = box_of(problem, 2), records[0].sign, grid_edges(starts)
    window = (
        box_window(box, 2) if box is not None
        else np.array([[side[0], side[-1]] for side in edges]) if edges is not None
        else window_of(starts, known_box)
    )  # fmt: skip
    longest = float((window[:, 1] - window[:, 0]).max())
    found = grouped(records, known_minima(problem, sign), 0.01 * longest if within is None else float(within))
    plane = plane_of(starts, starts[0])
    counts = np.bincount(found.which[found.which >= 0], minlength=len(found.w))
    failed = int((found.which < 0).sum())
    noun = "minimum" if sign > 0 else "maximum"
    data: dict[str, Any] = {
        "view": "basins", "labels": labels_of(plane, problem), "window": window, "sign": sign, "f_label": "f",
        "starts": starts, "which": found.which, "minima": found.w, "f": found.f, "noun": noun,
        "names": [chr(ord("A") + k) if k < NAMED else "" for k in range(len(found.w))],
        "counts": counts, "shares": counts / len(records), "failed": failed, "failed_share": failed / len(records),
        "edges": edges, "cells": None if edges is None else cells_of(starts, found.which),
        **ground_data(problem, plane, window, sign),
    }  # fmt: skip
    data["title"] = default_title(records) if title is None else title
    data["note"] = note_of((one_method(records), f"{count(len(records), 'start')}"))
    width, height = size_of(data)
    return Display(data, draw, (width, height + 0.18 * legend_rows(data)))


def every_run(runs: Any) -> list[Any]:
    """The runs of a list, or a run and its others."""
    if (isinstance(runs, Sequence) and not isinstance(runs, str)) or (isinstance(runs, np.ndarray) and runs.ndim == 1):
        return list(runs)
    if hasattr(runs, "others"):
        return [runs, *runs.others]
    raise ArgumentTypeError(f"runs must be a list of runs, or a run with others; got {type(runs).__name__}")


def same_n(records: list[Record]) -> bool:
    return len({record.w0.size for record in records}) == 1


def grid_edges(starts: Array) -> tuple[Array, Array] | None:
    """The edges of the cells around the starts, along x and y, where these fill an evenly spaced grid; else None."""
    sides = [np.unique(starts[:, axis]) for axis in (0, 1)]
    different = len(np.unique(starts, axis=0))
    if min(map(len, sides)) < 2 or not len(sides[0]) * len(sides[1]) == different == len(starts):
        return None
    steps = [np.diff(side) for side in sides]
    if not all(np.allclose(step, step[0], rtol=1e-6) for step in steps):
        return None
    edges = [np.linspace(s[0] - d[0] / 2, s[-1] + d[0] / 2, len(s) + 1) for s, d in zip(sides, steps, strict=True)]
    return edges[0], edges[1]


def cells_of(starts: Array, which: NDArray[np.int64]) -> NDArray[np.int64]:
    """``which`` in rows of y and columns of x."""
    order = np.lexsort((starts[:, 0], starts[:, 1]))
    return which[order].reshape(len(np.unique(starts[:, 1])), -1)


def known_minima(problem: Any, sign: float) -> tuple[Array, float]:
    """The known minima (k, 2) and their value; none under maximize."""
    known = getattr(problem, "minimum", None)
    if known is None or sign < 0:
        return np.empty((0, 2)), float("nan")
    return np.atleast_2d(np.asarray(known.w, dtype=float)), float(known.f)


def grouped(records: list[Record], known: tuple[Array, float], within: float) -> Found:
    """Ends of runs that converged, put together where they are near each other; the lowest stands for its group."""
    at, f_known = known
    centres, f = list(at), [f_known] * len(at)
    which = np.full(len(records), -1, dtype=np.int64)
    converged = [k for k, r in enumerate(records) if r.outcome is not None and r.outcome.success]
    for k in sorted(converged, key=lambda k: records[k].sign * records[k].f):
        w = np.asarray(records[k].w, dtype=float)
        distances = np.linalg.norm(np.array(centres).reshape(-1, 2) - w, axis=1)
        if not len(distances) or distances.min() > within:
            centres.append(w)
            f.append(float(records[k].f))
            which[k] = len(centres) - 1
        else:
            which[k] = int(distances.argmin())
    counts = np.bincount(which[which >= 0], minlength=len(centres))
    order = sorted(range(len(centres)), key=lambda j: (j >= len(at), j if j < len(at) else -counts[j]))
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return Found(np.array(centres).reshape(-1, 2)[order], np.array(f)[order], place[which])


def default_title(records: list[Record]) -> str:
    setup = records[0].setup
    name = str(setup["problem_name"])
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."
    return f"{setup['method']['name']} on {name}: basins"


def one_method(records: list[Record]) -> str:
    """The numbers of the method where all runs have the same."""
    notes = {method_note(record) for record in records}
    return notes.pop() if len(notes) == 1 else ""


# -- drawing ---------------------------------------------------------------------------------------------------------


def legend_rows(data: dict[str, Any]) -> int:
    minima = len(data["minima"])
    entries = min(minima, NAMED) + (minima > NAMED) + (int(data["failed"]) > 0)
    return -(-entries // 2)


def draw(ax: Any, data: dict[str, Any]) -> Any:
    if data["cells"] is None:
        filled = drawing.ground(ax, data)
        drawing.colour_bar(ax, filled, data)
        draw_dots(ax, data)
    else:
        draw_cells(ax, data)
        draw_lines(ax, data)
    for name, point in zip(data["names"], data["minima"], strict=True):
        if name and drawing.inside(point[None], data["window"])[0]:
            ax.text(
                *point, name, ha="center", va="center", fontsize=style.SMALL, fontweight="bold", zorder=drawing.MARKS,
                bbox={"boxstyle": "circle,pad=0.22", "facecolor": "white", "edgecolor": style.INK, "linewidth": 1.0},
            )  # fmt: skip
    style.heading(ax, data["title"], data["note"], legend_handles(data), columns=2)
    ax.set_xlabel(data["labels"][0])
    ax.set_ylabel(data["labels"][1])
    return ax


def colour_of(k: int) -> tuple[float, float, float]:
    """The colour of minimum ``k``, strong: of its cells it is mixed with white."""
    from matplotlib.colors import to_rgb

    return to_rgb(style.COLOURS[k] if k < NAMED else OTHER_DOTS)


def pale(k: int) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    if k >= NAMED:
        return to_rgb(OTHER)
    red, green, blue = (1 - STRENGTH * (1 - part) for part in colour_of(k))
    return red, green, blue


def draw_cells(ax: Any, data: dict[str, Any]) -> None:
    """One cell for each start in the colour of its minimum; those of runs that did not converge hatched."""
    from matplotlib.colors import ListedColormap, to_rgb

    cells, (x, y), window = data["cells"], data["edges"], data["window"]
    palette = np.array([*(pale(k) for k in range(len(data["minima"]))), to_rgb(FAILED)])  # the last is -1's
    ax.imshow(
        palette[cells], origin="lower", extent=(x[0], x[-1], y[0], y[-1]), interpolation="none", aspect="auto",
        zorder=drawing.BELOW,
    )  # fmt: skip
    if (cells < 0).any():
        ax.pcolor(
            x, y, np.ma.masked_array(np.ones(cells.shape), cells >= 0), cmap=ListedColormap([FAILED]), hatch="/////",
            edgecolor=style.MUTED, linewidth=0, zorder=drawing.BELOW + 0.1,
        )  # fmt: skip
    ax.set_xlim(*window[0])
    ax.set_ylim(*window[1])
    if is_equal(window):
        ax.set_aspect("equal", adjustable="box")
    for axis in (ax.xaxis, ax.yaxis):
        style.write_ticks(axis)


def draw_lines(ax: Any, data: dict[str, Any]) -> None:
    """The contours of f as thin dark lines over the cells."""
    if data["values"] is None:
        return
    with np.errstate(all="ignore"):
        depth = np.ma.masked_invalid(data["sign"] * (data["values"] - data["floor"]))
    steps = data["sign"] * (data["levels"] - data["floor"])
    crossed = [step for step in steps if depth.min() < step < depth.max()]
    if crossed and not drawing.is_busy(depth, np.array(crossed)):
        ax.contour(
            data["x"], data["y"], depth, levels=crossed, colors=style.INK, linewidths=style.HAIR, alpha=0.45,
            linestyles="solid", zorder=drawing.MAP,
        )  # fmt: skip


def draw_dots(ax: Any, data: dict[str, Any]) -> None:
    """A dot for each start, its shape and colour those of its minimum; a cross where the run did not converge."""
    for k in np.unique(data["which"]):
        at = data["starts"][data["which"] == k]
        if k < 0:
            ax.plot(*at.T, "x", color=style.MUTED, markersize=4.5, markeredgewidth=1.1, zorder=drawing.LINES)
            continue
        marker = MARKERS[k] if k < NAMED else "."
        ax.plot(
            *at.T, marker, color=colour_of(int(k)), markersize=5, markeredgecolor="white", markeredgewidth=0.5,
            zorder=drawing.LINES,
        )  # fmt: skip


def legend_handles(data: dict[str, Any]) -> list[Any]:
    """An entry for each minimum with its share, for the unnamed ones together, and for the runs that found none."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dots = data["cells"] is None

    def entry(k: int, label: str) -> Any:
        if dots:
            marker = MARKERS[k] if k < NAMED else "."
            return Line2D([], [], marker=marker, linestyle="none", color=colour_of(k), markersize=5.5, label=label)
        return Patch(facecolor=pale(k), edgecolor=style.MUTED, linewidth=style.HAIR, label=label)

    handles = []
    nothing = 1e-4 * float((data["window"][:, 1] - data["window"][:, 0]).max())  # a zero that a run came near to
    for k, (name, point) in enumerate(zip(data["names"][:NAMED], data["minima"], strict=False)):
        where = style.minus_signs(vector(np.where(np.abs(point) < nothing, 0.0, point), 3))
        handles.append(entry(k, f"{name} {where}: {share_text(data['shares'][k])}"))
    if len(data["minima"]) > NAMED:
        rest = len(data["minima"]) - NAMED
        words = count(rest, f"other {data['noun']}", "other minima" if data["noun"] == "minimum" else "other maxima")
        handles.append(entry(NAMED, f"{words}: {share_text(float(data['shares'][NAMED:].sum()))}"))
    if data["failed"]:
        label = f"did not converge: {share_text(data['failed_share'])}"
        handles.append(
            Line2D([], [], marker="x", linestyle="none", color=style.MUTED, markersize=5, label=label) if dots
            else Patch(facecolor=FAILED, edgecolor=style.MUTED, hatch="/////", linewidth=style.HAIR, label=label)
        )  # fmt: skip
    return handles


def share_text(share: float) -> str:
    """``26.8 %``; 0 and 100 only where it is all or nothing."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    text = f"{100 * share:.1f}"
    return {"0.0": "below 0.1 %", "100.0": "above 99.9 %"}.get(text, f"{text} %")
