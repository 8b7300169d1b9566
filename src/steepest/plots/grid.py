"""Small multiples: the paths of many runs on the same contours, a row and a column for each hyper-parameter's value."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.text import number
from ..records.record import Record
from . import drawing, frames, style
from .display import Display
from .levels import gaps_note
from .path import MOST_ARROWS, box_of, ground_data, minima_on, plane_note
from .plane import box_window, labels_of, plane_of, window_of
from .rows import checked_title, finite_rows, note_of, outside_note, readable, record_of, weights_of, what_f_is

__all__ = ["grid_of"]

WIDTH = 9.6
LARGEST_CELL = 2.15
LETTER = 0.085
"""Inches a letter of a row's or column's name needs at least."""


def grid_of(
    cells: Any, problem: Any, *, rows: Sequence[Any], columns: Sequence[Any], row_label: str, column_label: str,
    title: str | None = None, box: Any = None,
) -> Display:  # fmt: skip
    """The paths of ``cells[i][j]``, the record of the run with ``rows[i]`` and ``columns[j]`` (a flat list is read row
    by row; None leaves a cell empty), all in one window, on contours of one scale. ``box`` is the window; None fits
    one to the runs that did not fly off.

    Each cell says where its run ended: f, the distance from the known minimum, the outcome where it failed.

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
    if n < 2 or any(w.shape[1] != n for w in paths):
        found = sorted({w.shape[1] for w in paths})
        raise ArgumentError(f"cells must be runs in the same two or more variables; theirs have {found}")
    known = box_of(problem, n)
    shown = [(w, readable(w, record, known)) for w, record in zip(paths, present, strict=True)]
    calm = [w for w, rows_shown in shown if rows_shown.all()] or [w[rows_shown] for w, rows_shown in shown]
    best = min(present, key=lambda r: r.sign * r.best.f if np.isfinite(r.best.f) else np.inf)
    every = np.concatenate([*calm, np.zeros((0 if any(map(len, calm)) else 1, n))])
    plane = plane_of(every, np.asarray(best.best.w))
    at = plane.project(every)
    minima = minima_on(plane, problem, best, float(np.ptp(at, axis=0).max()))
    window = window_of(at, known, minima) if box is None else box_window(box, 2)
    data: dict[str, Any] = {
        "view": "grid", "title": run_title(present) if title is None else title, "note": "",
        "labels": labels_of(plane, problem),
        "row_names": [f"{row_label} {named(v)}" for v in rows], "minima": minima, "window": window,
        "column_names": [f"{column_label} {named(v)}" for v in columns], "f_label": what_f_is(problem),
        "sign": best.sign, "shares": plane.shares if n > 2 else None,
        "all_rows": sum(map(len, calm)) == sum(map(len, paths)), "end_label": "end",
        "cells": [None if r is None else cell_data(r, plane, problem, window) for r in records],
        **ground_data(problem, plane, window, best.sign),
    }  # fmt: skip
    span = window[:, 1] - window[:, 0]
    side = min(LARGEST_CELL, WIDTH / len(columns))
    longest = max(map(len, data["row_names"] + data["column_names"]))
    axes_named = ""
    if side / longest < LETTER:  # no room to say it on each row and column
        data |= {"row_names": [named(v) for v in rows], "column_names": [named(v) for v in columns]}
        axes_named = f"across: {column_label}, down: {row_label}"
    alone = "" if problem is not None else "the function is not at hand: the paths alone"
    data["note"] = note_of((axes_named, plane_note(data, n, "the lowest row of all"), alone, gaps_note(data["values"])))
    high = (side - 0.2) * float(np.clip(span[1] / span[0], 0.5, 1.4)) + (0.3 if side > 0.9 else 0.12)
    return Display(data, draw, (side * len(columns) + 1.7, high * len(rows) + 1.35), pad=0.08 if side > 1.5 else 0.04)


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
    has_ground = data["values"] is not None and len(data["levels"]) > 0
    axes, bar = frames.split(ax, *shape, data["title"], data["note"], bar=has_ground, legend=True)
    side = axes[0, 0].get_position(original=True).width * ax.figure.bbox.width / ax.figure.dpi
    size = float(np.clip(side / 2.6, 0.4, 0.8))
    handles: dict[str, Any] = {}
    filled = None
    for k, cell in enumerate(data["cells"]):
        here = axes.flat[k]
        filled = drawing.ground(here, data) or filled
        if k // shape[1] < shape[0] - 1:  # limits are set alike; axes shared by matplotlib take quadratic time
            hide_ticks(here.xaxis, side)
        if k % shape[1]:
            hide_ticks(here.yaxis, side)
        if cell is None:
            continue
        if len(cell["path"]) <= MOST_ARROWS and side > 0.9:
            drawing.arrow_line(here, cell["path"], data["window"], size)
        else:
            drawing.path_line(here, cell["path"], data["window"], dots=False, size=size)
        for handle in drawing.marks(here, {**data, **cell}, size):
            handles.setdefault(handle.get_label(), handle)
        if side > 0.9:
            text = cell["text"] if side > 1.5 else cell["text"].split(", ")[0]
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
    n_is_two = data["shares"] is None
    for cell, name in zip(axes[0], data["column_names"], strict=True):
        cell.annotate(
            name, (0.5, 1.0), xycoords="axes fraction", xytext=(0, 16 if side > 0.9 else 4), textcoords="offset points",
            ha="center", va="bottom", fontsize=size, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    for cell, name in zip(axes[:, 0], data["row_names"], strict=True):
        cell.set_ylabel(data["labels"][1] if n_is_two else "direction 2", labelpad=2, fontsize=style.SMALL)
        cell.annotate(
            name, (0.0, 0.5), xycoords=("axes fraction", "axes fraction"), xytext=(-50, 0), textcoords="offset points",
            ha="right", va="center", rotation=90, fontsize=size, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    for cell in axes[-1]:
        cell.set_xlabel(data["labels"][0] if n_is_two else "direction 1", labelpad=2, fontsize=style.SMALL)
