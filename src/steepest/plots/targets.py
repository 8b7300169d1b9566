"""How many iterations a sweep's runs took to a target, over one or two of its axes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.text import number
from . import heatmap, style
from .curves import quantiles
from .display import Display
from .heatmap import LOOKS, MISSED, OTHER_LOOK, scale_axis
from .rows import Array, Mask, checked_title, note_of, record_of
from .sweep_axes import Axis, axes_of, edges_of, read_sweep, runs_at
from .sweep_values import Values, first_run, folded, folded_note, sweep_title, values_of

__all__ = ["iterations_to", "targets_of"]

BLOCK = 256
"""Runs looked through at once."""
MOST_MARKS = 40
SHAPES = {"DIVERGED": "x", "NOT_FINITE": "+", "UNBOUNDED": "1", MISSED: "^"}


def targets_of(
    sweep: Any, *, f_target: float | None = None, gap: float | None = None, x: str | None = None, y: str | None = None,
    at: Mapping[str, Any] | None = None, over: str = "best", title: str | None = None,
) -> Display:  # fmt: skip
    """Iterations (epochs for stochastic runs) to a target: against the one axis there is, or as a heat map over two.

    Parameters
    ----------
    f_target : reached by the first row with f at or below it (at or above under maximize).
    gap : in its place the share of the way down that may be left, such as 1e-3: f - f_low <= gap (f_0 - f_low), f_low
        the known minimum, or else the lowest f of the sweep (More and Wild 2009, inequality 2.2).
    x, y, at, over : as for the heat map; x alone draws the line even where there are more axes.

    Over seeds and starts it is the median; where half of the runs did not get there, it is not reached. Rows that were
    thinned away are not looked at, so that a count may be too high by the stride.

    ``data``: target (a number, or each run's), iterations (runs,; inf where it was not reached); for one axis values,
    median, lower, upper (values,), failure (names); for two those of the heat map.
    """
    checked_title(title)
    if (f_target is None) == (gap is None):
        raise ArgumentError("targets need either f_target, a value of f, or gap, a share of the way down such as 1e-3")
    columns = read_sweep(sweep)
    axes = axes_of(sweep, columns)
    first = first_run(sweep, columns["outcome"])
    lowest = values_of(columns, "best_f", first, None)
    record = record_of(first, "sweep")
    iterations, target = iterations_to(sweep, f_target, gap, first, lowest)
    reached = np.isfinite(iterations)
    names = np.where(reached, "", np.where(lowest.failure == "", MISSED, lowest.failure))
    found = Values(iterations, iterations, names, f"{record.unit}s to the target")
    goal = (
        f"target: f = {number(float(target))}"
        if np.ndim(target) == 0
        else f"target: {number(float(gap or 0))} of the way left"
    )
    chosen = runs_at(axes, at, columns)
    many = [a for a in axes.values() if len(a) > 1 and not a.repeats and a.name not in (at or {})]
    title = sweep_title(first, axes, len(sweep)) if title is None else title
    if y is None and (x is not None or len(many) < 2):
        data = line_data(axes, found, chosen, x, at, over)
        data |= {"view": "targets", "title": title, "target": target, "iterations": iterations}
        data["note"] = note_of((goal, data["note"]))
        return Display(data, draw, (6.0, 3.9))
    data = heatmap.map_data(axes, found, chosen, x, y, at, over)
    data |= {"view": "targets", "title": title, "target": target, "iterations": iterations, "value": "iterations"}
    data["note"] = note_of((goal,), (data["note"],))
    return Display(data, heatmap.draw, heatmap.size_of(data))


def iterations_to(
    sweep: Any, f_target: float | None, gap: float | None, first: Any, lowest: Values
) -> tuple[Array, Any]:
    """The first iteration at which each run met the target, inf where none did; and the target, for all runs or
    each."""
    history, sign = sweep.history, record_of(first, "sweep").sign
    if history.f is None:
        raise ArgumentError("targets need history.f, which the sweep did not keep; run it again with record='auto'")
    f, iteration = history.f, history.iteration
    for name, value in (("f_target", f_target), ("gap", gap)):
        if value is not None and (isinstance(value, (bool, str)) or not np.isfinite(value)):
            raise ArgumentError(f"{name} must be a finite number; got {value!r}")
    if gap is not None:
        if not 0 < gap < 1:
            raise ArgumentError(
                f"gap must lie between 0 and 1, the share of the way down that may be left; got {gap!r}"
            )
        start = np.asarray(f[:, 0], dtype=float)
        low = floor_of(first.problem, sign, lowest)
        target: Any = low + gap * (start - low)
        if np.ptp(target) == 0:
            target = float(target[0])
    else:
        target = float(f_target)  # type: ignore[arg-type]
    each = np.broadcast_to(target, (len(f),))
    found = np.full(len(f), np.inf)
    for k in range(0, len(f), BLOCK):
        part = slice(k, k + BLOCK)
        with np.errstate(invalid="ignore"):
            met = sign * np.asarray(f[part], dtype=float) <= sign * each[part, None]
        rows = met.argmax(axis=1)
        hit = np.flatnonzero(met.any(axis=1))
        at = np.broadcast_to(iteration, f.shape)[part]
        found[k + hit] = at[hit, rows[hit]]
    return found, target


def floor_of(problem: Any, sign: float, lowest: Values) -> float:
    """The known minimum, or the lowest f of the runs that did not fail (the highest under maximize)."""
    known = getattr(problem, "minimum", None)
    if known is not None and sign > 0:
        return float(known.f)
    fine = lowest.rank[np.isfinite(lowest.rank)]
    if not fine.size:
        raise ArgumentError("gap needs the lowest f of the sweep, and all of its runs failed; give f_target")
    return sign * float(fine.min())


def line_data(
    axes: Mapping[str, Axis], found: Values, chosen: Mask, x: str | None, at: Mapping[str, Any] | None, over: str
) -> dict[str, Any]:
    """Median and quartiles over the repeats for each value of one axis."""
    free = [a for a in axes.values() if a.name not in (at or {})]
    if x is not None and x not in axes:
        raise ArgumentError(f"x must be an axis of the sweep, {', '.join(axes)}; got {x!r}")
    if not free:
        raise ArgumentError("the sweep has no axis left to draw iterations against")
    axis = axes[x] if x is not None else min(free, key=lambda a: (a.repeats, len(a) < 2))
    cells = folded(found, (axis,), axes, chosen, over)
    spots: dict[str, Any] = {name: np.full(len(axis), np.nan) for name in ("lower", "median", "upper")}
    failure = np.full(len(axis), "", dtype=object)
    for (code,), cell in cells.items():
        ends = quantiles(found.shown[cell["members"]][:, None], (0.25, 0.75))
        spots["lower"][code], spots["upper"][code] = (float(end[0]) for end in ends)
        spots["median"][code] = cell["value"]
        failure[code] = cell["failure"]
    return {
        "axis": axis, "x_name": axis.name, "values": axis.values, **spots, "failure": failure, "y_label": found.label,
        "repeated": any(len(cell["members"]) > 1 for cell in cells.values()),
        "note": folded_note((axis,), axes, at, over),
    }  # fmt: skip


def finite_of(values: Array) -> Array:
    return values[np.isfinite(values)]


def draw(ax: Any, data: dict[str, Any]) -> Any:
    """The count against the axis; values that did not get there stand at the top, each class with its mark."""
    axis: Axis = data["axis"]
    style.open_frame(ax)
    scale_axis(ax, "x", axis, edges_of(axis))
    median = np.where(np.isfinite(data["median"]), data["median"], np.nan)
    shown = finite_of(median)
    log = bool(shown.size and shown.min() > 0 and shown.max() > 10 * shown.min())
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
    if log:
        ax.set_yscale("log")
        bottom, top = low / (high / low) ** 0.06, high * (high / low) ** 0.14
    else:
        bottom, top = min(0.0, low), high + 0.14 * (high - min(0.0, low) or 1.0)
        style.write_ticks(ax.yaxis, whole=True)
    handles = []
    if data["repeated"]:
        up = np.where(np.isinf(data["upper"]), top, data["upper"])
        if axis.numeric:
            handles.append(
                ax.fill_between(
                    axis.at, data["lower"], up, where=np.isfinite(median).tolist(), color=style.BLUE, alpha=0.16,
                    linewidth=0, label="quartiles",
                )
            )  # fmt: skip
        else:
            handles.append(
                ax.vlines(axis.at, data["lower"], up, color=style.BLUE, alpha=0.3, linewidth=6, label="quartiles")
            )
    line = ax.plot(
        axis.at, median, color=style.BLUE, linewidth=style.LINE, marker="o" if len(median) <= MOST_MARKS else None,
        markersize=4, linestyle="-" if axis.numeric else "none", label="median" if data["repeated"] else "reached",
    )  # fmt: skip
    for name in sorted(set(data["failure"]) - {""}):
        lost = data["failure"] == name
        handles += ax.plot(
            axis.at[lost], np.full(int(lost.sum()), 0.96), transform=ax.get_xaxis_transform(), linestyle="none",
            marker=SHAPES.get(name, "*"), color=LOOKS.get(name, OTHER_LOOK)[2], markersize=6, clip_on=False, label=name,
        )  # fmt: skip
    ax.set_ylim(bottom, top)
    if log:
        heatmap.log_ticks(ax.yaxis, bottom, top)
    ax.set_xlabel(axis.label)
    ax.set_ylabel(data["y_label"])
    style.heading(ax, data["title"], data["note"], [*line, *handles] if handles else [])
    return ax
