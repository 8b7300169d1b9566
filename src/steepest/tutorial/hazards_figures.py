"""The figures of overshooting and of restarts."""

from typing import Any

import numpy as np

from ..plots import style
from .article import MOMENTA
from .charts import BATCH, SHADES, STOCHASTIC, curve, whole_ticks
from .hazards import GROUPS, RESTART_RATE, STARTS
from .landscape_figures import mosaic
from .maps import LOW
from .studies import Study
from .theory_charts import MARKS

__all__ = ["overshooting", "restarts"]

SHOWN = 40
"""Rows of the runs near the limit."""


def overshooting(study: Study) -> Any:
    """Iterations against the rate, how far each run goes beyond the minimum, and two runs near the limit."""
    over = study.hazards.overshooting
    figure, axes = mosaic(11.4, 4.3, [["counts", "beyond", "over"], ["counts", "beyond", "under"]])
    figure.get_layout_engine().set(wspace=0.06)
    counts, beyond = axes["counts"], axes["beyond"]
    for k, momentum in enumerate(MOMENTA):
        colour, dash, label = SHADES[k], style.DASHES[k], f"momentum {momentum:g}"
        found = np.where(np.isfinite(over.iterations[momentum]), over.iterations[momentum], np.nan)
        curve(counts, over.rates, found, colour, dash, label)
        counts.axvline(over.limits[momentum], color=colour, linewidth=style.THIN, linestyle=":")
        curve(beyond, over.rates, 100 * over.farthest[momentum], colour, dash, label)
    style.open_frame(counts)
    counts.set(yscale="log", xlabel="learning rate", ylabel=f"iterations until f stays below {LOW:g}", xlim=(0, 2))
    counts.set_yticks([1, 3, 10, 30, 100, 300], ["1", "3", "10", "30", "100", "300"])
    counts.minorticks_off()
    style.write_ticks(counts.xaxis)
    style.heading(counts, "What a rate costs", "dotted: the stability limits, 1 + m")
    style.open_frame(beyond)
    beyond.set(xlabel="learning rate", ylabel="farthest beyond the minimum, %", xlim=(0, 2), ylim=(0, 200))
    style.write_ticks(beyond.xaxis)
    style.write_ticks(beyond.yaxis)
    style.heading(beyond, "Overshoot", "in % of the start's distance")
    for name, one, colour in (("under", over.near[0], BATCH), ("over", over.near[1], STOCHASTIC)):
        ax, place = axes[name], one.place[: SHOWN + 1]
        style.open_frame(ax)
        ax.axhline(0, color=style.MUTED, linewidth=style.THIN)
        curve(ax, np.arange(len(place)), place, colour, marker="o", markersize=2.5)
        ax.set(ylabel="place on the line", ylim=(-2.5, 2.5), yticks=(-2, -1, 0, 1, 2))
        whole_ticks(ax)
        style.write_ticks(ax.yaxis, whole=True)
        style.heading(ax, f"Momentum 0, {one.factor:g} \N{MULTIPLICATION SIGN} limit", "1 is the start, 0 the minimum")
    axes["under"].set_xlabel("iteration")
    handles, _ = counts.get_legend_handles_labels()
    figure.legend(handles=handles, loc="outside upper left", ncols=3, handlelength=2.8)
    return figure


def restarts(study: Study) -> Any:
    """Which minimum each random start leads to, and how often the best of several finds the lowest."""
    found = study.hazards.restarts
    figure, axes = mosaic(11.6, 4.5, [["plain", "heavy", "chance"]], width_ratios=(1.17, 1.17, 1))
    for name, momentum in (("plain", MOMENTA[0]), ("heavy", MOMENTA[-1])):
        view = found.views[momentum]
        view.data["note"] = f"{STARTS} random starts, rate {RESTART_RATE:g}"
        view.plot(axes[name])
    ax = axes["chance"]
    style.open_frame(ax)
    ax.set_box_aspect(1)
    k = np.arange(1, GROUPS[-1] + 1)
    handles = []
    for place in (0, 2):
        momentum, colour = MOMENTA[place], SHADES[place]
        share = found.share(momentum)
        curve(ax, k, 100 * (1 - (1 - share) ** k), colour, style.DASHES[place])
        look: dict[str, Any] = {"color": colour, "marker": MARKS[place], "markersize": 5, "markeredgecolor": "white"}
        ax.plot(GROUPS, [100 * found.measured(momentum, g) for g in GROUPS], linestyle="none", **look)
        label = f"momentum {momentum:g}"
        handles += ax.plot([], [], linestyle=style.DASHES[place], linewidth=style.LINE, label=label, **look)
    ax.set(xlabel="restarts of which the best is kept", ylabel="reached the lowest minimum, %", ylim=(0, 104))
    whole_ticks(ax)
    style.write_ticks(ax.yaxis)
    ax.legend(handles=handles, loc="lower right", frameon=False, handlelength=2.8)
    style.heading(
        ax, "The best of k starts", "lines: 1 \N{MINUS SIGN} (1 \N{MINUS SIGN} share)\N{MODIFIER LETTER SMALL K}"
    )
    return figure
