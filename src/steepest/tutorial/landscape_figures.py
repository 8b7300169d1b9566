"""The figures of the four shapes: ravine, saddle, plateau, basins."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.text import number
from ..plots import drawing, style
from ..plots.path import path_of
from ..verbs.run import Run
from .charts import BATCH, STOCHASTIC, curve, direct, whole_ticks
from .landscapes import CONDITION, FAR, OFFSETS, RADII, values
from .studies import Study

__all__ = ["basins", "plateau", "ravine", "saddle"]

PLAIN, HEAVY, ADAM = BATCH, STOCHASTIC, style.COLOURS[2]
SHADES = (style.COLOURS[0], style.COLOURS[2], style.COLOURS[1], style.COLOURS[3])


def mosaic(width: float, height: float, layout: list[list[str]], **more: Any) -> tuple[Any, dict[str, Any]]:
    """A figure in inches, apart from pyplot, and its axes by name."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplot_mosaic(layout, **more)  # type: ignore[arg-type]


def on_contours(ax: Any, runs: list[tuple[Run, str]], box: Any, dots: bool) -> None:
    """Paths, each in its colour, on the contours of their function, a ring at each start."""
    for k, (run, colour) in enumerate(runs):
        data = path_of(run.record, run.problem, box=box).data
        if k == 0:
            drawing.ground(ax, data)
            ax.set(xlabel=data["labels"][0], ylabel=data["labels"][1])
        dash = style.DASHES[k]
        drawing.path_line(ax, data["path"], data["window"], dots=dots, size=0.9, colour=colour, dash=dash)
        ax.plot(
            *data["start"][:, None], "o", markersize=6, markerfacecolor="white", markeredgecolor=style.INK,
            markeredgewidth=1.2, zorder=drawing.MARKS,
        )  # fmt: skip


def ravine(study: Study) -> Any:
    """The zigzag, the same with momentum, and f of both."""
    found = study.landscapes.ravine
    layout = [["descent", "f"], ["momentum", "f"]]
    figure, axes = mosaic(10.0, 6.3, layout, width_ratios=(1, 1.05))
    box = [(-4.5, 0.9), (-2.05, 2.05)]
    for name, run, colour in (("descent", found.descent, PLAIN), ("momentum", found.momentum, HEAVY)):
        ax = axes[name]
        on_contours(ax, [(run, colour)], box, dots=True)
        drawing.cross(ax, np.zeros((1, 2)), 0.8)
        fields = run.record.setup["method"]
        told = f"learning rate {number(fields['learning_rate'])}"
        told += f", momentum {number(fields['momentum'])}" if "momentum" in fields else ", no momentum"
        style.heading(ax, "Gradient descent" if name == "descent" else "Momentum", told)
    ax = axes["f"]
    style.open_frame(ax)
    for run, colour, dash, label in (
        (found.descent, PLAIN, "-", "gradient descent"), (found.momentum, HEAVY, style.DASHES[1], "momentum"),
    ):  # fmt: skip
        f = values(run)
        curve(ax, np.arange(len(f)), f, colour, dash)
        at = int(0.45 * len(f))
        direct(ax, at, f[at], label, colour, 8, 4)
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set(xlabel="iteration", ylabel="f", xlim=(0, len(values(found.descent))))
    whole_ticks(ax)
    style.heading(ax, "f, row by row", f"condition {CONDITION:g}, each at its best constants")
    return figure


def saddle(study: Study) -> Any:
    """Paths past the saddle, f on the way, and how long each start lingers."""
    found = study.landscapes.saddle
    figure, axes = mosaic(10.4, 4.0, [["path", "f", "wait"]])
    figure.get_layout_engine().set(wspace=0.05)
    ax = axes["path"]
    runs = [
        (run, colour, f"offset {style.typeset(number(offset))}")
        for (offset, run), colour in zip(found.drawn.items(), SHADES, strict=False)
    ]
    on_contours(ax, [(run, colour) for run, colour, _ in runs], [(-0.95, 1.75), (-0.6, 2.25)], dots=False)
    drawing.cross(ax, np.array([[0.0, np.sqrt(2)]]), 0.8)
    style.heading(ax, "Past a saddle", "three starts on the right")
    ax.set_anchor("N")
    direct(ax, 0, 0, "saddle", style.INK, -6, -10, ha="right")
    ax = axes["f"]
    style.open_frame(ax)
    lines = []
    for (run, colour, label), dash in zip(runs, style.DASHES, strict=False):
        lines.append(curve(ax, np.arange(len(values(run))), values(run), colour, dash, label))
    ax.set(xlabel="iteration", ylabel="f", xlim=(0, 180))
    whole_ticks(ax)
    style.write_ticks(ax.yaxis)
    ax.legend(handles=lines, loc="upper right", frameon=False)
    style.heading(ax, "f rests, then falls", "gradient descent")
    ax = axes["wait"]
    style.open_frame(ax)
    for method, colour, marker in (("gradient_descent", PLAIN, "o"), ("momentum", HEAVY, "s")):
        waits = found.waits[method]
        slope = np.log(10) / np.log(found.growth[method])
        line = waits[1] + slope * np.log10(OFFSETS[1] / np.array(OFFSETS))
        curve(ax, OFFSETS, line, colour)
        ax.plot(OFFSETS, waits, marker, color=colour, markersize=5, markeredgecolor="white")
        direct(ax, OFFSETS[3], line[3], method.replace("_", " "), colour, -4, 12, ha="right")
    ax.set_xscale("log")
    ax.invert_xaxis()
    ax.minorticks_off()
    ax.set(xlabel="offset of the start", ylabel="iterations until |y| > 1", ylim=(0, None))
    style.heading(ax, "Iterations to leave", "marks: runs; lines: slope by theory")
    return figure


def plateau(study: Study) -> Any:
    """The function along a line, and f from starts ever farther out."""
    found = study.landscapes.plateau
    figure, axes = mosaic(10.4, 3.9, [["line", "starts", "methods"]])
    ax = axes["line"]
    style.open_frame(ax)
    r = np.linspace(0, 4.4, 300)
    ax.plot(r, 1 - np.exp(-r * r), color=style.INK, linewidth=style.LINE)
    for radius, colour in zip((*RADII, FAR), (*SHADES, style.MUTED), strict=True):
        f = float(1 - np.exp(-radius * radius))
        ax.plot(radius, f, "o", color=colour, markersize=6.5, markeredgecolor="white", zorder=5)
        direct(ax, radius, f, f"{radius:g}", colour, 0, 10, ha="center")
    ax.set(xlabel="distance from the minimum", ylabel="f", ylim=(0, 1.12), xlim=(0, 4.4))
    whole_ticks(ax)
    style.write_ticks(ax.yaxis)
    style.heading(ax, "A plateau", "f along a line, and five starts")
    starts = {f"from {radius:g}": run for radius, run in found.descents.items()}
    falls(axes["starts"], starts, SHADES)
    style.heading(axes["starts"], "Gradient descent", "from four distances")
    three = {"gradient descent": found.descents[RADII[-1]], "momentum": found.others["momentum"],
             "Adam": found.others["adam"]}  # fmt: skip
    falls(axes["methods"], three, (PLAIN, HEAVY, ADAM))
    style.heading(axes["methods"], "Three methods", f"from {RADII[-1]:g}")
    return figure


def falls(ax: Any, runs: dict[str, Run], colours: Sequence[str]) -> None:
    """f of runs that come down from the plateau, their names beside the fall."""
    style.open_frame(ax)
    for (name, run), colour, dash in zip(runs.items(), colours, style.DASHES, strict=False):
        f = values(run)
        curve(ax, np.arange(1, len(f)), f[1:], colour, dash)
        direct(ax, int(np.argmax(f < 0.5)), 0.5, name, colour, -3, ha="right", rotation=90)
    ax.set_xscale("log")
    ax.minorticks_off()
    ax.set(xlabel="iteration", ylabel="f", ylim=(0, 1.05), xlim=(1, 1.2e4))
    style.write_ticks(ax.yaxis)


def basins(study: Study) -> Any:
    """Which minimum each start leads to, without and with momentum."""
    figure, axes = mosaic(10.4, 6.2, [["gradient_descent", "momentum"]])
    for method, view in study.landscapes.basins.views.items():
        view.plot(axes[method])
    return figure
