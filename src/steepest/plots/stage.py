"""The paths of several runs over one function: what the lab's stage shows, with the looks of the other figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.text import count
from ..records.record import Record
from . import drawing, style
from .display import Display
from .levels import gaps_note
from .path import MOST_DOTS, box_of, draw_ground, ground_data, minima_on, size_of
from .plane import box_window, evaluated, labels_of, plane_of, window_of
from .rows import Array, checked_title, finite_rows, readable, weights_of, what_f_is

__all__ = ["stage_of"]

RUNS = (style.VERMILLION, style.BLUE, style.GREEN, "#b0558f", "#a87400", "#3f97cf")
"""The colours of runs, in the lab's order."""
MOST_NAMED = 12
"""Runs in the legend: with many more nothing would be left of the picture."""
DASHES = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 1.2)), (0, (8, 2)))


def stage_of(
    records: Sequence[Record], problem: Any, *, box: Any = None, title: str | None = None, saddles: Any = (),
) -> Display:  # fmt: skip
    """The paths of ``records``, runs on ``problem`` of one or two variables from one start.

    ``box`` is the window, None fits one; ``saddles`` (k, 2) are marked beside the known minima. ``data``: window
    (2, 2), x, y, values, levels, log, floor, minima, saddles, and ``paths``: dicts with name, path (rows, 2), text.
    """
    if not records:
        raise ArgumentError("records is empty: a picture needs one run at least")
    n = problem.n
    if n > 2:
        raise ArgumentError(f"problem has {n:,} variables; a stage has one or two: use path_of, which takes a plane")
    checked_title(title)
    ways = [weights_of(record) for record in records]
    known, plane = box_of(problem, n), plane_of(np.zeros((1, n)), np.zeros(n))
    seen = np.concatenate([w[readable(w, record, known)] for w, record in zip(ways, records, strict=True)])
    minima = minima_on(plane, problem, records[0], float(np.ptp(seen, axis=0).max()) if len(seen) else 1.0)
    window = (
        window_of(seen if len(seen) else np.zeros((1, n)), known, minima) if box is None else box_window(box, 2)[:n]
    )
    data: dict[str, Any] = {
        "view": "stage", "title": stage_title(records) if title is None else title,
        "labels": labels_of(plane, problem), "f_label": what_f_is(problem), "window": window, "minima": minima,
        "saddles": np.reshape(np.asarray(saddles, dtype=float), (-1, 2)), "curve": n == 1, "sign": 1.0,
        **ground_data(problem, plane, window, 1.0),
    }  # fmt: skip
    if n == 1:
        data["labels"] = (data["labels"][0], data["f_label"])
        data["minima"] = np.empty((0, 2))
        ways = [np.column_stack((w[:, 0], evaluated(problem, w))) for w in ways]
        data["window"] = np.vstack((window, box_window(box, 2)[1:] if box is not None else heights_of(data, ways)))
    data["paths"] = [named(record, way) for record, way in zip(records, ways, strict=True)]
    data["start"] = ways[0][0]
    data["note"] = gaps_note(data["values"]) if n > 1 else ""
    return Display(data, draw, size_of(data))


def stage_title(records: Sequence[Record]) -> str:
    name, most = records[0].setup["problem_name"], max(record.nit for record in records)
    return f"{name}, {count(len(records), 'method')}, {count(most, 'iteration')} at most"


def named(record: Record, path: Array) -> dict[str, Any]:
    """A path with the method's name and its hyper-parameters that are numbers."""
    method = dict(record.setup["method"])
    name = str(method.pop("name")).replace("_", " ")
    rate = method.get("learning_rate")
    text = f"{name}, learning rate {rate:.3g}" if isinstance(rate, float) else name
    return {"name": name, "path": path, "text": text}


def heights_of(data: dict[str, Any], ways: Sequence[Array]) -> Array:
    """(1, 2): from the lowest to the highest f that the window of one variable shows."""
    low, high = data["window"][0]
    shown = [way[finite_rows(way) & (way[:, 0] >= low) & (way[:, 0] <= high), 1] for way in ways]
    f = np.concatenate([data["values"][np.isfinite(data["values"])], *shown])
    bottom, top = (float(f.min()), float(f.max())) if f.size else (0.0, 1.0)
    margin = 0.06 * (top - bottom) or 1.0
    return np.array([[bottom - margin, top + margin]])


def draw(ax: Any, data: dict[str, Any]) -> Any:
    filled, window, handles = draw_ground(ax, data), data["window"], []
    for curve in ax.lines:
        curve.set_color(style.MUTED)  # blue is a run's
    for k, run in enumerate(data["paths"]):
        colour, dash = RUNS[k % len(RUNS)], DASHES[k % len(DASHES)]
        drawing.path_line(ax, run["path"], window, len(run["path"]) <= MOST_DOTS, colour=colour, dash=dash)
        fine = run["path"][finite_rows(run["path"])]
        if len(fine):
            ax.plot(
                *fine[-1][:, None], marker="o", linestyle="none", markersize=7, color=colour, markeredgecolor="white",
                markeredgewidth=1, zorder=drawing.MARKS + 0.4,
            )  # fmt: skip
        if k < MOST_NAMED:
            handles += ax.plot([], [], color=colour, linestyle=dash, linewidth=style.LINE, label=run["text"])
    unnamed = len(data["paths"]) - MOST_NAMED
    if unnamed > 0:
        handles += ax.plot([], [], linestyle="none", label=f"and {count(unnamed, 'run')} more")
    found = data["minima"][drawing.inside(data["minima"], window)]
    if len(found):
        handles += drawing.cross(ax, found, label="known minimum" if len(found) == 1 else "known minima")
    saddles = data["saddles"][drawing.inside(data["saddles"], window)]
    if len(saddles):
        handles += ax.plot(
            *saddles.T, marker="D", linestyle="none", markersize=6, markerfacecolor="none", markeredgecolor=style.INK,
            zorder=drawing.MARKS, label="saddle" if len(saddles) == 1 else "saddles",
        )  # fmt: skip
    if drawing.inside(data["start"][None], window)[0]:
        handles += ax.plot(
            *data["start"][:, None], marker="s", linestyle="none", markersize=7, markerfacecolor="white",
            markeredgecolor=style.INK, zorder=drawing.MARKS + 0.5, label="start",
        )  # fmt: skip
    drawing.colour_bar(ax, filled, data)
    style.heading(ax, data["title"], data["note"], handles, columns=2)
    ax.set_xlabel(data["labels"][0])
    ax.set_ylabel(data["labels"][1])
    return ax
