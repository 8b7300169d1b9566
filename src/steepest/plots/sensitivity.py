"""How much each hyper-parameter of a sweep matters: the best and the quantiles of the runs against each of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from . import frames, style
from .curves import quantiles
from .display import Display
from .heatmap import colour_limits, log_ticks, scale_axis
from .rows import checked_title, note_of, record_of
from .sweep_axes import Axis, axes_of, edges_of, read_sweep, runs_at
from .sweep_values import first_run, folded_note, sweep_title, values_of

__all__ = ["sensitivity_of"]

ACROSS = 3
"""Panels in a row."""
MOST = 9
PANEL = 2.3
"""Inches of a panel's axis."""
SHARES = (0.25, 0.5, 0.75)
STRIP = 0.13
"""Of a panel's height, for the share of failed runs."""
MOST_MARKS = 25
"""Values that have a marker each."""
LOST = ("#f3d9c8", "#b0673a")


def sensitivity_of(
    sweep: Any, *, value: str = "best_f", at: Mapping[str, Any] | None = None, optimum: Any = "auto",
    title: str | None = None,
) -> Display:  # fmt: skip
    """A panel for each axis with several values, seeds and starts included: of all runs with one value of it the best,
    the median and the quartiles.

    Parameters
    ----------
    value : a column of numbers: "f", "best_f", "nit", ...
    at : values of some axes; only runs that have them are counted.
    optimum : subtracted from f; "auto" is the known minimum where it is not 0 and no run is below it.

    A failed run counts as worse than all others, so that a quartile that leaves the picture has met failures; a strip
    at the top of each panel shows the share of failed runs. Of more than nine axes the first nine are drawn.

    ``data``: panels, a list of dicts (name, values, best, low, median, high - (values,) each, inf for failures -, runs,
    failed), value_label, log, low, high, left_out.
    """
    checked_title(title)
    columns = read_sweep(sweep)
    axes = axes_of(sweep, columns)
    first = first_run(sweep, columns["outcome"])
    values = values_of(columns, value, first, optimum)
    chosen = runs_at(axes, at, columns)
    drawn = [axis for axis in axes.values() if len(axis) > 1 and axis.name not in (at or {})]
    if not drawn:
        raise ArgumentError("the sweep has no axis with several values left, so there is no sensitivity to draw")
    down = record_of(first, "sweep").sign < 0 and value in ("f", "best_f") and values.label.endswith("f")
    panels = [panel_of(axis, values.shown, values.failure != "", chosen, down) for axis in drawn[:MOST]]
    every = np.concatenate([panel[name] for panel in panels for name in ("best", "low", "median", "high")])
    data: dict[str, Any] = {
        "view": "sensitivity", "panels": panels, "left_out": [axis.name for axis in drawn[MOST:]],
        "value_label": values.label, "title": sweep_title(first, axes, len(sweep)) if title is None else title,
        **colour_limits(every[np.isfinite(every)]),
    }  # fmt: skip
    fixed = folded_note(drawn, axes, at, "best")
    left = f"not drawn: {', '.join(data['left_out'])}" if data["left_out"] else ""
    data["note"] = note_of((fixed, "over all runs with the same value", left))
    rows, across = -(-len(panels) // ACROSS), min(ACROSS, len(panels))
    return Display(data, draw, (2.0 + 2.75 * across if across > 1 else 5.6, 1.1 + 2.7 * rows))


def panel_of(axis: Axis, shown: Any, lost: Any, chosen: Any, down: bool) -> dict[str, Any]:
    """Best and quartiles for each value of an axis; ``down`` where a higher value is better."""
    found: dict[str, Any] = {name: np.full(len(axis), np.nan) for name in ("best", "low", "median", "high")}
    runs, failed = np.zeros(len(axis), dtype=np.int64), np.zeros(len(axis), dtype=np.int64)
    turn = -1.0 if down else 1.0
    for k in range(len(axis)):
        here = chosen & (axis.codes == k) & ~np.isnan(shown)
        runs[k], failed[k] = int(here.sum()), int((here & lost).sum())
        if not runs[k]:
            continue
        group = np.where(lost[here], np.inf, turn * shown[here])
        low, median, high = (float(part[0]) for part in quantiles(group[:, None], SHARES))
        for name, one in (("best", group.min()), ("low", low), ("median", median), ("high", high)):
            found[name][k] = np.inf if np.isinf(one) else turn * one
    return {"axis": axis, "name": axis.name, "values": axis.values, **found, "runs": runs, "failed": failed}


def draw(ax: Any, data: dict[str, Any]) -> Any:
    panels = data["panels"]
    across = min(ACROSS, len(panels))
    axes, _ = frames.split(ax, -(-len(panels) // across), across, data["title"], data["note"], legend=True)
    bottom, top = heights_of(data)
    handles: dict[str, Any] = {}
    for k, panel in enumerate(panels):
        here = axes.flat[k]
        if data["log"]:
            here.set_yscale("log")
        else:
            style.write_ticks(here.yaxis)
        for handle in draw_panel(here, panel, bottom, top):
            handles.setdefault(handle.get_label(), handle)
        here.set_ylim(bottom, top)
        if data["log"]:
            log_ticks(here.yaxis, bottom, top)
        if k % across:
            here.tick_params(labelleft=False)
        else:
            here.set_ylabel(style.minus_signs(data["value_label"]))
        here.set_xlabel(panel["axis"].label)
    for here in list(axes.flat)[len(panels) :]:
        here.set_axis_off()
    frames.legend(ax, data, list(handles.values()))
    return axes


def heights_of(data: dict[str, Any]) -> tuple[float, float]:
    """The shared limits of f, with room for the strip of failures at the top where there are any."""
    above = (STRIP + 0.05) / (1 - STRIP) if any(panel["failed"].any() for panel in data["panels"]) else 0.06
    if data["log"]:
        ratio = data["high"] / data["low"]
        return data["low"] / ratio**0.06, data["high"] * ratio**above
    span = data["high"] - data["low"]
    return data["low"] - 0.06 * span, data["high"] + above * span


def draw_panel(ax: Any, panel: dict[str, Any], bottom: float, top: float) -> list[Any]:
    """Lines through the values, markers where they are few; what a legend needs."""
    axis, many = panel["axis"], len(panel["values"])
    style.open_frame(ax)
    edges = edges_of(axis)
    scale_axis(ax, "x", axis, edges, PANEL)
    joined = axis.numeric and not axis.repeats
    up = {name: np.where(np.isinf(panel[name]), top, panel[name]) for name in ("low", "high")}
    handles = []
    looks = {
        "best": {"color": style.BLUE, "marker": "o", "linestyle": "-"},
        "median": {"color": style.VERMILLION, "marker": "s", "linestyle": style.DASHES[1]},
    }
    if panel["runs"].max() > 1:
        if joined:
            band = ax.fill_between(
                axis.at, up["low"], up["high"], color=style.VERMILLION, alpha=0.15, linewidth=0, label="quartiles"
            )
        else:
            band = ax.vlines(
                axis.at, up["low"], up["high"], color=style.VERMILLION, alpha=0.3, linewidth=6, label="quartiles"
            )
        handles.append(band)
    for name, look in looks.items():
        if name == "median" and panel["runs"].max() <= 1:
            continue
        fine = np.where(np.isfinite(panel[name]), panel[name], np.nan)
        line = look if joined else {**look, "linestyle": "none"}
        handles += ax.plot(
            axis.at, fine, **(line if many <= MOST_MARKS else {**line, "marker": ""}), markersize=4,
            linewidth=style.LINE, label=name,
        )  # fmt: skip
    if panel["failed"].any():
        handles.insert(0, failed_strip(ax, panel, edges))
    order = ["best", "median", "quartiles", "share of runs that failed"]
    return sorted(handles, key=lambda handle: order.index(handle.get_label()))


def failed_strip(ax: Any, panel: dict[str, Any], edges: Any) -> Any:
    """Bars that hang from the top of the panel, as long as the strip where all runs failed."""
    share = panel["failed"] / np.maximum(panel["runs"], 1)
    where = ax.get_xaxis_transform()
    ax.plot([0, 1], [1 - STRIP] * 2, color=style.PALE, linewidth=style.HAIR, transform=ax.transAxes, zorder=0)
    return ax.bar(
        edges[:-1], -STRIP * share, width=np.diff(edges), bottom=1.0, align="edge", transform=where, color=LOST[0],
        edgecolor=LOST[1], linewidth=style.HAIR if len(share) <= 40 else 0, label="share of runs that failed", zorder=1,
    )  # fmt: skip
