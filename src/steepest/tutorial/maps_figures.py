"""The figures of the dense maps and of the batch sizes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.text import number
from ..plots import drawing, heatmap, style
from ..plots.display import Display
from ..plots.sweep_axes import axes_of, read_sweep, runs_at
from ..plots.sweep_values import Values, failures
from .article import LEARNING_RATES, MOMENTA, RATE
from .batch_sizes import BATCH_MOMENTA, SIZES, SizeRun
from .charts import BATCH, STOCHASTIC, curve, sheet
from .landscape_figures import mosaic
from .maps import LOW, TARGET, THRESHOLD, Map
from .studies import Study

__all__ = ["BOWL_MARKS", "DIGIT_MARKS", "bowl_map", "digits_map", "sizes"]

BOWL_MARKS = tuple((rate, m) for m in MOMENTA for rate in LEARNING_RATES)
DIGIT_MARKS = tuple((RATE, m) for m in (0.0, 0.5, 0.7, 0.9))
"""The article's settings, (learning rate, momentum)."""


def view(found: Map, label: str, title: str, note: str) -> Display:
    """The heat map of a map's counts; runs that did not meet the goal are hatched as those that diverged are."""
    columns = read_sweep(found.sweep)
    axes = axes_of(found.sweep, columns)
    counts = found.iterations.ravel()
    lost = failures(columns["outcome"])
    names = np.where(np.isfinite(counts), "", np.where(lost == "", heatmap.MISSED, lost))
    values = Values(counts, counts, names, label)
    chosen = runs_at(axes, None, columns)
    data = heatmap.map_data(axes, values, chosen, "learning_rate", "momentum", None, "best")
    data["title"], data["note"] = title, f"{data['note']}\n{note}"
    data["boundary"] = found.limit(found.momenta), found.momenta
    data["boundary_label"] = "limit, 2 (1 + m) / L"
    return Display(data, heatmap.draw, heatmap.size_of(data))


def marked(ax: Any, settings: tuple[tuple[float, float], ...]) -> None:
    """Open rings at the article's settings, under the star; those at momentum 0 stand on the edge."""
    rates, momenta = zip(*settings, strict=True)
    for colour, width in (("white", 3.6), (style.INK, 1.5)):
        ax.plot(
            rates, momenta, "o", markersize=8, markerfacecolor="none", markeredgecolor=colour, markeredgewidth=width,
            clip_on=False, zorder=drawing.MARKS - 0.1,
        )  # fmt: skip


def bowl_map(study: Study) -> Any:
    """Iterations on the bowl, the article's twelve settings, the limit, and where runs begin to ring."""
    found = study.maps.bowl
    figure, axes = mosaic(6.9, 5.6, [["map"]])
    ax = axes["map"]
    note = "rings: the article's twelve settings; dotted: (1 \N{MINUS SIGN} \N{SQUARE ROOT}m)\N{SUPERSCRIPT TWO} / L"
    title = f"The bowl: until f stays below {LOW:g}"
    view(found, "iterations", title, note).plot(ax)
    rings = (1 - np.sqrt(found.momenta)) ** 2 / found.curvature
    inside = rings >= found.rates[0]
    for colour, width in (("white", 2.6), (style.INK, style.THIN)):
        ax.plot(
            rings[inside], found.momenta[inside], color=colour, linewidth=width, linestyle=style.DASHES[2],
            zorder=drawing.LINES,
        )  # fmt: skip
    marked(ax, BOWL_MARKS)
    return figure


def digits_map(study: Study) -> Any:
    """The same ten thousand runs on the digits by two goals: the article's threshold, and an f that stays low."""
    figure, axes = mosaic(11.8, 5.6, [["stops", "arrivals"]])
    figure.get_layout_engine().set(wspace=0.06)
    for name, found, title in (
        ("stops", study.maps.stops, f"Digits: until f changes by {THRESHOLD:g} or less"),
        ("arrivals", study.maps.digits, f"Digits: until f stays below {TARGET:g}"),
    ):
        view(found, "iterations", title, "rings: the article's settings").plot(axes[name])
        marked(axes[name], DIGIT_MARKS)
    return figure


def sizes(study: Study) -> Any:
    """What each batch size takes: epochs, updates, seconds; and which rates it bears."""
    found = study.batch_sizes
    figure, axes = sheet(11.8, 4.2, 4)
    figure.get_layout_engine().set(wspace=0.07)
    rows = study.model.rows
    panels: tuple[tuple[str, str, Callable[[SizeRun], float]], ...] = (
        ("Epochs", f"epochs until f stays below {TARGET:g}", lambda one: one.epochs),
        ("Updates", "updates of w", lambda one: one.updates),
        ("Time, compiled", "milliseconds", lambda one: 1e3 * one.seconds),
    )
    handles: list[Any] = []
    for place, (ax, (title, label, read)) in enumerate(zip(axes[0], panels, strict=False)):
        lines = []
        for momentum, colour in zip(BATCH_MOMENTA, (BATCH, STOCHASTIC), strict=True):
            for runs, dash, marker, told in (
                (found.article[momentum], "-", "o", f"rate {style.typeset(number(RATE))}"),
                (found.best[momentum], style.DASHES[1], "s", "best rate"),
            ):
                values = [read(one) for one in runs]
                more = {"marker": marker, "markersize": 4}
                lines.append(curve(ax, SIZES, values, colour, dash, f"momentum {momentum:g}, {told}", **more))
        dressed(ax, title, label)
        handles = lines if place == 0 else handles
    for ax in axes[0, 1:3]:
        low, high = ax.get_ylim()
        ladder = [float(f"{digit}e{power}") for power in range(-3, 6) for digit in (1, 2, 5)]
        ticks = [v for v in ladder if low <= v <= high]
        ax.set_yticks(ticks, [f"{v:,g}" for v in ticks])
    rates(axes[0, 3], study)
    ticks = [v for v in (3, 5, 10, 20, 50, 100) if v >= min(one.epochs for m in BATCH_MOMENTA for one in found.best[m])]
    axes[0, 0].set_yticks(ticks, [str(v) for v in ticks])
    second = axes[0, 0].secondary_yaxis("right", functions=(lambda e: e * rows, lambda g: g / rows))
    second.set_ylabel("gradients of one row")
    thousands = [v for v in (1000, 2000, 5000, 10_000, 20_000) if v >= ticks[0] * rows]
    second.set_yticks(thousands, [f"{v:,}" for v in thousands])
    second.minorticks_off()
    figure.legend(handles=handles, loc="outside upper left", ncols=4, handlelength=2.8)
    return figure


def rates(ax: Any, study: Study) -> None:
    """The best rate of each size, and the lowest at which a run diverged."""
    found = study.batch_sizes
    for j, (momentum, colour) in enumerate(zip(BATCH_MOMENTA, (BATCH, STOCHASTIC), strict=True)):
        best: tuple[SizeRun, ...] = found.best[momentum]
        chosen = [one.learning_rate for one in best]
        curve(ax, SIZES, chosen, colour, style.DASHES[1], marker="s", markersize=4)
        ax.plot(SIZES, found.diverging[:, j], "x", color=colour, markersize=6, markeredgewidth=1.4)
    ax.axhline(RATE, color=style.MUTED, linewidth=style.THIN)
    dressed(ax, "Best learning rate", "learning rate")
    ax.annotate(
        "crosses: the lowest\nthat diverged;\nline: the article's", (1.0, 0.99), xycoords="axes fraction", va="top",
        ha="right", fontsize=style.SMALL, color=style.MUTED,
    )  # fmt: skip
    ax.set_ylim(6e-7, 2e-3)


def dressed(ax: Any, title: str, label: str) -> None:
    style.open_frame(ax)
    ax.set(xscale="log", yscale="log", xlabel="batch size", ylabel=label)
    shown = SIZES[::2]
    ax.set_xticks(shown, [str(size) for size in shown])
    ax.minorticks_off()
    ax.set_title(title, loc="left", fontsize=style.TEXT, fontweight="bold")
