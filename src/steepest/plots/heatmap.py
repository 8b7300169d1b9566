"""A heat map of a sweep: one number a run over two hyper-parameters, failed runs apart from the colours."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number
from . import drawing, style
from .display import Display
from .levels import ladder
from .rows import Array, Mask, checked_title, note_of
from .sweep_axes import FEW, Axis, axes_of, edges_of, read_sweep, runs_at, two_of, unstepped, value_text
from .sweep_values import Values, first_run, folded, folded_note, sweep_title, values_of

__all__ = ["draw", "heatmap_of", "log_ticks", "map_data", "scale_axis", "size_of"]

MISSED, NO_VALUE, NO_RUN = "NOT REACHED", "no value", "no run"
MARKERS = {"DIVERGED": "x", "NOT_FINITE": "+", "UNBOUNDED": "1", MISSED: "_"}
COLUMNS = 3
"""Of the legend."""
LONGEST = 18
"""Letters of a value on an axis."""
LETTERS = 12
"""Letters along an inch of the x axis."""
MOST_RIMMED = 400
"""Cells up to which each has a white rim."""
LOOKS: dict[str, tuple[str, str, str]] = {
    "DIVERGED": ("#f3d9c8", "////", "#b0673a"), "NOT_FINITE": ("#e2e2e2", "xxxx", "#8a8a8a"),
    "UNBOUNDED": ("#f4e7bd", "\\\\\\\\", "#a58a2a"), MISSED: ("#f0f0f0", "....", "#b5b5b5"),
}  # fmt: skip
"""Ground, hatch and its colour for each class of cells without a value; none of them is a colour of the scale."""
OTHER_LOOK = ("#ead7e3", "++++", "#9b6a88")
CRAMPED = 2500
"""Cells above which an .svg or .pdf holds them as an image."""
MOST_NUMBERS = 60
"""Cells up to which each has its number written in it, where it fits."""
WIDE, HIGH = 4.6, 3.9
"""Inches of the axes."""
MANY = 20
"""Values from which on the highest twentieth of them may be left beyond the colours."""
DECADES = 16
"""Powers of ten below the highest value that the colours tell apart."""


def heatmap_of(
    sweep: Any, *, value: str = "f", x: str | None = None, y: str | None = None, at: Mapping[str, Any] | None = None,
    over: str = "best", optimum: Any = "auto", boundary: Any = None, boundary_label: str = "stability limit",
    title: str | None = None,
) -> Display:  # fmt: skip
    """A column of a sweep over two of its axes, a cell for each pair of values.

    Parameters
    ----------
    value : a column of numbers: "f", "best_f", "nit", "grad_norm", ...
    x, y : the axes; None takes the first two that are numbers.
    at : values of other axes, such as ``{"batch_size": 16}``.
    over : what stands for the hyper-parameters that are neither drawn nor given by ``at``: their "best", "median" or
        "worst". Over seeds and starts it is the median.
    optimum : subtracted from f; "auto" is the known minimum where it is not 0 and no run is below it.
    boundary : a curve over the map, ``(x, y)`` in values of the axes, such as the largest stable learning rate.

    Axes and colours are logarithmic where the values are spaced so. Runs that failed have no colour of the scale: their
    cells are hatched, one hatch for each outcome, and do not move its ends. Nothing is interpolated. Where the runs
    fill less than half of the pairs (a random sweep) each is a dot.

    ``data``: x_name, y_name, x, y (values), x_axis, y_axis, x_edges, y_edges, values (y, x; NaN where there is none),
    failure (y, x; names, "" for none), runs (y, x), counts (cells of each failure), best (dict: x, y, value, at, place;
    or None), low, high, log, extend, value_label, boundary, and dots (a dict of x, y, values, failure) in place of
    values, failure and runs where there are no cells.
    """
    checked_title(title)
    columns = read_sweep(sweep)
    axes = axes_of(sweep, columns)
    first = first_run(sweep, columns["outcome"])
    values = values_of(columns, value, first, optimum)
    data = map_data(axes, values, runs_at(axes, at, columns), x, y, at, over)
    data |= {
        "view": "heatmap",
        "value": value,
        "title": sweep_title(first, axes, len(sweep)) if title is None else title,
    }
    data["boundary"], data["boundary_label"] = checked_boundary(boundary), boundary_label
    return Display(data, draw, size_of(data))


def map_data(
    axes: Mapping[str, Axis], values: Values, chosen: Mask, x: str | None, y: str | None, at: Mapping[str, Any] | None,
    over: str,
) -> dict[str, Any]:  # fmt: skip
    """What ``heatmap_of`` says of its data, for any values of the runs."""
    across, up = two_of(axes, x, y, tuple(at or ()))
    cells = folded(values, (across, up), axes, chosen, over)
    sparse = 2 * len(cells) < len(across) * len(up)
    if sparse:
        across, up = unstepped(across), unstepped(up)
    keys = list(cells)
    column, row = np.array(keys).T
    found = np.array([cells[key]["value"] for key in keys])
    shown = np.where(np.isfinite(found), found, np.nan)
    names = [cells[key]["failure"] or ("" if np.isfinite(cells[key]["value"]) else NO_VALUE) for key in keys]
    failure = np.array(names, dtype=object)
    data: dict[str, Any] = {
        "x_axis": across, "y_axis": up, "x_name": across.name, "y_name": up.name, "x": across.values, "y": up.values,
        "x_edges": edges_of(across), "y_edges": edges_of(up), "value_label": values.label, "dots": None, "values": None,
        "failure": None, "runs": None, "counts": {name: names.count(name) for name in sorted(set(names) - {""})},
        "best": best_of(cells, axes, across, up), "boundary": None, "boundary_label": "",
        **colour_limits(shown[np.isfinite(shown)], values.most),
    }  # fmt: skip
    if sparse:
        data["dots"] = {"x": across.at[column], "y": up.at[row], "values": shown, "failure": failure}
    else:
        shape = len(up), len(across)
        data["values"], data["runs"] = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
        data["failure"] = np.full(shape, NO_RUN, dtype=object)
        data["values"][row, column], data["failure"][row, column] = shown, failure
        data["runs"][row, column] = [cells[key]["runs"] for key in keys]
        if len(cells) < len(across) * len(up):
            data["counts"][NO_RUN] = len(across) * len(up) - len(cells)
    data["note"] = note_of((folded_note((across, up), axes, at, over),), (best_note(data),))
    return data


def best_of(
    cells: dict[tuple[int, ...], dict[str, Any]], axes: Mapping[str, Axis], across: Axis, up: Axis
) -> dict[str, Any] | None:
    """The best cell and the hyper-parameters behind it; None where there is nothing to choose between."""
    ranked = [key for key, cell in cells.items() if np.isfinite(cell["rank"]) and np.isfinite(cell["value"])]
    if not ranked or (len(ranked) > 1 and len({cells[key]["value"] for key in ranked}) == 1):
        return None
    i, j = min(ranked, key=lambda key: cells[key]["rank"])
    run = int(cells[i, j]["members"][0])
    others = {a.name: a.values[a.codes[run]] for a in axes.values() if a not in (across, up) and not a.repeats}
    return {
        "x": across.values[i], "y": up.values[j], "value": cells[i, j]["value"], "at": others,
        "place": (float(across.at[i]), float(up.at[j])),
    }  # fmt: skip


def best_note(data: dict[str, Any]) -> str:
    """``star: the best, at learning rate 0.2, momentum 0.5 (f 1.2e-09)``."""
    best = data["best"]
    if best is None:
        return ""
    places = {data["x_name"]: best["x"], data["y_name"]: best["y"], **best["at"]}
    where = ", ".join(f"{name.replace('_', ' ')} {value_text(name, value)}" for name, value in places.items())
    return f"star: the best, at {where} ({data['value_label']}: {number(best['value'])})"


def colour_limits(values: Array, most: float = np.inf) -> dict[str, Any]:
    """``low``, ``high`` and ``log`` of the colours, and ``extend``, the ends beyond which there are values.

    Logarithmic where no value is negative and they span more than two decades (f: one). A few values far above all
    others, such as runs stopped on their way to infinity, are left beyond the end, and so is what is above ``most``.
    """
    every, values = values, values[values <= most] if (values <= most).any() else values
    positive, span = values[values > 0], 10 if np.isfinite(most) else 100
    if not values.size:
        return {"low": 0.0, "high": 1.0, "log": False, "extend": "neither"}
    log = bool((values >= 0).all()) and positive.size > 0 and float(positive.max()) > span * float(positive.min())
    ranked = np.sort(values)
    common, middle, high = float(ranked[int(0.95 * (ranked.size - 1))]), float(np.median(ranked)), float(ranked[-1])
    if values.size < MANY:
        common = high
    if log:
        high = common if 0 < common < 1e-4 * high else high
        low = max(float(positive.min()), high * 10.0**-DECADES)
    else:
        with np.errstate(over="ignore"):
            high = common if high - middle > 100 * (common - middle) > 0 else high
        low = float(ranked[0])
    if low >= high:
        low, high = (low / 2, high * 2) if log else (low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0))
    below, above = bool((every < low).any()), bool((every > high).any())
    ends = {(True, True): "both", (True, False): "min", (False, True): "max", (False, False): "neither"}
    return {"low": low, "high": high, "log": log, "extend": ends[below, above]}


def checked_boundary(boundary: Any) -> tuple[Array, Array] | None:
    """The curve as two arrays of one length."""
    if boundary is None:
        return None
    try:
        x, y = (np.asarray(part, dtype=float) for part in boundary)
    except (TypeError, ValueError):
        raise ArgumentTypeError("boundary must be a pair (x, y) of number sequences, or None") from None
    if x.ndim != 1 or x.shape != y.shape:
        raise ArgumentError(f"boundary must hold two sequences of one length; got shapes {x.shape} and {y.shape}")
    return x, y


# -- drawing ---------------------------------------------------------------------------------------------------------


def size_of(data: dict[str, Any]) -> tuple[float, float]:
    """Inches; the names of the y axis and the lines above the axes take their room."""
    names = max(map(len, data["y_axis"].texts)) if len(data["y"]) <= FEW else 5
    lines = 1 + data["note"].count("\n") + (len(data["note"]) > 70) + -(-len(data["counts"]) // COLUMNS)
    return WIDE + 1.5 + 0.07 * min(names, 20), HIGH + 0.85 + 0.17 * lines


def draw(ax: Any, data: dict[str, Any]) -> Any:
    for axis, name, edges in ((data["x_axis"], "x", data["x_edges"]), (data["y_axis"], "y", data["y_edges"])):
        scale_axis(ax, name, axis, edges)
    look = {"cmap": style.colour_map(style.SEQUENTIAL), "norm": norm_of(data)}
    filled = draw_cells(ax, data, look) if data["dots"] is None else draw_dots(ax, data, look)
    handles = [legend_patch(name, many, data["dots"] is not None) for name, many in data["counts"].items()]
    if data["boundary"] is not None:
        x, y = (
            placed(part, axis) for part, axis in zip(data["boundary"], (data["x_axis"], data["y_axis"]), strict=True)
        )
        ax.plot(x, y, color="white", linewidth=3.2, alpha=0.8, zorder=drawing.LINES)
        handles += ax.plot(
            x, y, color=style.INK, linewidth=style.LINE, linestyle=style.DASHES[1], zorder=drawing.LINES + 0.1,
            label=data["boundary_label"],
        )  # fmt: skip
    if data["best"] is not None:
        ax.plot(
            *data["best"]["place"], marker="*", markersize=13, color=style.PATH, markeredgecolor="white",
            markeredgewidth=1.1, zorder=drawing.MARKS,
        )  # fmt: skip
    if filled is not None:
        colour_bar(ax, filled, data)
    style.heading(ax, data["title"], data["note"], handles, columns=COLUMNS)
    ax.set_xlabel(data["x_axis"].label)
    ax.set_ylabel(data["y_axis"].label)
    return ax


def scale_axis(ax: Any, which: str, axis: Axis, edges: Array, inches: float = WIDE) -> None:
    """Scale, limits and ticks of the ``which`` axis; few values have a tick each, names too long for ``inches`` are
    slanted."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    side = ax.xaxis if which == "x" else ax.yaxis
    if axis.scale == "log":
        getattr(ax, f"set_{which}scale")("log")
    getattr(ax, f"set_{which}lim")(edges[0], edges[-1])
    most = int(inches * LETTERS)
    needed = sum(len(text) + 2 for text in axis.texts) if which == "x" and axis.numeric else 0
    every = max(-(-len(axis) // (FEW if which == "x" else 16)), -(-needed // most))
    if axis.scale == "steps" or every == 1:
        texts = [text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..." for text in axis.texts[::every]]
        side.set_major_locator(FixedLocator(axis.at[::every].tolist()))
        side.set_major_formatter(FixedFormatter([style.minus_signs(text) for text in texts]))
        side.set_minor_locator(NullLocator())
        if which == "x" and sum(map(len, texts)) > most:
            ax.tick_params(axis="x", labelrotation=35)
            for text in side.get_ticklabels():
                text.set(ha="right", rotation_mode="anchor")
        side.set_tick_params(length=0)
    elif axis.scale == "linear":
        style.write_ticks(side)


def norm_of(data: dict[str, Any]) -> Any:
    from matplotlib.colors import LogNorm, Normalize

    return (LogNorm if data["log"] else Normalize)(data["low"], data["high"])


def draw_cells(ax: Any, data: dict[str, Any], look: dict[str, Any]) -> Any:
    """A rectangle a cell, in the colour of its value or the hatch of its failure."""
    x, y, values = data["x_edges"], data["y_edges"], data["values"]
    crowded = values.size > CRAMPED
    clipped = np.where(values < data["low"], data["low"], values) if data["log"] else values  # a 0 has no logarithm
    filled = ax.pcolormesh(
        x, y, np.ma.masked_invalid(clipped), **look, rasterized=crowded, zorder=drawing.BELOW,
        **({} if values.size > MOST_RIMMED else {"edgecolors": "white", "linewidth": style.HAIR}),
    )  # fmt: skip
    for name in data["counts"]:
        if name != NO_RUN:
            ax.add_patch(hatched(x, y, data["failure"] == name, name))
    if values.size <= MOST_NUMBERS:
        write_numbers(ax, data, look["norm"])
    return filled if np.isfinite(values).any() else None


def hatched(x: Array, y: Array, where: Any, name: str) -> Any:
    """All cells ``where`` (y, x) in one hatch, without seams: neighbours in a row are one rectangle."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    corners = []
    for j, row in enumerate(where):
        padded = np.concatenate(([0], row.astype(int), [0]))
        for left, right in zip(*(np.flatnonzero(np.diff(padded) == step) for step in (1, -1)), strict=True):
            x0, x1, y0, y1 = x[left], x[right], y[j], y[j + 1]
            corners += [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    ground, hatch, ink = LOOKS.get(name, OTHER_LOOK)
    kinds = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * (len(corners) // 5)
    patch = PathPatch(
        Path(corners, kinds), facecolor=ground, edgecolor=ink, hatch=hatch, linewidth=0, zorder=drawing.BELOW + 0.1,
        antialiased=False,
    )  # fmt: skip
    patch.set_hatch_linewidth(style.HAIR)
    return patch


def write_numbers(ax: Any, data: dict[str, Any], norm: Any) -> None:
    """Each cell's number, where all cells have the room."""
    texts = [[number(v, 3) if np.isfinite(v) else "" for v in row] for row in data["values"]]
    sides = []
    for axis, edges in ((data["x_axis"], data["x_edges"]), (data["y_axis"], data["y_edges"])):
        at = np.log(edges) if axis.scale == "log" else edges
        sides.append(float(np.diff(at).min() / (at[-1] - at[0])))
    longest = max(len(text) for row in texts for text in row)
    if sides[0] * WIDE < 0.072 * longest + 0.1 or sides[1] * HIGH < 0.24:
        return
    off = (0, -9) if data["best"] is not None else (0, 0)
    for j, row in enumerate(texts):
        for i, text in enumerate(row):
            at = (float(data["x_axis"].at[i]), float(data["y_axis"].at[j]))
            starred = data["best"] is not None and at == data["best"]["place"]
            dark = bool(norm(max(data["values"][j, i], data["low"])) > 0.55) if text else False
            ax.annotate(
                style.typeset(text), at, xytext=off if starred else (0, 0), textcoords="offset points", ha="center",
                va="top" if starred else "center", fontsize=style.SMALL, color="white" if dark else style.INK,
                zorder=drawing.MARKS,
            )  # fmt: skip


def draw_dots(ax: Any, data: dict[str, Any], look: dict[str, Any]) -> Any:
    """A dot a run, those that failed as crosses."""
    dots = data["dots"]
    fine = np.isfinite(dots["values"])
    size = float(np.clip(4000 / len(fine), 8, 40))
    for name in data["counts"]:
        lost = dots["failure"] == name
        ax.scatter(
            dots["x"][lost], dots["y"][lost], marker=MARKERS.get(name, "+"), s=size, linewidth=1.0,
            color=LOOKS.get(name, OTHER_LOOK)[2], zorder=drawing.BELOW,
        )  # fmt: skip
    if not fine.any():
        return None
    clipped = np.maximum(dots["values"][fine], data["low"]) if data["log"] else dots["values"][fine]
    order = np.argsort(-clipped, kind="stable")  # the lowest on top
    return ax.scatter(
        dots["x"][fine][order], dots["y"][fine][order], c=clipped[order], s=size, edgecolor=style.MUTED,
        linewidth=style.HAIR, zorder=drawing.MAP, **look,
    )  # fmt: skip


def legend_patch(name: str, many: int, dots: bool) -> Any:
    """The key to a class of cells, with how many there are."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    ground, hatch, ink = LOOKS.get(name, OTHER_LOOK)
    label = f"{name} {many:,}"
    if dots:
        return Line2D([], [], marker=MARKERS.get(name, "+"), linestyle="none", color=ink, markersize=5, label=label)
    if name == NO_RUN:
        return Patch(facecolor="white", edgecolor=style.MUTED, linewidth=style.HAIR, label=label)
    patch = Patch(facecolor=ground, edgecolor=ink, hatch=hatch, linewidth=style.HAIR, label=label)
    patch.set_hatch_linewidth(style.HAIR)
    return patch


def placed(values: Array, axis: Axis) -> Array:
    """Where ``values`` stand on an axis, between its steps where it has equal ones."""
    if axis.scale != "steps" or not axis.numeric:
        return values
    known = np.asarray(axis.values, dtype=float)
    return np.interp(values, known, axis.at, left=np.nan, right=np.nan)


def log_ticks(axis: Any, low: float, high: float, most: int = 8) -> None:
    """Ticks of a log axis from ``low`` to ``high`` at 1, 2, 5 or at powers of ten, as many as there is room for."""
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

    shown = ladder(low, high, most)
    shown = shown[(shown >= low) & (shown <= high)]
    shown = shown if len(shown) else np.array([low, high])
    axis.set_major_locator(FixedLocator(shown.tolist()))
    axis.set_ticklabels(drawing.log_texts(shown))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def colour_bar(ax: Any, filled: Any, data: dict[str, Any]) -> None:
    """The key to the colours, as high as the axes."""
    bar = ax.figure.colorbar(filled, cax=ax.inset_axes((1.025, 0.0, 0.035, 1.0)), extend=data["extend"])
    if data["log"]:
        log_ticks(bar.ax.yaxis, data["low"], data["high"])
    else:
        style.write_ticks(bar.ax.yaxis)
    bar.ax.tick_params(length=2, width=style.HAIR)
    bar.outline.set_linewidth(style.HAIR)
    bar.set_label(
        style.minus_signs(f"{data['value_label']}{' (log scale)' if data['log'] else ''}"), fontsize=style.SMALL
    )
