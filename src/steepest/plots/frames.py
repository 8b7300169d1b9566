"""Several axes in the place of one: a row for the title, the cells, and a column for the colour bar."""

from typing import Any

from ..base.errors import ArgumentError
from . import style

__all__ = ["legend", "split"]


def split(
    ax: Any, rows: int, columns: int, title: str, note: str, bar: bool = False, legend: bool = False
) -> tuple[Any, Any]:
    """Divides the place of ``ax`` into (rows, columns) axes; returns them and the colour bar's axes or None.

    ``ax`` itself becomes the title row, with room for a legend line where asked.
    """
    place = ax.get_subplotspec()
    if place is None:
        raise ArgumentError("ax must be one of a figure's subplots: this view divides its place into several axes")
    figure = ax.figure
    room = place.get_position(figure)
    height = 1.25 * room.height * figure.bbox.height / figure.dpi
    lines = style.wrapped(style.minus_signs(note), room.width * figure.bbox.width / figure.dpi)
    head = (0.27 if title else 0.0) + 0.16 * len(lines)
    key = 0.26 if legend else 0.0
    ratios = [head + key, max(height - head - key, head + key)] if head + key else None
    outer = place.subgridspec(2 if head + key else 1, 1, height_ratios=ratios)
    body = outer[-1].subgridspec(1, 2 if bar else 1, width_ratios=[1, 0.018] if bar else None)
    cells = body[0].subgridspec(rows, columns).subplots(squeeze=False)
    ax.set_axis_off()
    if head + key:
        ax.set_subplotspec(outer[0])
        below = 0.0
        looks = {"fontsize": style.TITLE, "fontweight": "bold", "color": style.INK}
        for text, height in ((title, 0.27), ("\n".join(lines), 0.0)):
            if text:
                ax.annotate(
                    text, (0, 1), xycoords="axes fraction", xytext=(0, -72 * below), textcoords="offset points",
                    va="top", linespacing=1.25, **looks,
                )  # fmt: skip
                below += height
            looks = {"fontsize": style.SMALL, "color": style.MUTED}
    else:
        ax.remove()
    return cells, figure.add_subplot(body[1]) if bar else None


def legend(ax: Any, data: dict[str, Any], handles: list[Any]) -> None:
    """The legend line below the title and the note of ``ax``, a title row."""
    from matplotlib.transforms import ScaledTranslation

    lines = style.wrapped(data["note"], style.width_of(ax))
    down = ScaledTranslation(0, -(0.27 if data["title"] else 0.0) - 0.16 * len(lines) - 0.03, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 1), bbox_transform=ax.transAxes + down,
        ncols=len(handles), borderaxespad=0, borderpad=0, handletextpad=0.4, columnspacing=1.4, handlelength=1.2,
    )  # fmt: skip
