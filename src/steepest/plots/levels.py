"""At which values contours are drawn: in equal ratios above the lowest value where f spans decades, else evenly."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number
from .rows import Array

__all__ = ["depth_label", "gaps_note", "levels_of"]


def levels_of(values: Array, floor: float | None = None, sign: float = 1.0, wanted: Any = "auto") -> dict[str, Any]:
    """``levels`` (k,) of f, increasing in depth; ``log``; ``floor``, the value the depth is measured from.

    Depth is ``sign * (f - floor)``: how far f is above its lowest value (below its highest under maximize, sign -1).
    ``floor`` None, or not reached by ``values``, takes the lowest value there is. ``wanted`` is "auto", a number of
    levels, or the levels themselves.
    """
    given = checked_levels(wanted)
    finite = sign * values[np.isfinite(values)]
    if finite.size == 0:
        return {"levels": np.empty(0), "log": False, "floor": math.nan, "sign": sign}
    lowest = float(finite.min())
    known = floor is not None and math.isfinite(floor) and sign * floor <= lowest
    low = sign * float(floor) if known and floor is not None else lowest
    with np.errstate(all="ignore"):
        depth = finite - low
    depth = depth[np.isfinite(depth)]
    positive = depth[depth > 0]
    if positive.size == 0:
        return {"levels": np.empty(0), "log": False, "floor": sign * low, "sign": sign}
    top, bottom = float(depth.max()), float(np.percentile(positive, 1))
    common = float(np.percentile(depth, 99))
    top = top if top <= 100 * common or common == 0 else common
    log = top > 100 * bottom
    if isinstance(given, np.ndarray):
        steps = np.sort(sign * given - low)
    elif log:
        steps = ladder(max(bottom, 1e-10 * top), top, given)
    else:
        steps = even(low, top, given) - low
    steps = np.unique(steps[steps > 0] if log else steps[steps >= 0])
    if isinstance(given, np.ndarray) and not steps.size:
        raise ArgumentError(
            f"levels must lie where f is, {number(float(values[np.isfinite(values)].min()))} to "
            f"{number(float(values[np.isfinite(values)].max()))} in this window; got {wanted!r}"
        )
    return {"levels": sign * (low + steps), "log": bool(log), "floor": sign * low, "sign": sign}


def checked_levels(wanted: Any) -> Any:
    """None for "auto", a count as an int, levels as a float array."""
    if isinstance(wanted, str):
        if wanted == "auto":
            return None
    elif isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool):
        if wanted >= 2:
            return int(wanted)
    elif isinstance(wanted, (Sequence, np.ndarray)):
        try:
            found = np.unique(np.asarray(wanted, dtype=float))
        except (TypeError, ValueError):
            found = np.empty(0)
        if found.ndim == 1 and found.size and np.isfinite(found).all():
            return found
    else:
        raise ArgumentTypeError(f"levels must be 'auto', a whole number of at least 2, or values of f; got {wanted!r}")
    raise ArgumentError(f"levels must be 'auto', a whole number of at least 2, or values of f; got {wanted!r}")


def ladder(low: float, high: float, most: int | None = None) -> Array:
    """Round numbers in near-equal ratios from about ``low`` to at least ``high``: 1, 2, 5 or 1, 3 a decade, decades,
    or every few decades, at most ``most`` (14) of them."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits, stride in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3), ((1,), 5), ((1,), 10)):
        rungs = [float(f"{d}e{k}") for k in range(first, last + stride + 1, stride) for d in digits]
        below = [r for r in rungs if r < high]
        rungs = [r for r in below if r >= low / 1.5] + rungs[len(below) : len(below) + 1]
        if len(rungs) <= (most or 14):
            break
    return np.array(rungs)


def even(low: float, span: float, most: int | None = None) -> Array:
    """Round numbers in equal steps that cover ``low`` to ``low + span``, about ``most`` (12) of them."""
    rough = span / (most or 12)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * k for k in (1, 2, 2.5, 5, 10) if unit * k >= 0.999 * rough)
    return np.array([step * k for k in range(math.floor(low / step), math.ceil((low + span) / step) + 1)])


def depth_label(f_label: str, levels: dict[str, Any]) -> str:
    """What the colour bar measures, in words."""
    if not levels["log"]:
        return f_label
    floor = levels["floor"]
    if floor == 0 and levels["sign"] > 0:
        return f"{f_label} (log scale)"
    if levels["sign"] < 0:
        return (
            f"how far {f_label}{',' if ',' in f_label else ''} is\nbelow {number(floor)}, the highest here (log scale)"
        )
    joint = ",\n" if "," in f_label else " "  # a label in two parts would be longer than the bar
    return f"{f_label}{joint}above {number(floor)} (log scale)"


def gaps_note(values: Array | None) -> str:
    """What a picture of ``values`` must say in words: where f has no number, or that it has one only."""
    if values is None:
        return ""
    fine = np.isfinite(values)
    if not fine.any():
        return "f has no finite value anywhere here"
    flat = f"f is constant here: {number(float(values[fine][0]))}" if np.ptp(values[fine]) == 0 else ""
    return flat if fine.all() else "; ".join(filter(None, (flat, "hatched: f has no finite value")))
