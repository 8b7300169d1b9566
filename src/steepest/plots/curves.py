"""Loss curves of a sweep: a line for each value of one axis, with a band over the seeds and starts it was repeated
with."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.text import listing
from ..records.record import Record
from . import style
from .display import Display
from .heatmap import log_ticks
from .loss import AXES, SCALES, drawable
from .rows import Array, checked_title, note_of, record_of
from .sweep_axes import Axis, axes_of, chosen_values, read_sweep, runs_at
from .sweep_values import first_run, folded, folded_note, sweep_title, values_of

__all__ = ["curves_of"]

MOST_LINES = 8
"""Lines that can be told apart and named."""
MOST_ROWS = 2000
COLUMNS = ("f", "grad_norm", "running_f", "learning_rate")
DECADES = 2
"""Spanned by f before it is drawn on a log scale."""
ABOVE = 30.0
"""How far above what the sound runs show the picture goes for those that failed."""
FAR = 100.0
"""A line that ends so many times above its start does not set the heights of the picture."""
COLOURS = (*style.COLOURS[:6], style.INK, "#8c6d46")
GAP = 0.062
"""Of the axes' height, from one name to the next."""


def curves_of(
    sweep: Any, *, by: str | None = None, column: str = "f", x: str = "iteration", at: Mapping[str, Any] | None = None,
    over: str = "best", scale: str = "auto", most: int = MOST_LINES, title: str | None = None,
) -> Display:  # fmt: skip
    """f over the iterations, a line for each value of the axis ``by``.

    Parameters
    ----------
    by : the axis; None takes the first one that has several values and is no seed or start.
    column : "f", "grad_norm", "running_f" or "learning_rate".
    x : "iteration" (epochs for stochastic runs), "n_grad" or "seconds".
    at : values of other axes, such as ``{"momentum": 0.9}``.
    over : what stands for the other hyper-parameters: those with the "best", "median" or "worst" lowest f.
    scale : "log", "linear", or "auto": log where the values are positive and span more than two decades.
    most : lines at most, 8 or fewer; of more values the best one and some evenly spaced others are drawn, and the note
        says so.

    A line is the median over seeds and starts, the band reaches from the lower to the upper quartile. A run that
    ended well stays at its last value; one that failed counts as infinite from there on, and a line ends where half of
    its runs have.

    ``data``: series, a list of dicts (label, value, x, median, low, high - None for a single run -, runs, failed,
    outcome, "" or the failure of the most), left_out (values not drawn), scale, x_label, y_label.
    """
    checked_title(title)
    if column not in COLUMNS:
        raise ArgumentError(f"column must be {listing(COLUMNS)}; got {column!r}")
    if x not in AXES:
        raise ArgumentError(f"x must be {listing(AXES)}; got {x!r}")
    if scale not in SCALES:
        raise ArgumentError(f"scale must be 'auto', 'linear' or 'log'; got {scale!r}")
    if isinstance(most, bool) or not isinstance(most, (int, np.integer)) or not 1 <= most <= MOST_LINES:
        raise ArgumentError(
            f"most must be a whole number from 1 to {MOST_LINES}, more lines cannot be told apart; got {most!r}"
        )
    columns = read_sweep(sweep)
    axes = axes_of(sweep, columns)
    first = first_run(sweep, columns["outcome"])
    unit = record_of(first, "sweep").unit
    axis = axis_by(axes, by, tuple(at or ()))
    values = values_of(columns, "best_f", first, None)
    cells = folded(values, (axis,), axes, runs_at(axes, at, columns), over)
    shown, left_out = chosen_values({key[0]: cell["rank"] for key, cell in cells.items()}, int(most))
    series = []
    for code in shown:
        cell = cells[(code,)]
        records = [record_of(sweep[int(k)], "sweep") for k in cell["members"]]
        one = banded(records, column, x)
        label = label_of(axis, code, axes, int(cell["members"][0]), at)
        one |= {"label": ", ".join(filter(None, (label, cell["failure"]))), "value": axis.values[code]}
        one |= {"runs": len(records), "failed": sum(failed(r) for r in records), "outcome": cell["failure"]}
        series.append(one)
    data = {
        "view": "curves", "by": axis.name, "series": series, "left_out": [axis.values[k] for k in left_out], "x": x,
        "title": sweep_title(first, axes, len(sweep)) if title is None else title, "column": column,
        "x_label": {"iteration": unit, "seconds": "time in seconds"}.get(
            x, "gradient evaluations" if unit == "iteration" else "passes over the data"
        ),
        "y_label": {"grad_norm": "largest gradient component", "running_f": "f averaged while the weights moved"}.get(
            column, column.replace("_", " ")
        ),
    }  # fmt: skip
    data["scale"] = scale_for(series, scale)
    few = f"{len(shown)} of {len(cells)} values of {axis.label}, the best among them" if left_out else ""
    band = "band: quartiles" if any(one["low"] is not None for one in series) else ""
    data["note"] = note_of((few, folded_note((axis,), axes, at, over), band))
    return Display(data, draw, (5.9 + 0.45 + 0.068 * max(len(one["label"]) for one in series), 3.9))


def axis_by(axes: Mapping[str, Axis], by: str | None, fixed: tuple[str, ...]) -> Axis:
    if by is not None:
        if by not in axes:
            raise ArgumentError(f"by must be an axis of the sweep, {listing(axes)}; got {by!r}")
        return axes[by]
    free = [axis for axis in axes.values() if axis.name not in fixed]
    if not free:
        raise ArgumentError("by is missing: the sweep has no axis left to draw lines for")
    return min(free, key=lambda axis: (axis.repeats, len(axis) < 2))


def label_of(axis: Axis, code: int, axes: Mapping[str, Axis], run: int, at: Mapping[str, Any] | None) -> str:
    """``learning rate 0.2 (momentum 0.9)``: the value, and what was chosen along with it."""
    name = axis.texts[code] if axis.name == "method" else f"{axis.label} {axis.texts[code]}"
    others = [
        f"{a.label} {a.texts[a.codes[run]]}" for a in axes.values()
        if a is not axis and not a.repeats and len(a) > 1 and a.name not in (at or {})
    ]  # fmt: skip
    return f"{name} ({', '.join(others)})" if others else name


def flew(one: dict[str, Any]) -> bool:
    """Whether half of the runs behind a line failed, or it ends far above its start."""
    median = one["median"][np.isfinite(one["median"])]
    return 2 * one["failed"] >= one["runs"] or bool(median.size and median[-1] > FAR * abs(median[0]) > 0)


def failed(record: Record) -> bool:
    return record.outcome is not None and record.outcome.failed


def banded(records: list[Record], column: str, x: str) -> dict[str, Any]:
    """Median and quartiles of a column over the runs, row by row of all their ``x`` together."""
    lines = [line_of(record, column, x) for record in records]
    at = np.unique(np.concatenate([line_x for line_x, _ in lines]))
    if len(at) > MOST_ROWS:
        at = at[np.unique(np.linspace(0, len(at) - 1, MOST_ROWS).round().astype(int))]
    table = np.empty((len(lines), len(at)))
    for row, record, (line_x, line_f) in zip(table, records, lines, strict=True):
        place = np.searchsorted(line_x, at, side="right") - 1
        row[:] = np.where(place < 0, np.nan, line_f[np.maximum(place, 0)])
        if failed(record):
            row[at > line_x[-1]] = np.inf
    if len(lines) == 1:
        return {"x": at, "median": finite(table[0]), "low": None, "high": None, "last": float(lines[0][0][-1])}
    low, median, high = quantiles(table, (0.25, 0.5, 0.75))
    last = max(float(line_x[-1]) for line_x, _ in lines)
    return {"x": at, "median": finite(median), "low": finite(low), "high": high, "last": last}


def line_of(record: Record, column: str, x: str) -> tuple[Array, Array]:
    history = record.history
    for name in (column, x):
        if getattr(history, name) is None:
            raise ArgumentError(
                f"the curves need history.{name}, which record={record.setup.get('record')!r} did not keep; "
                "run the sweep again with record='auto'"
            )
    values = np.asarray(getattr(history, column), dtype=float)
    return np.asarray(getattr(history, x), dtype=float), np.where(np.isnan(values) & failed(record), np.inf, values)


def quantiles(table: Array, shares: tuple[float, ...]) -> list[Array]:
    """Quantiles down the columns, between neighbours linear; inf is the highest value of all, NaN is left out."""
    ranked = np.sort(table, axis=0)  # NaN last
    many = (~np.isnan(table)).sum(axis=0)
    found = []
    for share in shares:
        place = share * np.maximum(many - 1, 0)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, np.maximum(many - 1, 0))
        below, above = (np.take_along_axis(ranked, rows[None], axis=0)[0] for rows in (low, high))
        with np.errstate(invalid="ignore"):
            mixed = below + (place - low) * (above - below)
        found.append(
            np.where(many == 0, np.nan, np.where(place == low, below, np.where(np.isinf(above), above, mixed)))
        )
    return found


def finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


def scale_for(series: list[dict[str, Any]], scale: str) -> str:
    values = np.concatenate([one["median"][np.isfinite(one["median"])] for one in series])
    positive = values[values > 0]
    if scale == "log" and not positive.size:
        raise ArgumentError("scale='log' needs values above 0, and these runs have none; use scale='linear'")
    if scale != "auto":
        return scale
    spans = positive.size > 1 and float(positive.max()) > 10.0**DECADES * float(positive.min())
    return "log" if spans and bool((values >= 0).all()) else "linear"


# -- drawing ---------------------------------------------------------------------------------------------------------


def draw(ax: Any, data: dict[str, Any]) -> Any:
    """The lines, each named at the right of the axes at the height at which it ends."""
    style.open_frame(ax)
    limits = limits_of(data)
    if data["scale"] == "log":
        ax.set_yscale("log")
    else:
        style.write_ticks(ax.yaxis)
    style.write_ticks(ax.xaxis, whole=data["x"] != "seconds")
    right = max(float(one["x"][-1]) for one in data["series"])
    if right > 0:
        ax.set_xlim(-0.015 * right, right)
    if limits:  # before anything is drawn: no automatic limits, which overflow at the heights of a divergence
        ax.set_ylim(*limits)
        if data["scale"] == "log":
            log_ticks(ax.yaxis, *limits)
    ends = []
    for k, one in enumerate(data["series"]):
        look = {"color": COLOURS[k], "linestyle": style.DASHES[k % len(style.DASHES)], "linewidth": style.LINE}
        heights = one["median"]
        if limits and data["scale"] == "log":  # a value of 0 leaves the picture at the bottom
            heights = np.where(heights <= 0, limits[0] / 10, heights)
        x, f = drawable(one["x"], heights, data["scale"])
        (line,) = ax.plot(x, f, **look, zorder=3, label=one["label"])
        fine = np.flatnonzero(np.isfinite(f))
        if one["low"] is not None:
            top = np.where(np.isfinite(one["high"]), one["high"], limits[1] if limits else np.nan)
            where = np.isfinite(one["low"]) & np.isfinite(top) & ((one["low"] > 0) | (data["scale"] != "log"))
            ax.fill_between(
                one["x"], one["low"], top, where=where.tolist(), color=COLOURS[k], alpha=0.16, linewidth=0, zorder=2
            )
        if not fine.size:
            ends.append((np.nan, line))
            continue
        end = float(x[fine[-1]]), float(f[fine[-1]])
        lost = 2 * one["failed"] >= one["runs"]
        if lost:
            inside = fine[f[fine] <= limits[1]] if limits else fine
            mark = inside[-1] if inside.size else fine[0]
            ax.plot(x[mark], f[mark], marker="X", markersize=7, color=COLOURS[k], markeredgecolor="white", zorder=4)
        elif end[0] < right and (not limits or limits[0] <= end[1] <= limits[1]):  # it ended well, and stays there
            ax.plot([end[0], right], [end[1]] * 2, color=COLOURS[k], linestyle=":", linewidth=style.THIN, zorder=2.5)
            ax.plot(*end, marker="o", markersize=3.6, color=COLOURS[k], zorder=4)
        ends.append((np.inf if lost else end[1], line))
    ax.set_xlabel(data["x_label"])
    ax.set_ylabel(data["y_label"] + (" (median)" if any(one["low"] is not None for one in data["series"]) else ""))
    style.heading(ax, data["title"], data["note"])
    name_ends(ax, data, ends)
    return ax


def limits_of(data: dict[str, Any]) -> tuple[float, float] | None:
    """The heights that show the sound lines whole; those that flew off leave the picture above."""
    log = data["scale"] == "log"
    sound = [one["median"] for one in data["series"] if not flew(one)]
    parts = sound or [one["median"][:3] for one in data["series"]]
    values = np.concatenate([*parts, *(one["median"][:1] for one in data["series"])])
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    left = any(flew(one) for one in data["series"])
    if log:
        span = max(np.log10(high / low), 0.1)
        return low / 10.0 ** (0.05 * span), high * (ABOVE if left else 10.0 ** (0.05 * span))
    span = high - low or abs(high) or 1.0
    return low - 0.05 * span, high + (0.5 if left else 0.05) * span


def name_ends(ax: Any, data: dict[str, Any], ends: list[tuple[float, Any]]) -> None:
    """Each label beside the axes, as near to the height of its line's end as the others let it be."""
    heights = []
    for end, _ in ends:
        if not np.isfinite(end) or (data["scale"] == "log" and end <= 0):
            heights.append(1.0 if end > 0 else 0.0)
        else:
            heights.append(float(ax.transAxes.inverted().transform(ax.transData.transform((0, end)))[1]))
    places = spread(np.clip(heights, 0.0, 1.0), GAP)
    for place, (_, line), one in zip(places, ends, data["series"], strict=True):
        ax.plot(
            [1.012, 1.052], [place] * 2, transform=ax.transAxes, clip_on=False, color=line.get_color(),
            linestyle=line.get_linestyle(), linewidth=style.LINE,
        )  # fmt: skip
        ax.text(
            1.062, place, one["label"], transform=ax.transAxes, va="center", fontsize=style.SMALL,
            color=line.get_color(),
        )  # fmt: skip


def spread(heights: Any, gap: float) -> Array:
    """``heights`` in 0 to 1 moved apart to at least ``gap``, their order kept, as little as a pass down and a pass up
    can do."""
    order = np.argsort(heights, kind="stable")
    found = np.asarray(heights, dtype=float)[order]
    for k in range(1, len(found)):
        found[k] = max(found[k], found[k - 1] + gap)
    over = found[-1] - 1.0 if len(found) else 0.0
    if over > 0:
        found[-1] = 1.0
        for k in range(len(found) - 2, -1, -1):
            found[k] = min(found[k], found[k + 1] - gap)
    placed = np.empty(len(found))
    placed[order] = found
    return placed
