"""The one look of all figures: colours, type, line widths, how ticks are written, what stands above the axes.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), told apart by colour-blind readers; one-sided values run
from paper white to deep blue, so that a minimum is bright and a path shows on it; shapes and dashes repeat what colour
says, for print in grey.
"""

import re
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any

from ..base.text import number

__all__ = ["COLOURS", "DASHES", "DIVERGING", "INK", "MUTED", "PATH", "SEQUENTIAL", "TINT"]

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
)  # fmt: skip
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""For lines, in this order."""
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 1.2)))

PATH = VERMILLION
INK, MUTED, PALE, FAINT = "#1a1a1a", "#5c5c5c", "#a8a8a8", "#e4e4e4"

SEQUENTIAL = ("#fbfcfd", "#dce9f2", "#b3d1e6", "#80b3d6", "#4791c2", "#146da6", "#084b7d", "#052b4f")
"""Colour stops of one-sided values, low to high, evenly spaced."""
DIVERGING = ("#00436b", "#0072B2", "#7fb8d8", "#f8f8f8", "#f0b080", "#D55E00", "#823900")
"""Colour stops of two-sided values; the middle is zero."""
TINT = 0.47
"""How far along SEQUENTIAL the ground under a path goes, so that the path stays the darkest thing."""

GLUE = "\N{NO-BREAK SPACE}"

TITLE, TEXT, SMALL = 11.0, 9.5, 8.5
LINE, THIN, HAIR = 1.4, 0.8, 0.5

RC: dict[str, Any] = {
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "mathtext.fontset": "dejavusans",
    "font.size": TEXT, "axes.titlesize": TITLE, "axes.labelsize": TEXT, "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL, "legend.fontsize": SMALL, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": MUTED, "xtick.color": MUTED, "ytick.color": MUTED, "xtick.labelcolor": INK,
    "ytick.labelcolor": INK, "axes.linewidth": THIN, "axes.axisbelow": True, "axes.facecolor": "white",
    "axes.grid": False, "axes.spines.top": True, "axes.spines.right": True, "axes.autolimit_mode": "data",
    "axes.xmargin": 0.05, "axes.ymargin": 0.05, "axes.unicode_minus": True, "legend.frameon": False,
    "lines.solid_capstyle": "round", "path.simplify": True, "image.origin": "upper", "text.usetex": False,
    "figure.facecolor": "white", "figure.dpi": 110, "figure.constrained_layout.use": False, "savefig.bbox": None,
    "savefig.facecolor": "white", "svg.hashsalt": "steepest", "svg.fonttype": "path", "pdf.fonttype": 42,
}  # fmt: skip


def look() -> AbstractContextManager[Any]:
    """The settings of a figure's drawing and saving, put back afterwards."""
    import matplotlib

    return matplotlib.rc_context(RC)  # type: ignore[arg-type]


def colour_map(stops: Sequence[str], upto: float = 1.0) -> Any:
    """The colour map through evenly spaced ``stops``, or its lower part."""
    from matplotlib.colors import LinearSegmentedColormap

    whole = LinearSegmentedColormap.from_list("steepest", list(stops), N=512)
    if upto == 1.0:
        return whole
    return LinearSegmentedColormap.from_list("steepest", [whole(upto * k / 64) for k in range(65)], N=512)


def tick_texts(values: Sequence[float]) -> list[str]:
    """The ticks' numbers with as many digits as tell them apart: 0.9995, 1, 1.0005; 1e-6, 2e-6."""
    ticks = [float(v) for v in values]
    if not ticks:
        return []
    gaps = [abs(b - a) for a, b in pairwise(ticks) if b != a]
    near = 0.01 * min(gaps, default=1e-4 * max(map(abs, ticks)))
    ticks = [0.0 if abs(v) < near else v for v in ticks] if gaps else ticks
    for digits in range(3, 17):
        texts = [number(v, digits) for v in ticks]
        if all(abs(float(text.replace(",", "")) - v) <= near for text, v in zip(texts, ticks, strict=True)):
            break
    if any("," in text for text in texts):  # all of an axis alike: 5,000 beside 10,000
        texts = [re.sub(r"^(-?\d)(\d{3})(?=\.|$)", r"\1,\2", text) for text in texts]
    return [typeset(text) for text in texts]


def typeset(text: str) -> str:
    """``-1e-06`` as print has it: a true minus sign, no zero before the exponent."""
    head, mark, exponent = text.partition("e")
    return (head + (f"e{int(exponent)}" if mark else "")).replace("-", "\N{MINUS SIGN}")


def minus_signs(text: str) -> str:
    """``text`` with a true minus sign before its negative numbers and exponents."""
    return re.sub(r"(?<![A-Za-df-z0-9_.)\]])-(?=\d)", "\N{MINUS SIGN}", text)


def typeset_formula(text: str) -> str:
    """``w1^2 + w2^2`` with its names and powers typeset; a formula with anything but names of a letter and a number,
    whole powers, sums and products stays as it is."""
    spoken = re.sub(r"\*\*", "^", text)
    if len(text) > 60 or not re.fullmatch(r"(?:[A-Za-z]\d*(?![A-Za-z(])|\^\d+|\d+(?:\.\d+)?|[ +*()-])+", spoken):
        return text
    spoken = re.sub(r"([A-Za-z])(\d+)", r"\1_{\2}", spoken.replace(" ", ""))
    spoken = re.sub(r"\^(\d+)", r"^{\1}", spoken)
    return f"${spoken.replace('*', chr(92) + ',')}$"


def write_ticks(axis: Any, whole: bool = False) -> None:
    """Plain numbers on a linear axis, at whole numbers only where asked; no multiplier in the corner."""
    from matplotlib.ticker import Formatter, MaxNLocator

    class Plain(Formatter):
        def format_ticks(self, values: Any) -> list[str]:
            return tick_texts(values)

        def __call__(self, x: float, pos: Any = None) -> str:
            return typeset(number(x, 6))

    axis.set_major_locator(MaxNLocator(nbins="auto", integer=whole, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(Plain())


def open_frame(ax: Any) -> None:
    """Axes of a curve: no frame above and to the right, faint lines to read values by."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(True, axis="y", color=FAINT, linewidth=THIN)
    ax.set_axisbelow(True)


def heading(ax: Any, title: str, note: str = "", handles: Sequence[Any] = (), columns: int | None = None) -> None:
    """Title, note and legend stacked above the axes, left aligned, where they can cover no data; the legend in one
    row, or in so many ``columns``."""
    points = 5.0
    if handles:
        ax.legend(
            handles=list(handles), loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns or len(handles),
            borderaxespad=0.25, borderpad=0.2, handletextpad=0.5, columnspacing=1.4, handlelength=1.6,
        )  # fmt: skip
        points += SMALL + 9.0 + (SMALL + 5.5) * ((len(handles) - 1) // columns if columns else 0)
    if note:
        lines = wrapped(minus_signs(note), width_of(ax))
        ax.annotate(
            "\n".join(lines), (0.0, 1.0), xycoords="axes fraction", xytext=(0.0, points), textcoords="offset points",
            va="bottom", fontsize=SMALL, color=MUTED, linespacing=1.25, annotation_clip=False,
        )  # fmt: skip
        points += 1.25 * SMALL * len(lines) + 4.0
    if title:
        text = "\n".join(wrapped(title, width_of(ax) * SMALL / TITLE * 0.94))
        ax.set_title(text, loc="left", pad=points, fontsize=TITLE, fontweight="bold", color=INK)


def width_of(ax: Any) -> float:
    """The room above the axes in inches, as far as it is known before the layout, which widens them a little."""
    return float(1.12 * ax.get_position(original=True).width * ax.figure.bbox.width / ax.figure.dpi)


def wrapped(text: str, inches: float) -> list[str]:
    """``text`` in lines of small type that fit into ``inches``, those of a paragraph about equally long."""
    width = max(20, int(inches / 0.0715))
    found = []
    for line in glued(text).splitlines():
        parts = textwrap.wrap(line, width, break_long_words=False)
        for narrower in range(-(-len(line) // max(1, len(parts))), width):
            even = textwrap.wrap(line, narrower, break_long_words=False)
            if len(even) == len(parts):
                parts = even
                break
        found += [part.replace(GLUE, " ") for part in parts]
    return found


def glued(text: str) -> str:
    """``text`` with what belongs together kept on one line: a name and its number, both sides of ``=``."""
    text = re.sub(r"(?<=\S) = (?=\S)", f"{GLUE}={GLUE}", text)
    return re.sub(r"(?<=[a-z]) (?=[-\N{MINUS SIGN}\d][\d.e\N{MINUS SIGN}-]*(?:[;,\n]|$))", GLUE, text)
