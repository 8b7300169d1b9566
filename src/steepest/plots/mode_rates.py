"""Each mode's own rate of convergence against the learning rate and against the momentum; the slowest is the run's.

The picture is that of G. Goh, "Why momentum really works", Distill, 2017, for the user's own curvatures.
"""

from typing import Any

import numpy as np

from ..base.text import number
from . import frames, style
from .display import Display
from .heatmap import log_ticks
from .rows import checked_title, note_of

__all__ = ["mode_rates_of"]

LEAST = -0.25
"""Of the digits an iteration of the fastest mode: how far below 0 growth is shown."""


def mode_rates_of(found: dict[str, Any], title: str | None = None) -> Display:
    """``found``: curvatures (k,) of the modes drawn; by_rate and by_momentum, each with x (points,), digits (points, k)
    an iteration (below 0 where a mode grows), slowest (points,) of all modes, at (where the other axis is held) and
    best (x, digits) of the slowest; method, problem, where."""
    checked_title(title)
    data = {"view": "mode rates", **found}
    data["title"] = (
        title if title is not None else f"{found['method']} on {found['problem']}: how fast each mode shrinks"
    )
    c = found["curvatures"]
    shown = f"{len(c)} modes, curvatures {number(c[0])} (light) to {number(c[-1])} (dark) {found['where']}".rstrip()
    data["note"] = note_of((shown if len(c) > 1 else f"one mode, curvature {number(c[0])} {found['where']}".rstrip(),))
    return Display(data, draw, (9.0, 4.4))


def draw(ax: Any, data: dict[str, Any]) -> Any:
    from matplotlib.lines import Line2D

    axes, _ = frames.split(ax, 1, 2, data["title"], data["note"], legend=True)
    c = data["curvatures"]
    colours = style.colour_map(style.SEQUENTIAL)(np.linspace(0.3, 1.0, len(c)) if len(c) > 1 else [0.8])
    for here, name in zip(axes.flat, ("by_rate", "by_momentum"), strict=True):
        panel = data[name]
        style.open_frame(here)
        for k, colour in enumerate(colours):
            here.plot(panel["x"], panel["digits"][:, k], color=colour, linewidth=style.THIN)
        here.plot(
            panel["x"], panel["slowest"], color=style.VERMILLION, linewidth=style.LINE, linestyle=style.DASHES[1],
        )  # fmt: skip
        here.axhline(0.0, color=style.MUTED, linewidth=style.THIN)
        x, digits = panel["best"]
        here.plot([x], [digits], marker="*", markersize=10, color=style.BLUE, markeredgecolor="white", zorder=6)
        top = float(np.nanmax(np.where(np.isfinite(panel["digits"]), panel["digits"], np.nan)))
        top = max(min(top, 6 * digits), digits, 1e-12)
        here.set_ylim(LEAST * top, 1.05 * top)
        here.set_xlim(panel["x"][0], panel["x"][-1])
        style.write_ticks(here.yaxis)
        if name == "by_rate":
            here.set_xscale("log")
            log_ticks(here.xaxis, float(panel["x"][0]), float(panel["x"][-1]), 6)
            here.set_xlabel(f"learning rate, at momentum {number(panel['at'], 3)}")
            here.set_ylabel("digits an iteration")
        else:
            style.write_ticks(here.xaxis)
            here.set_xlabel(f"momentum, at learning rate {number(panel['at'], 3)}")
    handles = [
        Line2D([], [], color=colours[-1], linewidth=style.THIN, label="a mode"),
        Line2D([], [], color=style.VERMILLION, linestyle=style.DASHES[1], linewidth=style.LINE, label="the slowest"),
        Line2D([], [], color=style.BLUE, marker="*", linestyle="none", markersize=8, label="best"),
    ]
    frames.legend(ax, data, handles)
    return axes
