"""The parts that views on contours share: the ground, a path, its marks, the colour bar. Here matplotlib begins."""

from itertools import pairwise
from typing import Any

import numpy as np

from ..base.text import number
from . import style
from .levels import depth_label
from .plane import is_equal
from .rows import Array, thinned

__all__ = ["arrow_line", "colour_bar", "ground", "marks", "path_line"]

BELOW, MAP, LINES, MARKS = 1, 2, 3, 5


def ground(ax: Any, data: dict[str, Any], upto: float = style.TINT) -> Any:
    """The contours of ``data`` (x, y, values, levels, log, floor, sign) over its window; what a colour bar needs, or
    None where there are none."""
    window = data["window"]
    ax.set_xlim(*window[0])
    ax.set_ylim(*window[1])
    if is_equal(window):
        ax.set_aspect("equal", adjustable="box")
    for axis in (ax.xaxis, ax.yaxis):
        style.write_ticks(axis)
    hatch_gaps(ax, data)
    steps = data["sign"] * (data["levels"] - data["floor"]) if data["values"] is not None else np.empty(0)
    if len(steps) < 1:
        return None
    with np.errstate(all="ignore"):
        depth = np.ma.masked_invalid(data["sign"] * (data["values"] - data["floor"]))
    low, high = bool((depth < steps[0]).any()), bool((depth > steps[-1]).any())
    layers = len(steps) - 1 + low + high
    if layers < 1:
        return None
    colours = style.colour_map(style.SEQUENTIAL, upto)(np.linspace(0, 1, layers))
    extend = {(True, True): "both", (True, False): "min", (False, True): "max", (False, False): "neither"}[low, high]
    if len(steps) > 1:
        filled = ax.contourf(
            data["x"], data["y"], depth, levels=steps, colors=list(colours), extend=extend, zorder=BELOW,
        )  # fmt: skip
    else:
        filled = None
    crossed = [step for step in steps if depth.min() < step < depth.max()]
    if crossed and not is_busy(depth, steps):
        darker = 0.30 + (upto + 0.03) * np.linspace(0, 1, len(crossed))
        lines = style.colour_map(style.SEQUENTIAL)(np.minimum(1, darker))
        ax.contour(
            data["x"], data["y"], depth, levels=crossed, colors=list(lines), linewidths=style.HAIR, linestyles="solid",
            zorder=MAP,
        )  # fmt: skip
    return filled


def hatch_gaps(ax: Any, data: dict[str, Any]) -> None:
    """Hatches the places where f has no finite value, and tints those of a constant f, which has no contours."""
    if data["values"] is None:
        return
    if not len(data["levels"]):
        ax.set_facecolor(style.SEQUENTIAL[1])
    missing = ~np.isfinite(data["values"])
    if not missing.any():
        return
    patches = ax.contourf(
        data["x"], data["y"], missing.astype(float), levels=[0.5, 1.5], colors=["white"], hatches=["//"],
        zorder=BELOW - 0.5,
    )  # fmt: skip
    patches.set(edgecolor=style.PALE, linewidth=0)


def is_busy(depth: Any, steps: Array) -> bool:
    """Whether f wiggles faster than the grid can follow, so that lines would show the grid and not f."""
    layer = np.digitize(depth.filled(np.nan), steps)
    return bool((layer[:, 2:] + layer[:, :-2] != 2 * layer[:, 1:-1]).mean() > 0.35)


def colour_bar(ax: Any, filled: Any, data: dict[str, Any], cax: Any = None) -> Any:
    """The key to the ground's colours, as high as the axes, each level one step."""
    if filled is None:
        return None
    if cax is None:
        cax = ax.inset_axes((1.025, 0.0, 0.035, 1.0))
    bar = ax.figure.colorbar(filled, cax=cax, spacing="uniform", drawedges=False)
    steps = data["sign"] * (data["levels"] - data["floor"])
    shown = steps
    if data["log"]:
        decades = [s for s in steps if s > 0 and abs(np.log10(s) - round(np.log10(s))) < 1e-9]
        shown = np.array(decades) if len(decades) >= 3 else steps
    shown = shown[:: -(-len(shown) // 9)]
    bar.set_ticks(list(shown))
    values = shown if data["log"] else data["floor"] + data["sign"] * shown
    bar.set_ticklabels(log_texts(values) if data["log"] else style.tick_texts(values))
    bar.ax.tick_params(length=2, width=style.HAIR, which="major")
    bar.ax.minorticks_off()
    bar.outline.set_linewidth(style.HAIR)
    bar.set_label(style.minus_signs(depth_label(data["f_label"], data)), fontsize=style.SMALL)
    return bar


def log_texts(values: Any) -> list[str]:
    """1, 10, 100 as they are where all are near one; powers of ten otherwise."""
    if min(values) >= 1e-3 and max(values) < 1e5:
        return [style.typeset(number(v, 6)) for v in values]
    texts = []
    for v in values:
        power = int(np.floor(np.log10(v) + 1e-9))
        factor = v / 10.0**power
        texts.append(f"$10^{{{power}}}$" if abs(factor - 1) < 1e-6 else f"${factor:.3g}\\times10^{{{power}}}$")
    return texts


def path_line(
    ax: Any, path: Array, window: Array, dots: bool, size: float = 1.0, colour: str = style.PATH, dash: Any = "-",
) -> None:  # fmt: skip
    """The path (rows, 2) as a line, with a dot a row where asked."""
    seen = thinned(path, window)
    width = style.LINE * size * (1.0 if len(path) <= 2000 else 0.6)
    if len(path) <= 2000:  # a light rim, for print in grey
        ax.plot(
            *seen.T, color="white", alpha=0.7, linewidth=width + 1.2 * size, zorder=MAP + 0.5, solid_joinstyle="round"
        )
    ax.plot(*seen.T, color=colour, linestyle=dash, linewidth=width, zorder=LINES, solid_joinstyle="round")
    if dots:
        dot_rows(ax, path, size, colour)


def dot_rows(ax: Any, path: Array, size: float = 1.0, colour: str = style.PATH) -> None:
    fine = path[np.isfinite(path).all(axis=1)]
    ax.plot(
        fine[:, 0], fine[:, 1], linestyle="none", marker="o", markersize=3.4 * size, color=colour,
        markeredgecolor="white", markeredgewidth=0.4, zorder=LINES + 0.5,
    )  # fmt: skip


def arrow_line(ax: Any, path: Array, window: Array, size: float = 1.0) -> None:
    """The path with an arrow from each row to the next, where they are far enough apart for one to be read."""
    span = window[:, 1] - window[:, 0]
    path_line(ax, path, window, dots=True, size=size)
    for k, (here, there) in enumerate(pairwise(path)):
        if not (np.isfinite(here).all() and np.isfinite(there).all()):
            continue
        with np.errstate(all="ignore"):
            length = float(np.sqrt((((there - here) / span) ** 2).sum()))
        if not 0.045 / size**0.5 < length < 20:
            continue
        shrink = 3.5 if k == len(path) - 2 else 2.0  # the last one stops before the end's mark
        ax.annotate(
            "", xy=tuple(there), xytext=tuple(here), annotation_clip=False, zorder=LINES,
            arrowprops={
                "arrowstyle": "-|>,head_length=0.45,head_width=0.22", "color": style.PATH, "linewidth": 0,
                "mutation_scale": max(12.0, 13 * size), "shrinkA": 0, "shrinkB": shrink * size, "clip_on": True,
            },
        )  # fmt: skip


def marks(ax: Any, data: dict[str, Any], size: float = 1.0, end: bool = True) -> list[Any]:
    """Start (open ring), end (filled square) and known minima (cross), told apart without colour; the legend's handles
    for those that are in the window."""
    window = data["window"]
    handles = []
    found = data["minima"][inside(data["minima"], window)]
    if len(found):
        handles += cross(ax, found, size, "known minimum" if len(data["minima"]) == 1 else "known minima")
    round_, square = data["start"], data["end"]
    stays = bool((round_ == square).all())  # a wider ring, so that the square does not fill it
    if inside(round_[None], window)[0]:
        handles += ax.plot(
            *round_[:, None], marker="o", linestyle="none", markersize=(11.5 if stays and end else 7.5) * size,
            markerfacecolor="white",
            markeredgecolor=style.INK, markeredgewidth=1.5 * size**0.5, zorder=MARKS + 0.2, label="start",
        )  # fmt: skip
    if end and inside(square[None], window)[0]:
        handles += ax.plot(
            *square[:, None], marker="s", linestyle="none", markersize=5.2 * size**0.5, markerfacecolor=style.INK,
            markeredgecolor="white", markeredgewidth=0.8 * size**0.5, zorder=MARKS + 0.3, label=data["end_label"],
        )  # fmt: skip
    order = {"start": 0, data["end_label"]: 1}
    return sorted(handles, key=lambda handle: order.get(handle.get_label(), 2))


def cross(ax: Any, points: Array, size: float = 1.0, label: str = "") -> Any:
    """Crosses at ``points`` (k, 2) with a white rim."""
    mark = {"marker": "x", "linestyle": "none", "markersize": 10.5 * size}
    ax.plot(*points.T, **mark, markeredgewidth=3.4 * size**0.5, markeredgecolor="white", zorder=MARKS)
    return ax.plot(
        *points.T, **mark, markeredgewidth=1.5 * size**0.5, markeredgecolor=style.INK, zorder=MARKS + 0.1, label=label
    )


def inside(points: Array, window: Array) -> Any:
    return ((points >= window[:, 0]) & (points <= window[:, 1])).all(axis=1)
