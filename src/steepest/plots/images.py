"""Small images in rows: digits, and weight vectors as images."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from . import frames, style
from .display import Display
from .rows import Array, checked_title

__all__ = ["images_of"]


def images_of(
    images: Any, *, titles: Sequence[Any] | None = None, columns: int = 5, diverging: bool = False,
    title: str | None = None, value_label: str = "weight", scale: bool = False,
) -> Display:  # fmt: skip
    """Images (k, height, width), or one (height, width), all on one colour scale.

    Dark is high: ink on paper. ``diverging`` is for values of both signs, such as weights: white is zero, the scale is
    the same to both sides, and a colour bar named ``value_label`` stands beside, as it does with ``scale``.
    ``titles``: a text for each image.

    ``data``: images (k, height, width), titles, columns, low, high, diverging, title.
    """
    checked_title(title)
    try:
        found = np.asarray(images, dtype=float)
    except (TypeError, ValueError):
        raise ArgumentTypeError("images must be numbers of shape (k, height, width), all of one size") from None
    found = found[None] if found.ndim == 2 else found
    if found.ndim != 3 or 0 in found.shape:
        raise ArgumentError(f"images must have the shape (k, height, width); got {found.shape}")
    if isinstance(columns, bool) or not isinstance(columns, (int, np.integer)) or columns < 1:
        raise ArgumentError(f"columns must be a whole number of at least 1; got {columns!r}")
    if titles is not None and (isinstance(titles, str) or len(titles) != len(found)):
        raise ArgumentError(f"titles must have one text for each of the {len(found)} images; got {titles!r}")
    columns = min(int(columns), len(found))
    low, high = limits(found, diverging)
    data = {
        "view": "images", "images": found, "titles": [str(t) for t in titles] if titles is not None else None,
        "columns": columns, "low": low, "high": high, "diverging": bool(diverging), "title": title or "",
        "value_label": value_label, "note": "", "scale": bool(diverging or scale),
    }  # fmt: skip
    rows = -(-len(found) // columns)
    side = min(1.5, 9.0 / columns)
    shape = found.shape[1] / found.shape[2]
    width = side * columns + (0.9 if data["scale"] else 0.2)
    height = (0.92 * side * shape + (0.28 if titles is not None else 0.06)) * rows + (0.45 if title else 0.1)
    return Display(data, draw, (width, height))


def limits(images: Array, diverging: bool) -> tuple[float, float]:
    """The ends of the colour scale: of the values themselves, or as far below zero as above."""
    finite = images[np.isfinite(images)]
    if not finite.size:
        return (-1.0, 1.0) if diverging else (0.0, 1.0)
    if diverging:
        most = float(np.abs(finite).max()) or 1.0
        return -most, most
    low, high = float(finite.min()), float(finite.max())
    return low, high if high > low else low + 1.0


def draw(ax: Any, data: dict[str, Any]) -> Any:
    images, columns = data["images"], data["columns"]
    rows = -(-len(images) // columns)
    axes, bar = frames.split(ax, rows, columns, data["title"], data["note"], bar=data["scale"])
    colours = style.colour_map(style.DIVERGING) if data["diverging"] else "gray_r"
    shown = None
    for k, cell in enumerate(axes.flat):
        if k >= len(images):
            cell.set_axis_off()
            continue
        shown = cell.imshow(images[k], cmap=colours, vmin=data["low"], vmax=data["high"], interpolation="nearest")
        cell.set_xticks([])
        cell.set_yticks([])
        cell.spines[:].set(linewidth=style.HAIR, color=style.MUTED)
        if data["titles"] is not None:
            cell.set_title(data["titles"][k], fontsize=style.SMALL, pad=3)
    if bar is not None:
        key = bar.figure.colorbar(shown, cax=bar)  # ax is gone where there is no title
        key.outline.set_linewidth(style.HAIR)
        if data["diverging"]:
            style.write_ticks(bar.yaxis)
        else:
            key.set_ticks([data["low"], data["high"]], labels=style.tick_texts([data["low"], data["high"]]))
        key.set_label(data["value_label"], fontsize=style.SMALL)
    return axes
