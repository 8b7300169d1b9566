"""The curve of a range test: f against a growing learning rate, with the interval in which it falls and the pick."""

from typing import Any

import numpy as np

from ..base.text import number
from . import style
from .display import Display
from .heatmap import log_ticks

__all__ = ["range_test_of"]

HEADROOM = 0.6
"""What is drawn above the start, as a part of the fall; beyond, the curve leaves the picture."""


def range_test_of(found: Any) -> Display:
    """``found`` has rates, values, smoothed (k,), low, high, pick, reason and title. ``data`` holds the same."""
    names = ("rates", "values", "smoothed", "low", "high", "pick")
    data = {"view": "range_test", **{name: getattr(found, name) for name in names}}
    return Display(data | {"title": f"range test: {found.title}", "note": found.reason}, draw, (6.2, 3.9))


def draw(ax: Any, data: dict[str, Any]) -> Any:
    style.open_frame(ax)
    rates, values, smoothed = data["rates"], data["values"], data["smoothed"]
    ax.set_xscale("log")
    ax.axvspan(data["low"], data["high"], color=style.SEQUENTIAL[1], zorder=0, linewidth=0)
    with np.errstate(all="ignore"):
        values = np.where(np.isfinite(values), values, np.nan)
        smoothed = np.where(np.isfinite(smoothed), smoothed, np.nan)
    if not np.array_equal(values, smoothed, equal_nan=True):
        ax.plot(rates, values, color=style.BLUE, linewidth=style.THIN, alpha=0.35, zorder=2)
    ax.plot(rates, smoothed, color=style.BLUE, linewidth=style.LINE, zorder=3)
    bottom, start = float(np.nanmin(smoothed)), float(smoothed[0])
    fall = max(start - bottom, 1e-12 * max(abs(start), 1e-12))
    top = min(float(np.nanmax(smoothed)), start + HEADROOM * fall)
    ax.set_ylim(bottom - 0.08 * fall, max(top, start) + 0.08 * fall)
    ax.set_xlim(float(rates[0]), float(rates[-1]))
    ax.axvline(data["pick"], color=style.PATH, linewidth=style.LINE, zorder=4)
    ax.annotate(
        f"pick {number(data['pick'], 3)}", (data["pick"], 1.0), xycoords=("data", "axes fraction"), xytext=(4, -12),
        textcoords="offset points", fontsize=style.SMALL, color=style.PATH, va="bottom",
    )  # fmt: skip
    log_ticks(ax.xaxis, float(rates[0]), float(rates[-1]))
    style.write_ticks(ax.yaxis)
    ax.set(xlabel="learning_rate", ylabel="f")
    style.heading(ax, data["title"], data["note"])
    return ax
