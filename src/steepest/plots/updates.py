"""The zigzag inside an epoch: the single updates of a stochastic run against its epoch rows."""

from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import count
from ..records.record import Record
from . import drawing, style
from .display import Display
from .levels import gaps_note
from .path import box_of, ground_data, minima_on, plane_note, size_of
from .plane import plane_of, window_of
from .rows import Array, checked_title, finite_rows, method_note, note_of, outside_note, record_of, thinned, what_f_is

__all__ = ["updates_of"]


def updates_of(record: Any, problem: Any, *, epochs: int = 3, title: str | None = None) -> Display:
    """Every single update of the first ``epochs`` epochs, and the rows where an epoch ends, on contours of the full
    objective: in the two coordinates, or in the plane of the updates' two main directions through the last of them.

    ``record`` is that of a run with ``record="updates"``. ``data``: updates (k, 2), path (epochs + 1, 2), window, x, y,
    values, levels, and for more than two variables origin, directions, shares.
    """
    checked_title(title)
    found = record_of(record)
    if found.updates is None or len(found.updates) == 0:
        raise ArgumentError("the single updates were not recorded; run with record='updates' and a batch_size")
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)):
        raise ArgumentTypeError(f"epochs must be a whole number of at least 1; got {epochs!r}")
    if epochs < 1:
        raise ArgumentError(f"epochs must be a whole number of at least 1; got {epochs!r}")
    if found.updates.w.shape[1] < 2:
        raise ArgumentError("updates_of needs at least two variables; this run has one: use path_of")
    data = updates_data(found, problem, int(epochs), title)
    return Display(data, draw, size_of(data))


def updates_data(record: Record, problem: Any, epochs: int, title: str | None) -> dict[str, Any]:
    assert record.updates is not None
    step, w = record.updates.iteration, np.asarray(record.updates.w, dtype=float)
    epochs = min(epochs, max(record.nit, 1))
    box_of(problem, w.shape[1])
    an_epoch = int(step[-1]) / max(record.nit, 1)
    part = w[step <= epochs * an_epoch]
    finite = part[finite_rows(part)]
    seen = finite if len(finite) else np.zeros((1, w.shape[1]))
    plane = plane_of(seen, seen[-1])
    at = plane.project(seen)
    window = window_of(at)
    rows = epoch_rows(record, epochs, an_epoch)
    path = plane.project(rows)
    fine = path[finite_rows(path)]
    fine = fine if len(fine) else at[:1]
    setup, n = record.setup, w.shape[1]
    data: dict[str, Any] = {
        "view": "updates", "updates": plane.project(part), "path": path, "window": window, "labels": plane.labels,
        "title": f"Inside {count(epochs, 'epoch')}: {setup['method']['name']} on {setup['problem_name']}"
        if title is None else title,
        "start": at[0], "end": fine[-1], "end_label": f"end of epoch {epochs}", "f_label": what_f_is(problem),
        "minima": minima_on(plane, problem, record, float(np.ptp(at, axis=0).max())), "sign": record.sign,
        "shares": plane.shares, "all_rows": len(finite) == len(part), "count": len(part) - 1,
        **ground_data(problem, plane, window, record.sign),
    }  # fmt: skip
    if n > 2:
        data |= {"origin": plane.origin, "directions": plane.directions}
    data["outside"], left_out = outside_note(data["updates"], window)
    alone = "" if problem is not None else "the function is not at hand: the path alone"
    seen_in = plane_note(data, n, "the last update")
    data["note"] = note_of(
        (method_note(record), count(len(part) - 1, "single update")),
        (seen_in, left_out, alone, gaps_note(data["values"])),
    )
    return data


def epoch_rows(record: Record, epochs: int, an_epoch: float) -> Array:
    """w at the start and after each epoch: the history's rows, or the updates at those counts where w was left out."""
    history, updates = record.history, record.updates
    assert updates is not None
    if history.w is not None:
        return np.asarray(history.w[history.iteration <= epochs], dtype=float)
    wanted = np.rint(np.arange(epochs + 1) * an_epoch)
    return np.asarray(updates.w[np.isin(updates.iteration, wanted)], dtype=float)


def draw(ax: Any, data: dict[str, Any]) -> Any:
    filled = drawing.ground(ax, data)
    seen = thinned(data["updates"], data["window"])
    (thin,) = ax.plot(
        seen[:, 0], seen[:, 1], color=style.PATH, linewidth=style.THIN, zorder=drawing.LINES, label="single updates",
        solid_joinstyle="round",
    )  # fmt: skip
    (thick,) = ax.plot(
        *data["path"].T, color=style.INK, linewidth=style.LINE, marker="o", markersize=4.5, markerfacecolor=style.INK,
        markeredgecolor="white", markeredgewidth=0.6, zorder=drawing.LINES + 1, label="from epoch to epoch",
    )  # fmt: skip
    handles = drawing.marks(ax, data)
    drawing.colour_bar(ax, filled, data)
    style.heading(ax, data["title"], data["note"], [thin, thick, *handles])
    ax.set_xlabel(data["labels"][0])
    ax.set_ylabel(data["labels"][1])
    return ax
