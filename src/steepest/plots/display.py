"""A view as an object: its data, and the drawing of them."""

import base64
import html
import io
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.files import refuse_unwritable, write_bytes
from . import style

__all__ = ["Display"]

SUFFIXES = (".png", ".svg", ".pdf")
DOTS_PER_INCH = 200


class Display:
    """What a view shows: ``data``, a dict of arrays, numbers and strings. ``plot()`` draws them and sets ``ax_`` (an
    array of axes where the view has several) and ``figure_``; ``save(path)`` writes .png, .svg or .pdf.

    Without ``ax`` a figure of its own is made, apart from pyplot: no window, no state. A notebook shows it.
    """

    ax_: Any = None
    figure_: Any = None

    def __init__(
        self, data: dict[str, Any], draw: Callable[[Any, dict[str, Any]], Any], size: tuple[float, float],
        pad: float = 0.08,
    ) -> None:  # fmt: skip
        self.data = data
        self._draw = draw
        self._size = size
        self._pad = pad
        self._own = False

    def plot(self, ax: Any = None) -> "Display":
        """Draws on ``ax``, or on a new figure."""
        from matplotlib.axes import Axes
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        if ax is not None and not isinstance(ax, Axes):
            raise ArgumentTypeError(f"ax must be a matplotlib Axes or None; got {type(ax).__name__}")
        with style.look():
            self._own = ax is None
            if ax is None:
                figure = Figure(figsize=self._size, layout=ConstrainedLayoutEngine(w_pad=self._pad, h_pad=self._pad))
                ax = figure.add_subplot()
            self.figure_ = ax.figure.canvas.figure  # of a subfigure: the whole
            self.ax_ = self._draw(ax, self.data)
            if self._own:
                settle(self.figure_)
        return self

    def save(self, path: Any) -> Path:
        """Writes the figure, drawing it first where ``plot`` was not called; returns the path. The same display gives
        the same bytes each time."""
        if not isinstance(path, (str, PathLike)):
            raise ArgumentTypeError(f"path must be the path of a .png, .svg or .pdf file; got {path!r}")
        target = Path(path)
        if target.suffix.lower() not in SUFFIXES:
            raise ArgumentError(f"path must end in .png, .svg or .pdf; got {str(path)!r}")
        refuse_unwritable(path)
        return write_bytes(path, self._rendered(target.suffix.lower()[1:], DOTS_PER_INCH))

    def _rendered(self, kind: str, dpi: float) -> bytes:
        """The figure as the bytes of a file, without dates, so that they depend on the figure only."""
        if self.figure_ is None:
            self.plot()
        metadata: dict[str, dict[str, Any]] = {
            "png": {"Software": None}, "svg": {"Date": None, "Title": self.title}, "pdf": {"CreationDate": None},
        }  # fmt: skip
        file = io.BytesIO()
        with style.look():
            self.figure_.savefig(file, format=kind, dpi=dpi, metadata=metadata[kind])
        return file.getvalue()

    @property
    def title(self) -> str:
        return str(self.data.get("title") or "steepest")

    def _repr_png_(self) -> bytes | None:
        """For notebooks; None where the axes are the caller's, whose own figure shows them."""
        if self.figure_ is not None and not self._own:
            return None
        return self._rendered("png", 2 * 100)

    def _repr_html_(self) -> str | None:
        png = self._repr_png_()
        if png is None:
            return None
        text = html.escape(self.title, quote=True)
        width = round(100 * self._size[0])
        return f'<img width="{width}" alt="{text}" src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'

    def __repr__(self) -> str:
        return f'<Display {self.title}: .plot(ax) .save("figure.png") .data>'


def settle(figure: Any) -> None:
    """Works the layout out and keeps it: each further pass would move things by a hair, and no two files be equal."""
    for _ in range(2):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
