"""Performance profiles, data profiles and mean ranks of several methods: the drawing of what ``compare`` worked out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number
from . import frames, style
from .curves import COLOURS, spread
from .display import Display
from .heatmap import log_ticks
from .rows import Array, checked_title

__all__ = ["profiles_of"]

NARROW = 4.0
"""Largest over smallest of an axis below which it is linear."""
PERFORMANCE = "times the evaluations of the best, tau"
PANEL = 2.9
GAP = 0.075
LONGEST = 22
"""Letters of a method's name."""


def profiles_of(
    performance: Any, data: Any = None, ranks: Any = None, *, data_unit: str = "gradient evaluations",
    title: str | None = None, note: str = "",
) -> Display:  # fmt: skip
    """A panel for each of what is given, the methods in the same colours and dashes in all.

    Parameters
    ----------
    performance : Dolan and More's profiles, ``{method: (tau, share)}``: the share of problems solved at no more than
        tau times the cost of the best method; share[k] holds from tau[k] on.
    data : More and Wild's, ``{method: (kappa, share)}``: the share solved within kappa of ``data_unit``.
    ranks : ``{method: (mean, low, high)}``, mean ranks with their intervals; 1 is best.
    note : a sentence below the title, such as the verdict.

    ``data``: methods (in the order of the first mapping), performance and data (dicts of (x, share), or None), ranks
    (dict, or None), order (methods by mean rank), title, note.
    """
    checked_title(title)
    checked_title(note, "note")
    given = {"performance": curves_in(performance, "performance"), "data": curves_in(data, "data")}
    found = ranks_in(ranks)
    methods = list(dict.fromkeys(name for part in (*given.values(), found) for name in part or ()))
    if not methods:
        raise ArgumentError("profiles have nothing to show: performance, data and ranks hold no method")
    order = sorted(found, key=lambda name: found[name][0]) if found else methods
    shown: dict[str, Any] = {
        "view": "profiles", "methods": methods, **given, "ranks": found, "order": order, "data_unit": data_unit,
        "title": f"{len(methods)} methods compared" if title is None else title, "note": note,
    }  # fmt: skip
    panels = sum(part is not None for part in (*given.values(), found))
    names = 0.075 * min(LONGEST, max(map(len, methods)))
    high = max(3.2, 1.6 + 0.2 * len(methods) if found else 3.2)
    return Display(shown, draw, (max(4.6, PANEL * panels + 0.5 + names), high + 0.16 * len(note) / 90))


def curves_in(given: Any, name: str) -> dict[str, tuple[Array, Array]] | None:
    """The curves as arrays, each share in 0 to 1."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(f"{name} must be a dict of (x, share) by method; got {type(given).__name__}")
    found = {}
    for method, curve in given.items():
        x, share = (np.asarray(part, dtype=float) for part in curve)
        if x.ndim != 1 or x.shape != share.shape or not x.size:
            raise ArgumentError(
                f"{name}[{method!r}] must be two sequences of one length; got {x.shape} and {share.shape}"
            )
        if (np.diff(x) < 0).any() or (share < 0).any() or (share > 1).any():
            raise ArgumentError(f"{name}[{method!r}] must have ascending x and shares between 0 and 1")
        found[str(method)] = (x, share)
    return found or None


def ranks_in(given: Any) -> dict[str, tuple[float, float, float]] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(f"ranks must be a dict of (mean, low, high) by method; got {type(given).__name__}")
    found = {}
    for method, each in given.items():
        mean, low, high = (float(part) for part in each)
        if not low <= mean <= high:
            raise ArgumentError(f"ranks[{method!r}] must be (mean, low, high) with low <= mean <= high; got {each!r}")
        found[str(method)] = (mean, low, high)
    return found or None


# -- drawing ---------------------------------------------------------------------------------------------------------


def draw(ax: Any, data: dict[str, Any]) -> Any:
    kinds = [name for name in ("performance", "data", "ranks") if data[name] is not None]
    axes, _ = frames.split(ax, 1, len(kinds), data["title"], data["note"])
    colours, dashes = len(COLOURS), len(style.DASHES)
    looks = {
        name: {"color": COLOURS[k % colours], "linestyle": style.DASHES[(k + k // colours) % dashes]}
        for k, name in enumerate(data["methods"])
    }
    for here, kind in zip(axes[0], kinds, strict=True):
        if kind == "ranks":
            draw_ranks(here, data, looks)
        else:
            draw_steps(here, data[kind], looks, PERFORMANCE if kind == "performance" else data["data_unit"])
    for here in axes[0][1:]:
        if data["ranks"] is None or here is not axes[0][-1]:
            here.tick_params(labelleft=False)
            here.set_ylabel("")
    if data["ranks"] is None:
        name_curves(axes[0][-1], data[kinds[-1]], looks)
    return axes


def draw_steps(ax: Any, curves: dict[str, tuple[Array, Array]], looks: dict[str, Any], label: str) -> None:
    """The shares as steps, each of which holds until the next x."""
    style.open_frame(ax)
    positive = np.concatenate([x[x > 0] for x, _ in curves.values()] or [np.ones(1)])
    low, high = (float(positive.min()), float(positive.max())) if positive.size else (1.0, 1.0)
    log = high > NARROW * low
    for name, (x, share) in curves.items():
        if log and x[0] <= 0:  # what is solved at no cost begins at the left end
            x = np.where(x <= 0, low, x)
        ax.step(
            np.append(x, high), np.append(share, share[-1]), where="post", linewidth=style.LINE, label=name,
            clip_on=False, **looks[name],
        )  # fmt: skip
    if log:
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        log_ticks(ax.xaxis, low, high, most=5)
    else:
        left = 0.0 if any(x[0] <= 0 for x, _ in curves.values()) else low
        ax.set_xlim(left, high if high > left else left + 1.0)
        style.write_ticks(ax.xaxis)
    ax.set_ylim(0, 1)
    style.write_ticks(ax.yaxis)
    ax.set_xlabel(label)
    ax.set_ylabel("share of problems solved")


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."


def name_curves(ax: Any, curves: dict[str, tuple[Array, Array]], looks: dict[str, Any]) -> None:
    """Each name right of the axes, near to the height at which its curve ends."""
    names = list(curves)
    places = spread([float(curves[name][1][-1]) for name in names], GAP)
    for name, place in zip(names, places, strict=True):
        ax.plot([1.02, 1.1], [place] * 2, transform=ax.transAxes, clip_on=False, linewidth=style.LINE, **looks[name])
        ax.text(
            1.12, place, shortened(name), transform=ax.transAxes, va="center", fontsize=style.SMALL,
            color=looks[name]["color"],
        )  # fmt: skip


def draw_ranks(ax: Any, data: dict[str, Any], looks: dict[str, Any]) -> None:
    """Mean ranks as dots with their intervals, the best on top; the names are the key to all panels."""
    style.open_frame(ax)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x", color=style.FAINT, linewidth=style.THIN)
    order = data["order"]
    for k, name in enumerate(order):
        mean, low, high = data["ranks"][name]
        ax.plot([low, high], [k, k], linewidth=style.LINE, **looks[name])
        ax.plot(mean, k, marker="o", markersize=5.5, color=looks[name]["color"], markeredgecolor="white")
        ax.annotate(
            number(mean, 3),
            (mean, k),
            xytext=(0, 4.5),
            textcoords="offset points",
            ha="center",
            fontsize=style.SMALL - 1,
        )
    ax.set_yticks(range(len(order)), labels=[shortened(name) for name in order])
    for text, name in zip(ax.get_yticklabels(), order, strict=True):
        text.set(color=looks[name]["color"], fontweight="bold")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(order) - 0.5, -0.7)
    ax.set_xlim(0.8, len(order) + 0.2)
    style.write_ticks(ax.xaxis, whole=True)
    ax.set_xlabel("mean rank, 1 is best")
