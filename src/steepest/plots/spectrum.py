"""The eigenvalues of a Hessian from the largest on, or their density where only the ends are known."""

from typing import Any

import numpy as np

from ..analysis.spectrum import Density, Spectrum
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import count, number
from . import style
from .display import Display
from .heatmap import log_ticks
from .rows import checked_title

__all__ = ["spectrum_of"]

SCALES = ("auto", "linear", "log", "symlog")
DECADES = 2
FEW = 60
"""Eigenvalues that have a marker each."""
DEEPEST = 1e-5
"""A density is drawn down to this part of its peak: below are the tails of what it is smeared with."""


def spectrum_of(
    found: Spectrum, density: Density | None = None, *, learning_rate: Any = None, scale: str = "auto",
    title: str | None = None,
) -> Display:  # fmt: skip
    """Eigenvalues by rank, the largest first; of a ``density`` the eigenvalues along, two standard errors about it.

    Parameters
    ----------
    learning_rate : a number or a list; each draws the curvature 2 / learning_rate, above which gradient descent with it
        is unstable.
    scale : of the eigenvalues (of a density: of its height) "linear", "log", "symlog" (both signs), or "auto": log
        where two decades are spanned.

    ``data``: kind ("eigenvalues" or "density"), rank and eigenvalues (n,), or grid, density and error; scale,
    tolerance, limits (a list of dicts learning_rate, curvature), note.
    """
    checked_title(title)
    if scale not in SCALES:
        raise ArgumentError(f"scale must be 'auto', 'linear', 'log' or 'symlog'; got {scale!r}")
    if found.eigenvalues is None and density is None:
        raise ArgumentError("density is missing: only the ends of this spectrum are known; pass density_of(hessian)")
    data: dict[str, Any] = {
        "view": "spectrum", "title": title or "Curvature", "tolerance": found.tolerance,
        "limits": [{"learning_rate": rate, "curvature": 2 / rate} for rate in rates_of(learning_rate)],
    }  # fmt: skip
    more = by_rank(found, scale) if found.eigenvalues is not None else spread(found, density, scale)
    return Display(data | more, draw, (5.6, 3.9))


def rates_of(given: Any) -> list[float]:
    """The learning rates, checked."""
    if given is None:
        return []
    rates = list(given) if isinstance(given, (list, tuple, np.ndarray)) else [given]
    for rate in rates:
        if isinstance(rate, (bool, str)) or not isinstance(rate, (int, float, np.integer, np.floating)):
            raise ArgumentTypeError(f"learning_rate must be a number or a list of numbers; got {given!r}")
        if not 0 < rate < np.inf:
            raise ArgumentError(f"learning_rate must be positive and finite; got {given!r}")
    return [float(rate) for rate in rates]


def by_rank(found: Spectrum, scale: str) -> dict[str, Any]:
    assert found.eigenvalues is not None
    values = found.eigenvalues[::-1]
    seen = values[np.abs(values) > found.tolerance]
    if scale == "auto":
        wide = seen.size > 0 and np.abs(seen).max() > 10.0**DECADES * np.abs(seen).min()
        scale = "linear" if not wide else "symlog" if (seen < 0).any() else "log"
    elif scale == "log" and not (seen > 0).any():
        raise ArgumentError("scale='log' needs eigenvalues above 0, and there are none; use scale='symlog'")
    hidden = int((values <= found.tolerance).sum()) if scale == "log" else 0
    ends = [0.0 if abs(end) <= found.tolerance else end for end in (found.smallest, found.largest)]
    parts = [f"{number(ends[0])} to {number(ends[1])}"]
    if found.condition is not None and np.isfinite(found.condition):
        parts.append(f"condition {number(found.condition)}")
    if found.negative:
        parts.append(f"{count(found.negative, 'direction')} of negative curvature")
    if found.null:
        parts.append(f"{found.null:,} within {number(found.tolerance, 2)} of 0")
    if hidden:
        parts.append("what is 0 or below has no place on a log scale")
    return {
        "kind": "eigenvalues", "rank": np.arange(1, values.size + 1), "eigenvalues": values, "scale": scale,
        "note": "; ".join(parts),
    }  # fmt: skip


def spread(found: Spectrum, density: Density | None, scale: str) -> dict[str, Any]:
    assert density is not None
    peak = float(density.density.max())
    if scale == "symlog":
        raise ArgumentError("scale='symlog' is for eigenvalues; the height of a density is positive, use scale='log'")
    if scale == "auto":
        seen = density.density[(density.grid >= found.smallest) & (density.grid <= found.largest)]
        scale = "log" if seen.size and seen.min() < 10.0**-DECADES * peak else "linear"
    note = (
        f"estimated with {len(density.nodes)} random vectors, smeared by {number(density.width, 2)}; ends "
        f"{number(found.smallest)} and {number(found.largest)}"
    )
    return {
        "kind": "density", "grid": density.grid, "density": density.density, "error": density.error, "scale": scale,
        "lowest": DEEPEST * peak, "note": note,
    }  # fmt: skip


def draw(ax: Any, data: dict[str, Any]) -> Any:
    style.open_frame(ax)
    (draw_ranks if data["kind"] == "eigenvalues" else draw_density)(ax, data)
    for k, limit in enumerate(data["limits"]):
        draw_limit(ax, limit, data["kind"] == "eigenvalues", k)
    style.heading(ax, data["title"], data["note"])
    return ax


def draw_ranks(ax: Any, data: dict[str, Any]) -> None:
    rank, values = data["rank"], data["eigenvalues"]
    scale_values(ax.yaxis, ax.set_yscale, data)
    above = values > data["tolerance"]
    below = values < -data["tolerance"]
    flat = ~above & ~below & (data["scale"] != "log")
    for chosen, colour, marker in ((above, style.BLUE, "o"), (below, style.VERMILLION, "v"), (flat, style.PALE, "s")):
        if chosen.any():
            few = values.size <= FEW
            ax.plot(
                rank[chosen], values[chosen], color=colour, marker=marker if few else ".", markersize=4 if few else 2,
                linestyle="none",
            )  # fmt: skip
    if below.any():
        ax.axhline(0.0, color=style.MUTED, linewidth=style.HAIR)
    style.write_ticks(ax.xaxis, whole=True)
    ax.set_xlim(0.5 if values.size < FEW else 0, values.size + 0.5)
    ax.set_xlabel("rank")
    ax.set_ylabel("eigenvalue of the Hessian")


def scale_values(axis: Any, set_scale: Any, data: dict[str, Any]) -> None:
    if data["scale"] == "log":
        set_scale("log")
        seen = data["eigenvalues"][data["eigenvalues"] > data["tolerance"]]
        low, high = float(seen.min()), float(seen.max())
        log_ticks(axis, low / 1.5, 1.5 * high)
    elif data["scale"] == "symlog":
        sizes = np.abs(data["eigenvalues"])
        sizes = sizes[sizes > data["tolerance"]]
        set_scale("symlog", linthresh=float(sizes.min()) if sizes.size else 1.0)
    else:
        style.write_ticks(axis)


def draw_density(ax: Any, data: dict[str, Any]) -> None:
    grid, height, error = data["grid"], data["density"], data["error"]
    log = data["scale"] == "log"
    floor = data["lowest"] if log else 0.0
    low, high = np.maximum(height - 2 * error, floor), np.maximum(height + 2 * error, floor)
    ax.fill_between(grid, low, high, color=style.SKY, alpha=0.35, linewidth=0)
    ax.plot(grid, np.where(height >= floor, height, np.nan), color=style.BLUE, linewidth=style.LINE)
    if log:
        ax.set_yscale("log")
    else:
        style.write_ticks(ax.yaxis)
    ax.set_ylim(bottom=floor)
    style.write_ticks(ax.xaxis)
    ax.set_xlabel("eigenvalue of the Hessian")
    ax.set_ylabel("density")


def draw_limit(ax: Any, limit: dict[str, float], across: bool, k: int) -> None:
    """The line of a learning rate's limit, with its name on it."""
    colour, text = style.COLOURS[1 + k % (len(style.COLOURS) - 1)], f"2 / {number(limit['learning_rate'])}"
    line = ax.axhline if across else ax.axvline
    line(limit["curvature"], color=colour, linewidth=style.LINE, linestyle=style.DASHES[1])
    place: Any = (1.0, limit["curvature"]) if across else (limit["curvature"], 1.0)
    ax.annotate(
        text, place, xycoords=("axes fraction", "data") if across else ("data", "axes fraction"),
        xytext=(-3, 3) if across else (3, -3), textcoords="offset points", ha="right" if across else "left",
        va="bottom" if across else "top", fontsize=style.SMALL, color=colour,
    )  # fmt: skip
