"""A run as a GIF: the picture of ``path_of``, its path drawn row by row."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.files import refuse_unwritable, writing
from ..base.text import number
from ..engines.task import given_up
from . import drawing, style
from .path import MOST_DOTS, draw, path_data, size_of
from .rows import record_of, thinned

__all__ = ["animate"]

DOTS_PER_INCH = 110
HOLD_SECONDS = 1.5
CAPTION = 0.3
"""Inches below the picture for what changes in words."""


def animate(record: Any, problem: Any, path: Any, *, fps: int = 15, most_frames: int = 120) -> Path:
    """Writes the path as a GIF, a frame a row with its iteration and f; returns ``path``.

    Of more than ``most_frames`` rows the first are all shown and the later ones in equal ratios, as a run slows down
    (iterations 1, 2, 3, ... 90, 95, 101, ...). The last frame stays for a moment; then it starts again.
    """
    for name, value in (("fps", fps), ("most_frames", most_frames)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ArgumentError(f"{name} must be a whole number of at least 1; got {value!r}")
    if not isinstance(path, (str, PathLike)):
        raise ArgumentTypeError(f"path must be the path of a .gif file; got {path!r}")
    target = Path(path)
    if target.suffix.lower() != ".gif":
        raise ArgumentError(f"path must end in .gif; got {str(path)!r}")
    refuse_unwritable(path)
    found = record_of(record)
    data, f = path_data(found, problem), found.history.f
    rows = frame_rows(len(data["path"]), int(most_frames))
    captions = [
        f"{data['unit']} {data['iteration'][k]:,}" + ("" if f is None else f", f = {number(f[k])}") for k in rows
    ]
    with writing(path) as place:
        write(place, data, rows, captions, int(fps))
    return target


def frame_rows(rows: int, most: int) -> NDArray[np.int64]:
    """Which rows are shown: all, or ``most`` of them, the first ones one by one and then in equal ratios."""
    if rows <= most:
        return np.arange(rows)
    if most == 1:
        return np.array([rows - 1])
    low, high = 1.0, float(rows)
    for _ in range(100):  # the ratio with which exactly the last row is reached
        ratio = (low * high) ** 0.5
        if reached(ratio, most)[-1] < rows - 1:
            low = ratio
        else:
            high = ratio
    chosen = reached(high, most)
    chosen[-1] = rows - 1
    return chosen


def reached(ratio: float, most: int) -> NDArray[np.int64]:
    """0, 1, 2, ...: each at least one more than the last, and ``ratio`` times it once that is more."""
    found = [0]
    for _ in range(most - 1):
        found.append(max(found[-1] + 1, int(min(found[-1] * ratio, 2.0**60))))
    return np.array(found)


def write(target: Path, data: dict[str, Any], rows: NDArray[np.int64], captions: list[str], fps: int) -> None:
    """Draws what stays once, and over it, frame by frame, what moves. Raises KeyboardInterrupt where it is given up."""
    from matplotlib.animation import PillowWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    asked = given_up.get()
    with style.look():
        width, height = size_of(data)
        band = CAPTION / (height + CAPTION)
        layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, rect=(0, band, 1, 1 - band))
        still = Figure(figsize=(width, height + CAPTION), dpi=DOTS_PER_INCH, layout=layout)
        canvas = FigureCanvasAgg(still)
        ax = draw(still.add_subplot(), data, path=False)
        canvas.draw()  # type: ignore[no-untyped-call]
        moving = Figure(figsize=(width, height + CAPTION), dpi=DOTS_PER_INCH)
        FigureCanvasAgg(moving)
        moving.figimage(np.asarray(canvas.buffer_rgba()).copy())  # type: ignore[no-untyped-call]
        over = moving.add_axes(ax.get_position(), xlim=ax.get_xlim(), ylim=ax.get_ylim(), zorder=1)  # above the image
        over.set_axis_off()
        caption = moving.text(over.get_position().x0, 0.35 * band, "", fontsize=style.TEXT, zorder=2)
        writer = PillowWriter(fps=fps)
        with writer.saving(moving, str(target), DOTS_PER_INCH):
            for done, (row, words) in enumerate(zip(rows, captions, strict=True), start=1):
                for line in list(over.lines):
                    line.remove()
                caption.set_text(style.minus_signs(words))
                frame(over, data, int(row), dots=len(rows) <= MOST_DOTS)
                writer.grab_frame()
                if asked is not None and asked(done / len(rows)):
                    raise KeyboardInterrupt
            for _ in range(round(HOLD_SECONDS * fps)):  # equal frames become one that stays longer
                writer.grab_frame()


def frame(ax: Any, data: dict[str, Any], row: int, dots: bool) -> None:
    """The path up to ``row`` and a square where it stands."""
    path, window = data["path"][: row + 1], data["window"]
    seen = thinned(path, window)
    ax.plot(seen[:, 0], seen[:, 1], color=style.PATH, linewidth=style.LINE, solid_joinstyle="round")
    if dots:
        drawing.dot_rows(ax, path)
    here = path[-1]
    if drawing.inside(here[None], window)[0]:
        ax.plot(*here[:, None], marker="s", markersize=6, color=style.INK, markeredgecolor="white", zorder=9)
