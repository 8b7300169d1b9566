"""The charts of the report that no general view draws: curves over a count or over seconds, small multiples, tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.text import number
from ..plots import style
from .article import LEARNING_RATES, MOMENTA
from .studies import Study
from .tables import Table

__all__ = [
    "along_the_line", "epoch_and_iteration", "errors_along_the_way", "inside_an_epoch", "printed_formula",
    "record_cost", "sheet", "table", "weights",
]  # fmt: skip

BATCH, STOCHASTIC = style.COLOURS[0], style.COLOURS[1]
SHADES = style.COLOURS[0], style.COLOURS[2], style.COLOURS[1]
"""Of momentum 0, 0.5 (or 0.7) and 0.9."""


def sheet(width: float, height: float, columns: int = 1, rows: int = 1, **share: Any) -> tuple[Any, Any]:
    """A figure in inches, apart from pyplot, and its axes, (rows, columns)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **share)
    return figure, axes


def lead(figure: Any, title: str, note: str) -> None:
    """A title and a note above all panels."""
    figure.suptitle(f"{title}\n", x=0.01, ha="left", fontsize=style.TITLE, fontweight="bold")  # a line for the note
    down = (1.45 * style.TITLE + 5.0) / 72 / figure.get_size_inches()[1]
    figure.text(0.01, 1 - down, note, va="top", fontsize=style.SMALL, color=style.MUTED)


def curve(ax: Any, x: Any, y: Any, colour: str, dash: Any = "-", label: str = "", **more: Any) -> Any:
    return ax.plot(x, y, color=colour, linestyle=dash, linewidth=style.LINE, label=label, **more)[0]


def direct(ax: Any, x: float, y: float, text: str, colour: str, dx: float = 4, dy: float = 0, **more: Any) -> None:
    """A label at a point of a curve, in the curve's colour."""
    ax.annotate(
        text, (x, y), xytext=(dx, dy), textcoords="offset points", color=colour, fontsize=style.SMALL,
        annotation_clip=False, **{"va": "center", **more},
    )  # fmt: skip


def whole_ticks(ax: Any) -> None:
    style.write_ticks(ax.xaxis, whole=True)


def along_the_line(study: Study) -> Any:
    """Where each run of the grid stands on the line through the start and the minimum, iteration by iteration."""
    figure, axes = sheet(9.0, 5.4, len(LEARNING_RATES), len(MOMENTA), sharex=True, sharey=True)
    for row, momentum in enumerate(MOMENTA):
        for column, rate in enumerate(LEARNING_RATES):
            ax, run = axes[row, column], study.find("grid", "batch", momentum, rate)
            start = run.w[0]
            place = run.w @ start / float(start @ start)
            style.open_frame(ax)
            ax.axhline(0, color=style.MUTED, linewidth=style.THIN)
            curve(ax, np.arange(run.rows), place, style.PATH, marker="o", markersize=4)
            ax.text(
                0.98, 0.97, f"f = {run.f[-1]:.3g}", transform=ax.transAxes, ha="right", va="top",
                fontsize=style.SMALL, color=style.INK,
            )  # fmt: skip
            if row == 0:
                ax.set_title(f"learning rate {rate:g}", loc="left", fontsize=style.TEXT)
            if column == 0:
                ax.set_ylabel(f"momentum {momentum:g}\n\nplace on the line")
            if row == len(MOMENTA) - 1:
                ax.set_xlabel("iteration")
            ax.set(ylim=(-1.2, 1.7), yticks=(-1, 0, 1), xticks=range(run.rows))
    lead(figure, "Where each run stands on the line", "1 is the start, 0 the minimum, below 0 lies the far side of it")
    return figure


def errors_along_the_way(study: Study) -> Any:
    """f, and the wrong labels, at each row of the article's first two runs on the digits."""
    figure, axes = sheet(8.6, 3.6, 2)
    for ax, column, what in zip(axes[0], (0, 1), ("training", "test"), strict=True):
        style.open_frame(ax)
        handles = []
        for kind, colour, dash in (("batch", BATCH, "-"), ("stochastic", STOCHASTIC, style.DASHES[1])):
            counts = study.learnt.errors["first", kind, 0.7][:, column]
            handles.append(curve(ax, np.arange(len(counts)), counts, colour, dash, kind, marker="o", markersize=3.5))
            handles[-1].set_clip_on(False)
            direct(ax, len(counts) - 1, counts[-1], f"{counts[-1]}", colour, 0, 9, ha="center")
        rows = (study.split.y_train, study.split.y_test)[column].size
        ax.set_yscale("symlog", linthresh=1, linscale=0.5)
        ax.set_ylim(-0.2, 300)
        ax.set_yticks([0, 1, 2, 5, 10, 20, 50, 100, 200], [str(k) for k in (0, 1, 2, 5, 10, 20, 50, 100, 200)])
        ax.minorticks_off()
        whole_ticks(ax)
        ax.set(xlabel="iteration or epoch", ylabel=f"wrong labels of {rows} (log scale above 1)")
        style.heading(ax, f"Wrong labels, {what} set")
    figure.legend(handles=handles, loc="outside upper left", ncols=2, handlelength=2.8)
    return figure


def epoch_and_iteration(study: Study) -> Any:
    """The same two runs at momentum 0 against what may be counted: updates, passes over the data, seconds."""
    figure, axes = sheet(10.0, 3.9, 4, sharey=True)
    batch, stochastic = (study.find("versus", kind, 0.0) for kind in ("batch", "stochastic"))
    rows = study.model.rows
    costs = study.costs
    panels = (
        ("Updates of w", "updates of w", (1.0, float(rows))),
        ("Passes over the data", "passes", (1.0, 1.0)),
        ("Time, plain NumPy", "milliseconds", (1e3 * costs.plain[0], 1e3 * costs.plain[1])),
        ("Time, compiled", "milliseconds", (1e3 * costs.compiled[0], 1e3 * costs.compiled[1])),
    )
    for place, (ax, (title, label, units)) in enumerate(zip(axes[0], panels, strict=True)):
        style.open_frame(ax)
        handles = [  # from row 1: the start, at 0, has no place on a logarithmic axis
            curve(ax, unit * np.arange(1, run.rows), run.f[1:], colour, dash, name)
            for run, unit, colour, dash, name in (
                (batch, units[0], BATCH, "-", "batch"),
                (stochastic, units[1], STOCHASTIC, style.DASHES[1], "stochastic"),
            )
        ]  # fmt: skip
        ax.set(xscale="log", yscale="log", xlabel=f"{label} (log scale)")
        ax.set(yticks=(2, 5, 10, 20, 50), yticklabels=("2", "5", "10", "20", "50"))
        ax.minorticks_off()
        if place == 0:
            ax.set_ylabel("f, half the sum of squares (log scale)")
        ax.set_title(title, loc="left", fontsize=style.TEXT, fontweight="bold")
    figure.legend(handles=handles, loc="outside upper left", ncols=2, handlelength=2.8)
    return figure


def inside_an_epoch(study: Study) -> Any:
    """f over all rows after every single update of three epochs, at three momenta."""
    inside = study.inside
    figure, axes = sheet(9.6, 3.9, 2, width_ratios=(1.7, 1))
    ax, near = axes[0]
    style.open_frame(ax)
    handles = []
    for (momentum, f), colour, dash in zip(inside.f.items(), SHADES, style.DASHES, strict=False):
        handles.append(curve(ax, np.arange(len(f)), f, colour, dash, f"momentum {momentum:g}"))
        ends = np.arange(0, len(f), inside.rows)
        whole = {"markersize": 6, "markeredgecolor": "white", "zorder": 5, "clip_on": False}
        ax.plot(ends, f[ends], "o", color=colour, **whole)
    for end in range(inside.rows, 4 * inside.rows, inside.rows):
        ax.axvline(end, color=style.MUTED, linewidth=style.HAIR)
    ax.set_yscale("log")
    ax.set(xlabel="updates of w, one row of the data each", ylabel="f over all rows")
    ax.set(yticks=(2, 5, 10, 20, 50, 100), yticklabels=("2", "5", "10", "20", "50", "100"), xlim=(0, 3 * inside.rows))
    ax.minorticks_off()
    ax.set_xticks(np.arange(4) * inside.rows)
    style.heading(ax, "f after every single update", "dots: what a record of epochs keeps", handles)
    style.open_frame(near)
    f = inside.f[0.0][:61]
    up = np.flatnonzero(np.diff(f) > 0)
    parts = near.plot(np.arange(len(f)), f, color=BATCH, linewidth=style.THIN, label="lowers f")
    for k in up:
        (rise,) = near.plot((k, k + 1), f[k : k + 2], color=BATCH, linewidth=2.6 * style.LINE, label="raises f")
    parts += [rise] if len(up) else []
    near.set(xlabel="updates of w", ylabel="f over all rows")
    style.write_ticks(near.yaxis)
    whole_ticks(near)
    style.heading(near, "The first 60 at momentum 0", f"{len(up)} of them raise f", parts)
    return figure


def weights(study: Study) -> Any:
    """Four weight vectors as images, each on its own scale, white at zero."""
    chosen = (
        ("batch, momentum 0.7", study.find("first", "batch", 0.7).w[-1]),
        ("stochastic, momentum 0.7", study.find("first", "stochastic", 0.7).w[-1]),
        ("batch, momentum 0.9", study.find("versus", "batch", 0.9).w[-1]),
        ("least f", study.theory.w_least),
    )
    figure, axes = sheet(10.0, 2.6, 4)
    figure.get_layout_engine().set(wspace=0.12)
    for ax, (name, w) in zip(axes[0], chosen, strict=True):
        most = float(np.abs(w[1:]).max())
        image = ax.imshow(
            w[1:].reshape(8, 8), cmap=style.colour_map(style.DIVERGING), vmin=-most, vmax=most, interpolation="nearest"
        )
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(linewidth=style.HAIR, color=style.MUTED)
        ax.set_title(f"{name}\nscale \N{PLUS-MINUS SIGN}{style.typeset(number(most, 2))}", fontsize=style.SMALL)
        bar = figure.colorbar(image, ax=ax, fraction=0.046, pad=0.04, ticks=[-most, 0, most])
        bar.ax.set_yticklabels([style.typeset(number(v, 2)) for v in (-most, 0, most)], fontsize=style.SMALL - 1)
        bar.outline.set_linewidth(style.HAIR)
    lead(figure, "The weights of the pixels", "each picture on its own scale; white is 0")
    return figure


def printed_formula(study: Study) -> Any:
    """The article's formula as printed, beside what its program does."""
    formula = study.faults.formula
    figure, axes = sheet(8.6, 3.7, 2)
    left, right = axes[0]
    style.open_frame(left)
    for record, colour, dash, label in (
        (formula.right, BATCH, "-", "momentum times the last step"),
        (formula.path, STOCHASTIC, style.DASHES[1], "momentum times the last w, as printed"),
    ):
        rows = np.arange(len(record.f))
        curve(left, rows, record.f, colour, dash, label)
        distance = np.linalg.norm(record.w, axis=1)
        style.open_frame(right)
        curve(right, rows, distance, colour, dash, label, marker="o", markersize=3)
    left.set_yscale("log")
    left.minorticks_off()
    whole_ticks(left)
    left.set(xlabel="iteration", ylabel="$w_1^2 + w_2^2$")
    whole_ticks(right)
    right.set(xlabel="iteration", ylabel="distance from the minimum", xlim=(-0.4, 10.4), ylim=(0, 120))
    style.heading(left, "f")
    style.heading(right, "Distance, the first ten")
    handles, _ = left.get_legend_handles_labels()
    figure.legend(handles=handles, loc="outside upper left", ncols=2, handlelength=2.8)
    return figure


def record_cost(study: Study) -> Any:
    """Seconds of a run against its rows: a record stacked anew at each row, and ours."""
    cost = study.costs.record
    figure, axes = sheet(8.6, 3.9, 2)
    for ax, scale in zip(axes[0], (1.0, 1e6), strict=True):
        style.open_frame(ax)
        for seconds, colour, dash, label in (
            (cost.stacked, STOCHASTIC, style.DASHES[1], "stacked anew at each row"),
            (cost.ours, BATCH, "-", "steepest"),
        ):
            y = seconds if scale == 1.0 else seconds / cost.rows * scale
            curve(ax, cost.rows, y, colour, dash, label, marker="o", markersize=4)
        ax.set_xlabel("rows")
        style.write_ticks(ax.xaxis)
        ax.set_ylim(bottom=0)
        ax.set_xlim(left=0)
    axes[0, 0].set_ylabel("seconds, whole run")
    axes[0, 1].set_ylabel("microseconds a row")
    handles, _ = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles=handles, loc="outside upper left", ncols=2, handlelength=2.8)
    return figure


def table(data: Table) -> Any:
    """A table as a figure: rules above and below, numbers right-aligned."""
    size, line, gap = style.TEXT, 0.27, 0.30
    widths = column_widths(data, size)
    width = sum(widths) + gap * len(widths)
    height = line * (len(data.rows) + data.head_lines + 1.7)
    figure, axes = sheet(width, height)
    ax = axes[0, 0]
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    top = 1.1 * line
    ax.text(0.02, 0.55 * line, data.title, fontsize=style.TITLE, fontweight="bold", va="center")
    below = top + line * data.head_lines
    for y, thickness in ((top, 1.2), (below, 0.6), (below + line * len(data.rows), 1.2)):
        ax.plot([0, width], [y + 0.04, y + 0.04], color=style.INK, linewidth=thickness)
    left = gap / 2
    for column, column_width in enumerate(widths):
        right_aligned = data.numbers[column]
        x, side = (left + column_width, "right") if right_aligned else (left, "left")
        ax.text(x, below - 0.03, data.head[column], ha=side, va="bottom", fontsize=size, color=style.MUTED)
        for row, cells in enumerate(data.rows):
            family = "monospace" if data.code[column] else "sans-serif"
            ax.text(
                x, below + line * (row + 0.5) + 0.04, cells[column], ha=side, va="center",
                fontsize=size - data.code[column], family=family,
            )  # fmt: skip
        left += column_width + gap
    return figure


def column_widths(data: Table, size: float) -> Sequence[float]:
    """Inches each column needs, from the lengths of its texts."""
    widths = []
    for column, head in enumerate(data.head):
        letter = size / 72 * (0.60 if data.code[column] else 0.56)
        longest = max(len(cells[column]) for cells in data.rows)
        heading = max(len(part) for part in head.split("\n"))
        widths.append(max(letter * longest, 0.60 * size / 72 * heading, 0.4))
    return widths
