"""The confusion matrix of a classifier: how many rows of each class were predicted as which."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from . import style
from .display import Display
from .rows import checked_title

__all__ = ["confusion_of"]

MOST_NUMBERS = 20
"""Classes up to which the counts are written into the cells."""
MOST_NAMES = 40
"""Classes up to which each has its name on the axes."""
LONGEST = 16
"""Letters of a name on the axes."""


def confusion_of(matrix: Any, labels: Sequence[Any], *, title: str | None = None, note: str = "") -> Display:
    """``matrix`` (classes, classes) of counts: a row for the true class, a column for the predicted one.

    A cell's colour is its share of its row, so that rare classes show as well as frequent ones; its number is the
    count. ``labels``: a name for each class.

    ``data``: matrix, shares (classes, classes; 0 in rows without a count), labels, title, note.
    """
    checked_title(title)
    try:
        counts = np.asarray(matrix, dtype=float)
    except (TypeError, ValueError):
        raise ArgumentTypeError("matrix must be numbers of shape (classes, classes)") from None
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ArgumentError(f"matrix must have the shape (classes, classes); got {counts.shape}")
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts == np.floor(counts)).all()):
        raise ArgumentError("matrix must hold counts: whole numbers of at least 0")
    if isinstance(labels, str) or len(labels) != len(counts):
        raise ArgumentError(f"labels must have one name for each of the {len(counts)} classes; got {labels!r}")
    total = counts.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, counts / np.where(total > 0, total, 1.0), 0.0)
    right, rows = int(np.trace(counts)), int(counts.sum())
    says = f"{right:,} of {rows:,} rows right" + (f"; {note}" if note else "")
    data = {
        "view": "confusion", "matrix": counts.astype(np.int64), "shares": shares, "labels": [str(x) for x in labels],
        "title": "predicted against true classes" if title is None else title, "note": says,
    }  # fmt: skip
    side = 2.4 + min(0.34 * len(counts), 4.2)
    return Display(data, draw, (side + 0.5, side + 0.25))


def draw(ax: Any, data: dict[str, Any]) -> Any:
    shares, counts = data["shares"], data["matrix"]
    size = len(shares)
    colours = style.colour_map(style.SEQUENTIAL)
    ax.imshow(shares, cmap=colours, vmin=0.0, vmax=1.0, interpolation="nearest")
    ax.spines[:].set(linewidth=style.HAIR, color=style.MUTED)
    if size <= MOST_NUMBERS:
        small = style.SMALL if size <= 12 else 0.7 * style.SMALL
        for i, j in zip(*np.nonzero(counts), strict=True):
            ink = "white" if shares[i, j] > 0.5 else style.INK
            ax.text(j, i, f"{counts[i, j]:,}", ha="center", va="center", fontsize=small, color=ink)
    if size <= MOST_NAMES:
        names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..." for name in data["labels"]]
        slanted = max(map(len, names)) * size > 40
        ax.set_xticks(range(size), labels=names, rotation=45 if slanted else 0, ha="right" if slanted else "center",
                      rotation_mode="anchor" if slanted else None)  # fmt: skip
        ax.set_yticks(range(size), labels=names)
    ax.tick_params(length=0)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    style.heading(ax, data["title"], data["note"])
    return ax
