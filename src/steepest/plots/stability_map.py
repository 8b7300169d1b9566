"""The stability map: where over learning rate and momentum a method is fast, slow, rings or diverges, with the boundary
that theory draws and, where a sweep is given, how its runs ended."""

from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.text import number
from . import style
from .display import Display
from .heatmap import log_ticks
from .rows import checked_title, note_of
from .sweep_axes import axes_of, read_sweep

__all__ = ["stability_map_of"]

GROUNDS = {"fast": "#dcebf5", "slow": "#fbfcfd", "ringing": "#f6e8c3", "divergent": "#e6dcd8"}
COUNTS = np.array([3, 10, 30, 100, 300, 1000, 3000, 10_000, 100_000])
"""Iterations a digit that have a contour each."""
CLEAR = 0.9
"""Of the limit, up to which contours are drawn: beyond, the counts rise faster than the grid can follow."""
ENDINGS = {
    "converged": ("o", 26, style.GREEN), "not yet": (".", 14, style.INK), "diverged": ("x", 22, style.VERMILLION),
}  # fmt: skip
DIVERGED, CONVERGED = ("DIVERGED", "NOT_FINITE", "UNBOUNDED"), ("CONVERGED", "F_TARGET")


def stability_map_of(found: dict[str, Any], sweep: Any = None, title: str | None = None) -> Display:
    """``found``: learning_rates, momenta, rates and regions (momenta, learning rates), limit (momenta,), best (learning
    rate, momentum, rate), method, problem, about.

    ``data`` has these and runs: learning_rate, momentum and ending ("converged", "not yet", "diverged"), (runs,) each.
    Runs beyond the map's window are counted in the note and not drawn.
    """
    checked_title(title)
    data = {"view": "stability map", **found, "runs": None}
    data["title"] = title if title is not None else f"Where {found['method']} converges on {found['problem']}"
    lines = [found["about"], f"best in the map: {told(found)}"]
    if sweep is not None:
        data["runs"] = runs_of(sweep)
        beyond = int((~within(data)).sum())
        lines.append(f"{beyond:,} runs lie outside" if beyond else "")
    data["note"] = note_of(*((line,) for line in lines if line))
    return Display(data, draw, (7.4, 5.6))


def told(found: dict[str, Any]) -> str:
    rate, momentum, radius = found["best"]
    return (
        f"learning rate {number(rate)}, momentum {number(momentum, 3)}, where an iteration leaves {number(radius)} of "
        f"the error"
    )


def runs_of(sweep: Any) -> dict[str, Any]:
    """Where each run of a sweep stands, and how it ended."""
    columns = read_sweep(sweep)
    axes = axes_of(sweep, columns)
    for name in ("learning_rate", "momentum"):
        if name not in axes or not axes[name].numeric:
            raise ArgumentError(
                f"sweep must have learning_rate and momentum in numbers among its axes; it has {', '.join(axes)}"
            )
    outcome = columns["outcome"]
    kept = outcome != "NOT_RUN"
    ending = np.where(
        np.isin(outcome, CONVERGED), "converged", np.where(np.isin(outcome, DIVERGED), "diverged", "not yet")
    )
    return {
        "learning_rate": columns["learning_rate"][kept].astype(float),
        "momentum": columns["momentum"][kept].astype(float), "ending": ending[kept],
    }  # fmt: skip


def within(data: dict[str, Any]) -> Any:
    runs, rates, momenta = data["runs"], data["learning_rates"], data["momenta"]
    inside = (runs["learning_rate"] >= rates[0]) & (runs["learning_rate"] <= rates[-1])
    return inside & (runs["momentum"] >= momenta[0]) & (runs["momentum"] <= momenta[-1])


def draw(ax: Any, data: dict[str, Any]) -> Any:
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    names = data["region_names"]
    x, y = data["learning_rates"], data["momenta"]
    ax.set_xscale("log")
    ax.pcolormesh(
        x, y, data["regions"], cmap=ListedColormap([GROUNDS[name] for name in names]),
        norm=BoundaryNorm(np.arange(len(names) + 1) - 0.5, len(names)), shading="nearest", rasterized=True, zorder=1,
    )  # fmt: skip
    with np.errstate(all="ignore"):
        counts = np.where(data["rates"] < 1, -1 / np.log10(data["rates"]), np.nan)
    counts[x > CLEAR * data["limit"][:, None]] = np.nan
    seen = COUNTS[(np.nanmin(counts) < COUNTS) & (np.nanmax(counts) > COUNTS)] if np.isfinite(counts).any() else []
    if len(seen):
        lines = ax.contour(
            x, y, np.ma.masked_invalid(counts), levels=seen, colors=style.MUTED, linewidths=style.HAIR, zorder=2
        )
        ax.clabel(lines, fmt=lambda v: f"{v:,.0f}", fontsize=style.SMALL - 1, inline_spacing=2)
    fits = np.isfinite(data["limit"]) & (data["limit"] >= x[0]) & (data["limit"] <= x[-1])
    ax.plot(data["limit"][fits], y[fits], color=style.INK, linewidth=style.LINE, zorder=4)
    rate, momentum, _ = data["best"]
    ax.plot([rate], [momentum], marker="*", markersize=11, color=style.BLUE, markeredgecolor="white", zorder=6)
    handles: list[Any] = [
        Patch(facecolor=GROUNDS[name], edgecolor=style.PALE, linewidth=style.HAIR, label=name)
        for k, name in enumerate(names) if (data["regions"] == k).any()
    ]  # fmt: skip
    handles.append(Line2D([], [], color=style.INK, linewidth=style.LINE, label="limit by theory"))
    handles.append(Line2D([], [], color=style.MUTED, linewidth=style.HAIR, label="iterations a digit"))
    handles.append(Line2D([], [], marker="*", linestyle="none", markersize=9, color=style.BLUE, label="best"))
    handles += draw_runs(ax, data)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    log_ticks(ax.xaxis, float(x[0]), float(x[-1]))
    style.write_ticks(ax.yaxis)
    ax.set_xlabel("learning rate (log scale)")
    ax.set_ylabel("momentum")
    style.heading(ax, data["title"], data["note"], handles, columns=min(len(handles), 5))
    return ax


def draw_runs(ax: Any, data: dict[str, Any]) -> list[Any]:
    """A marker a run; what the legend says of them."""
    from matplotlib.lines import Line2D

    if data["runs"] is None:
        return []
    inside, handles = within(data), []
    for name, (marker, size, colour) in ENDINGS.items():
        these = inside & (data["runs"]["ending"] == name)
        if these.any():
            ax.scatter(
                data["runs"]["learning_rate"][these], data["runs"]["momentum"][these], marker=marker, s=size,
                color=colour, linewidth=1.0, zorder=5,
            )  # fmt: skip
            label = f"{name} {int(these.sum()):,}"
            handles.append(Line2D([], [], marker=marker, linestyle="none", color=colour, markersize=5, label=label))
    return handles
