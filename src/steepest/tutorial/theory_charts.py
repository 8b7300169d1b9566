"""The charts that set theory beside the runs: forecasts, the stability limit, runs far beyond the article's."""

from typing import Any

import numpy as np

from ..base.text import number
from ..plots import style
from .article import MOMENTA
from .charts import BATCH, SHADES, STOCHASTIC, curve, direct, sheet, whole_ticks
from .studies import Study

__all__ = ["forecasts", "long_runs", "stability"]

MARKS = "o", "s", "^"
"""Of the momenta, as their shades."""


def forecasts(study: Study) -> Any:
    """The curvatures of the problem, and f as they foretell it beside f as it was."""
    theory = study.theory
    figure, axes = sheet(10.0, 3.9, 3)
    ax = axes[0, 0]
    style.open_frame(ax)
    order = np.arange(1, theory.rank + 1)
    ax.plot(order, theory.curvatures[: theory.rank], "o", color=style.INK, markersize=3.2)
    ax.set_yscale("log")
    ax.minorticks_off()
    whole_ticks(ax)
    ax.set(xlabel="direction", ylabel="curvature (eigenvalue of X'X)")
    style.heading(ax, "Curvatures", f"{theory.rank} of {theory.curvatures.size} are not zero")
    for ax, kind, title, note in (
        (axes[0, 1], "batch", "Batch", "lines: recurrences; marks: run"),
        (axes[0, 2], "stochastic", "Stochastic", "lines: gradient flow; marks: run"),
    ):
        style.open_frame(ax)
        handles = []
        for one in theory.forecasts:
            if one.kind == kind:
                k = MOMENTA.index(one.momentum)
                rows = np.arange(61)
                curve(ax, rows, one.predicted[:61], SHADES[k], style.DASHES[k])
                look = {"color": SHADES[k], "marker": MARKS[k], "markersize": 4, "markeredgewidth": 0}
                ax.plot(rows[::3], one.measured[:61:3], linestyle="none", **look)
                label = f"momentum {one.momentum:g}"
                handles += ax.plot([], [], linestyle=style.DASHES[k], linewidth=style.LINE, label=label, **look)
        ax.set_yscale("log")
        ax.set(yticks=(2, 5, 10, 20, 50, 100), yticklabels=("2", "5", "10", "20", "50", "100"), ylim=(1.1, 120))
        ax.minorticks_off()
        whole_ticks(ax)
        ax.set(xlabel="iteration" if kind == "batch" else "epoch", ylabel="f, half the sum of squares")
        ax.legend(handles=handles, loc="upper right", frameon=False, handlelength=2.8)
        style.heading(ax, title, note)
    return figure


def stability(study: Study) -> Any:
    """f just below and just above the stability limit at three momenta."""
    figure, axes = sheet(9.0, 3.7, 3, sharey=True)
    edges = study.theory.edges
    for ax, momentum in zip(axes[0], sorted({edge.momentum for edge in edges}), strict=True):
        style.open_frame(ax)
        for edge in edges:
            if edge.momentum != momentum:
                continue
            f = np.asarray(edge.run.history.f)
            above = edge.factor > 1
            colour, dash = (STOCHASTIC, style.DASHES[1]) if above else (BATCH, "-")
            curve(ax, np.arange(len(f)), f, colour, dash)
            text = f"{edge.factor:g} \N{MULTIPLICATION SIGN} limit"
            if above:
                last = int(np.flatnonzero(np.isfinite(f))[-1])
                ax.plot(last, f[last], marker="X", markersize=8, color=colour, markeredgecolor="white", zorder=4)
                ended = edge.run.outcome.name if edge.run.outcome else ""
                direct(ax, last, f[last], f"{text},\n{ended}", colour, 8)
            else:
                direct(ax, 400, f[min(400, len(f) - 1)], text, colour, 0, 10)
        ax.set_yscale("log")
        ax.set(xlim=(0, 800), ylim=(0.3, 1e19), xlabel="iteration", xticks=(0, 200, 400, 600))
        ax.set_yticks([1, 1e5, 1e10, 1e15])
        ax.minorticks_off()
        limit = next(edge.limit for edge in edges if edge.momentum == momentum)
        style.heading(ax, f"momentum {momentum:g}", f"limit {style.typeset(number(limit))}")
    axes[0, 0].set_ylabel("f, half the sum of squares")
    return figure


def long_runs(study: Study) -> Any:
    """How far f is from its least value over 10,000 iterations: all of it, and the article's three runs closer."""
    from matplotlib.lines import Line2D

    figure, axes = sheet(10.0, 4.5, 2)
    whole, near = axes[0]
    least = study.theory.f_least
    colours, dashes = (*SHADES, style.INK), (*style.DASHES[:3], style.DASHES[3])
    for ax in (whole, near):
        style.open_frame(ax)
        handles = []
        for tuned, colour, dash in zip(study.theory.tuned, colours, dashes, strict=True):
            above = np.asarray(tuned.run.history.f) - least
            shown = np.maximum(above[1:], 1e-13)
            handles.append(curve(ax, np.arange(1, len(above)), shown, colour, dash, tuned.label))
        for momentum, colour in zip(MOMENTA, SHADES, strict=True):
            run = study.find("versus", "batch", momentum)
            ax.plot(run.rows - 1, run.f[-1] - least, "s", color=colour, markersize=7, markeredgecolor="white", zorder=5)
        ax.set(xscale="log", yscale="log", xlabel="iteration, from the first", xlim=(1, 10_000))
        ax.minorticks_off()
    whole.set(ylabel="f \N{MINUS SIGN} least f", ylim=(1e-7, 1e8))
    near.set(ylim=(0.1, 60), yticks=(0.1, 1, 10), yticklabels=("0.1", "1", "10"))
    first = float(np.asarray(study.theory.tuned[0].run.history.f)[0]) - least
    style.heading(whole, "Above the least f", f"row 0, at {number(first, 3)}, has no place on a log scale")
    style.heading(near, "Closer: the article's rate", "of the fourth run what falls into this range")
    look: dict[str, Any] = {"marker": "s", "linestyle": "none", "markeredgecolor": "white", "markersize": 7}
    look["color"] = style.MUTED  # of no run
    stop = Line2D([], [], label="where the article's threshold stops the run of that colour", **look)
    figure.legend(handles=[*handles, stop], loc="outside upper left", ncols=2, handlelength=2.8)
    return figure
