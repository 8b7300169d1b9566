"""Small multiples: the paths of many runs on the same contours, a row and a column for each hyper-parameter's value."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.text import listing, number
from ..records.record import Record
from . import drawing, frames, style
from .display import Display
from .levels import gaps_note
from .path import (
    MOST_ARROWS,
    MOST_DOTS,
    box_of,
    draw_ground,
    ground_data,
    minima_on,
    minima_with_heights,
    plane_note,
    window_with_heights,
    with_heights,
)
from .plane import box_window, labels_of, plane_of, window_of
from .rows import (
    Array,
    Mask,
    checked_title,
    finite_rows,
    note_of,
    outside_note,
    readable,
    record_of,
    weights_of,
    what_f_is,
)
from .sweep_axes import Axis, axes_of, chosen_values, read_sweep, runs_at, two_of
from .sweep_values import first_run, has_ended, sweep_title, values_of

__all__ = ["grid_of", "paths_of"]

WIDTH = 9.6
LARGEST_CELL = 2.15
MOST_CELLS = (6, 6)
"""Rows and columns of a sweep's grid, such that each cell can be read."""
LETTER = 0.085
"""Inches a letter of a row's or column's name needs at least."""


def grid_of(
    cells: Any, problem: Any, *, rows: Sequence[Any], columns: Sequence[Any], row_label: str, column_label: str,
    title: str | None = None, box: Any = None, lines: int = 1,
) -> Display:  # fmt: skip
    """The paths of ``cells[i][j]``, the record of the run with ``rows[i]`` and ``columns[j]`` (a flat list is read row
    by row; None leaves a cell empty), all in one window, on contours of one scale, or on the curve of f where there is
    one variable. ``box`` is the window; None fits one to the runs that did not fly off.

    Each cell says where its run ended: f, the distance from the known minimum, the outcome where it failed. ``lines``
    is how many lines of text there is room for above each.

    ``data``: row_names, column_names, cells (dicts with path, start, end, f, distance, outcome, text; or None), and
    the shared window, x, y, values, levels, log, floor, minima, labels.
    """
    checked_title(title)
    rows, columns = list(rows), list(columns)
    if not rows or not columns:
        raise ArgumentError(f"rows and columns must have at least one value each; got {len(rows)} and {len(columns)}")
    records = arranged(cells, len(rows), len(columns))
    present = [record for record in records if record is not None]
    if not present:
        raise ArgumentError("cells holds no run; give at least one run's record")
    paths = [weights_of(record) for record in present]
    n = paths[0].shape[1]
    if any(w.shape[1] != n for w in paths):
        found = sorted({w.shape[1] for w in paths})
        raise ArgumentError(f"cells must be runs in the same variables; theirs have {listing(found, 'and')}")
    known = box_of(problem, n)
    shown = [(w, readable(w, record, known)) for w, record in zip(paths, present, strict=True)]
    calm = [w for w, rows_shown in shown if rows_shown.all()] or [w[rows_shown] for w, rows_shown in shown]
    best = min(present, key=lambda r: r.sign * r.best.f if np.isfinite(r.best.f) else np.inf)
    every = np.concatenate([*calm, np.zeros((0 if any(map(len, calm)) else 1, n))])
    plane = plane_of(every, np.asarray(best.best.w))
    at = plane.project(every)
    minima = minima_on(plane, problem, best, float(np.ptp(at, axis=0).max()))
    window = window_of(at, known, minima) if box is None else box_window(box, min(n, 2))
    data: dict[str, Any] = {
        "view": "grid", "title": run_title(present) if title is None else title, "note": "",
        "labels": labels_of(plane, problem),
        "row_names": [f"{row_label} {named(v)}" for v in rows], "minima": minima, "window": window,
        "column_names": [f"{column_label} {named(v)}" for v in columns], "f_label": what_f_is(problem),
        "sign": best.sign, "shares": plane.shares if n > 2 else None,
        "all_rows": sum(map(len, calm)) == sum(map(len, paths)), "end_label": "end",
        "cells": [None if r is None else cell_data(r, plane, problem, window) for r in records],
        "curve": n == 1, **ground_data(problem, plane, window, best.sign),
    }  # fmt: skip
    if n == 1:
        on_curve(data, records, problem)
    span = np.ones(2) if n == 1 else window[:, 1] - window[:, 0]
    side = min(LARGEST_CELL, WIDTH / len(columns))
    longest = max(map(len, data["row_names"] + data["column_names"]))
    axes_named = ""
    if side / longest < LETTER:  # no room to say it on each row and column
        data |= {"row_names": [named(v) for v in rows], "column_names": [named(v) for v in columns]}
        axes_named = f"across: {column_label}, down: {row_label}"
    alone = "" if problem is not None else "the function is not at hand: the paths alone"
    gaps = gaps_note(data["values"]) if n > 1 else ""
    data["note"] = note_of((axes_named, plane_note(data, n, "the lowest row of all"), alone, gaps))
    high = (side - 0.2) * float(np.clip(span[1] / span[0], 0.5, 1.4)) + (
        0.3 + 0.13 * (lines - 1) if side > 0.9 else 0.12
    )
    return Display(data, draw, (side * len(columns) + 1.7, high * len(rows) + 1.35), pad=0.08 if side > 1.5 else 0.04)


def on_curve(data: dict[str, Any], records: list[Record | None], problem: Any) -> None:
    """One variable: the paths become (w, f), and the shared window takes f in."""
    there = [(cell, record) for cell, record in zip(data["cells"], records, strict=True) if record is not None]
    for cell, record in there:
        cell["path"] = with_heights(record, problem, weights_of(record))
        finite = np.flatnonzero(finite_rows(cell["path"]))
        cell["start"], cell["end"] = cell["path"][0], cell["path"][finite[-1] if finite.size else 0]
    data["window"] = window_with_heights(data["window"], [cell["path"] for cell, _ in there], data["values"])
    data["minima"] = minima_with_heights(data["minima"], problem)
    data["labels"] = (data["labels"][0], data["f_label"])
    for cell, _ in there:
        cell["outside"] = outside_note(cell["path"], data["window"])[0]


def arranged(cells: Any, rows: int, columns: int) -> list[Record | None]:
    """The cells as one list, row by row."""
    cells = cells.tolist() if isinstance(cells, np.ndarray) else cells
    flat: list[Any] = []
    for cell in cells if isinstance(cells, (list, tuple)) else [cells]:
        flat += list(cell) if isinstance(cell, (list, tuple)) else [cell]
    if len(flat) != rows * columns:
        raise ArgumentError(f"cells must hold {rows} x {columns} = {rows * columns} records; got {len(flat)}")
    return [None if cell is None else record_of(cell, "cells") for cell in flat]


def named(value: Any) -> str:
    plain = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return number(float(value)) if plain else str(value)


def run_title(records: list[Record]) -> str:
    setup = records[0].setup
    return f"{setup['method']['name']} on {setup['problem_name']}: {len(records)} runs"


def cell_data(record: Record, plane: Any, problem: Any, window: Any) -> dict[str, Any]:
    path = plane.project(weights_of(record))
    finite = np.flatnonzero(finite_rows(path))
    known = getattr(problem, "minimum", None)
    distance = None
    if known is not None and record.sign > 0:
        with np.errstate(all="ignore"):
            off = np.atleast_2d(known.w) - record.w
            distance = float(np.sqrt((off * off).sum(axis=1)).min())
    failed = record.outcome is not None and record.outcome.failed
    where = ""
    if distance is not None:
        where = ", at the minimum" if distance == 0 else f", {number(distance, 2)} from minimum"
    return {
        "path": path, "start": path[0], "end": path[finite[-1] if finite.size else 0], "f": record.f,
        "distance": distance, "outcome": record.outcome.name if record.outcome is not None else None,
        "outside": outside_note(path, window)[0],
        "text": f"{record.outcome.name}, f = {number(record.f, 3)}" if failed and record.outcome is not None
        else f"f = {number(record.f, 3)}{where}",
    }  # fmt: skip


def draw(ax: Any, data: dict[str, Any]) -> Any:
    shape = len(data["row_names"]), len(data["column_names"])
    has_ground = data["values"] is not None and len(data["levels"]) > 0 and not data["curve"]
    axes, bar = frames.split(ax, *shape, data["title"], data["note"], bar=has_ground, legend=True)
    side = axes[0, 0].get_position(original=True).width * ax.figure.bbox.width / ax.figure.dpi
    size = float(np.clip(side / 2.6, 0.4, 0.8))
    handles: dict[str, Any] = {}
    filled = None
    for k, cell in enumerate(data["cells"]):
        here = axes.flat[k]
        if cell is None and data.get("in_lines"):  # the rest of the last line
            here.set_axis_off()
            continue
        filled = draw_ground(here, data) or filled
        if k // shape[1] < shape[0] - 1:  # limits are set alike; axes shared by matplotlib take quadratic time
            hide_ticks(here.xaxis, side)
        if k % shape[1]:
            hide_ticks(here.yaxis, side)
        if cell is None:
            continue
        if len(cell["path"]) <= MOST_ARROWS and side > 0.9 and not cell["outside"]:
            drawing.arrow_line(here, cell["path"], data["window"], size)
        else:
            dots = data["curve"] and side > 0.9 and len(cell["path"]) <= MOST_DOTS
            drawing.path_line(here, cell["path"], data["window"], dots=dots, size=size)
        for handle in drawing.marks(here, {**data, **cell}, size):
            handles.setdefault(handle.get_label(), handle)
        if side > 0.9:
            text = cell["text"] if side > 1.5 else cell.get("short", cell["text"].split(", ")[0])
            here.set_title(style.minus_signs(text), fontsize=style.SMALL - 1, loc="left", pad=2.5, color=style.MUTED)
    head_rows_and_columns(axes, data, side)
    if bar is not None:
        drawing.colour_bar(ax, filled, data, bar)
    frames.legend(ax, data, list(handles.values()))
    return axes


def hide_ticks(axis: Any, side: float) -> None:
    """Of an inner cell the tick texts, of a small one the ticks too."""
    axis.set_tick_params(labelbottom=False, labelleft=False)
    if side <= 0.9:
        axis.set_ticks([])


def head_rows_and_columns(axes: Any, data: dict[str, Any], side: float) -> None:
    """What each row and column stands for, above the first row and left of the first column."""
    size = style.TEXT if side > 1.5 else 7.5
    named_axes = data["shares"] is None
    for cell, name in zip(axes[0], data["column_names"], strict=True):
        cell.annotate(
            name, (0.5, 1.0), xycoords="axes fraction", xytext=(0, 16 if side > 0.9 else 4), textcoords="offset points",
            ha="center", va="bottom", fontsize=size, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    for cell, name in zip(axes[:, 0], data["row_names"], strict=True):
        cell.set_ylabel(data["labels"][1] if named_axes else "direction 2", labelpad=2, fontsize=style.SMALL)
        cell.annotate(
            name, (0.0, 0.5), xycoords=("axes fraction", "axes fraction"), xytext=(-50, 0), textcoords="offset points",
            ha="right", va="center", rotation=90, fontsize=size, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    for cell in axes[-1]:
        cell.set_xlabel(data["labels"][0] if named_axes else "direction 1", labelpad=2, fontsize=style.SMALL)


# -- of a sweep ------------------------------------------------------------------------------------------------------


def paths_of(
    sweep: Any, *, x: str | None = None, y: str | None = None, at: Mapping[str, Any] | None = None,
    most: tuple[int, int] = MOST_CELLS, title: str | None = None, box: Any = None,
) -> Display:  # fmt: skip
    """The paths of a sweep's runs as ``grid_of`` draws them: columns for the values of ``x``, rows for those of ``y``,
    the first two axes that are numbers where they are None.

    ``at`` gives the values of other axes; those left are what they are in the best run, and the note says so. A sweep
    over one axis, or one whose runs fill no grid, goes line by line, with each run's values above its cell. At most
    ``most`` (rows, columns) are drawn: of more values evenly spaced ones and the best, and the note says how many.

    ``data``: as of ``grid_of``, each cell with run, its number in the sweep; left_out, how many runs are not drawn.
    """
    if not (isinstance(most, (tuple, list)) and len(most) == 2 and all(isinstance(k, int) and k > 0 for k in most)):
        raise ArgumentError(f"most must be two whole numbers above 0, (rows, columns); got {most!r}")
    columns = read_sweep(sweep)
    axes = axes_of(sweep, columns)
    first = first_run(sweep, columns["outcome"])
    rank = values_of(columns, "best_f", first, None).rank
    chosen = runs_at(axes, at, columns) & has_ended(columns["outcome"])
    if not chosen.any():
        raise ArgumentError("no run of those asked for has ended, so there is no path to draw")
    several = [axis for name, axis in axes.items() if len(axis) > 1 and name not in (at or {})]
    title = sweep_title(first, axes, len(sweep)) if title is None else title
    if len(several) >= 2 or (x is not None and y is not None):
        across, down = two_of(axes, x, y, tuple(at or ()))
        best = int(np.flatnonzero(chosen)[rank[chosen].argmin()])
        rest = [axis for axis in several if axis not in (across, down)]
        near = chosen & np.all([axis.codes == axis.codes[best] for axis in rest] or [chosen], axis=0)
        if 2 * near.sum() >= len(across) * len(down) or len(rest):
            return paths_in_grid(sweep, across, down, near, rank, most, title, box, rest, best)
    return paths_in_lines(sweep, several, chosen, rank, most, title, box)


def paths_in_grid(
    sweep: Any, across: Axis, down: Axis, near: Mask, rank: Array, most: tuple[int, int], title: str, box: Any,
    rest: list[Axis], best: int,
) -> Display:  # fmt: skip
    shown = []
    for axis, limit in ((down, most[0]), (across, most[1])):
        there = np.unique(axis.codes[near]).tolist()
        shown.append(chosen_values({k: float(rank[near & (axis.codes == k)].min()) for k in there}, limit))
    (rows, no_rows), (cols, no_cols) = shown
    numbers = {(int(down.codes[k]), int(across.codes[k])): int(k) for k in np.flatnonzero(near)}
    runs = [numbers.get((i, j)) for i in rows for j in cols]
    display = grid_of(
        [None if k is None else sweep[k] for k in runs], sweep[best].problem, rows=[down.texts[i] for i in rows],
        columns=[across.texts[j] for j in cols], row_label=down.label, column_label=across.label, title=title, box=box,
    )  # fmt: skip
    fixed = ", ".join(f"{axis.label} {axis.texts[axis.codes[best]]}" for axis in rest)
    parts = [f"{fixed}, as in the best run" if fixed else ""]
    for axis, kept, left in ((down, rows, no_rows), (across, cols, no_cols)):
        parts.append(f"{len(kept)} of {len(kept) + len(left)} values of {axis.label}" if left else "")
    return told(display, runs, len(sweep), ["" for _ in runs], parts)


def paths_in_lines(
    sweep: Any, several: list[Axis], chosen: Mask, rank: Array, most: tuple[int, int], title: str, box: Any
) -> Display:
    there = np.flatnonzero(chosen)
    order = there[np.lexsort([axis.codes[there] for axis in several][::-1])] if several else there
    kept, left = chosen_values({k: float(rank[run]) for k, run in enumerate(order)}, most[0] * most[1])
    runs: list[int | None] = [int(order[k]) for k in kept]
    across = min(most[1], max(1, round(np.sqrt(1.5 * len(runs)))))
    lines = -(-len(runs) // across)
    runs += [None] * (lines * across - len(runs))
    display = grid_of(
        [None if k is None else sweep[k] for k in runs], sweep[int(order[0])].problem, rows=[""] * lines,
        columns=[""] * across, row_label="", column_label="", title=title, box=box,
        lines=1 + len(several) if across > 4 else 2,
    )  # fmt: skip
    display.data["in_lines"] = True
    heads = [
        "" if k is None else ", ".join(f"{axis.label} {axis.texts[axis.codes[k]]}" for axis in several) for k in runs
    ]
    return told(display, runs, len(sweep), heads, [f"{len(kept)} of {len(order)} runs" if left else ""])


def told(display: Display, runs: list[int | None], total: int, heads: list[str], parts: list[str]) -> Display:
    """The words of a sweep's grid: each cell's outcome with its f, below its values where no heading has them."""
    for cell, run, head in zip(display.data["cells"], runs, heads, strict=True):
        if cell is not None:
            lines = (
                (head, f"{cell['outcome']}, f = {number(cell['f'], 3)}"),
                (head.replace(", ", "\n"), cell["outcome"]),
            )
            cell |= {"run": run, "text": "\n".join(filter(None, lines[0])), "short": "\n".join(filter(None, lines[1]))}
    display.data["left_out"] = total - sum(run is not None for run in runs)
    display.data["view"] = "paths"
    display.data["note"] = note_of(tuple(parts), (display.data["note"],))
    return display
