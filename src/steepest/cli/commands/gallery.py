"""``steepest gallery``: the functions with a known story."""

from typing import Any

import click

from ...base.text import count, number, vector
from ..options import SectionedCommand, format_flag
from ..streams import out
from ..tables import aligned, as_csv, as_json, beside, wrapped

__all__ = ["command"]

COLUMN = 13
"""Where the text of the single view begins."""

_HELP = """\b
steepest gallery
steepest gallery rosenbrock

The functions that 'steepest run' knows by name; with NAME, all that is known of one.
"""


def show_gallery(name: str | None, format: str) -> None:
    """Prints the table, or one function."""
    from ...problems import gallery

    names = gallery.names() if name is None else [name.strip().lower().replace("-", "_")]
    functions = [gallery.find(each)() for each in names]
    if format == "json":
        entries = [entry(function) for function in functions]
        out(as_json(entries if name is None else entries[0]))
    elif format == "csv":
        header = ("name", "least_n", "most_n", "formula", "minimum_f", "source")
        out(as_csv(header, [tuple(csv_row(function)[key] for key in header) for function in functions]))
    elif name is None:
        rows = [("name", "variables", "formula", "known minimum")]
        rows += [(f.name, dimensions(f), f.formula, minimum(f)) for f in functions]
        out("\n".join(aligned(rows)))
    else:
        out("\n".join(single(functions[0])))


def dimensions(function: Any) -> str:
    """``2``, ``1 or more``: the dimensions it comes in."""
    least, most = function.least_n, function.most_n
    if least == most:
        return str(least)
    return f"{least} or more" if most >= 1_000_000 else f"{least} to {most:,}"


def minimum(function: Any) -> str:
    """``0 at (1, 1)``, ``0 at 4 points``."""
    known = function.minimum
    if known is None:
        return "none"
    where = vector(known.w[0], 7) if len(known.w) == 1 else count(len(known.w), "point")
    return f"{number(known.f)} at {where}"


def single(function: Any) -> list[str]:
    """All that is known of one function, at its usual dimension."""
    known, box, least = function.minimum, function.box, function.least_n
    here = "" if least == function.most_n else f"; here {function.n}"
    points = ["none"] if known is None else [f"at {vector(point, 7)}" for point in known.w]
    value = "" if known is None else f"{number(known.f, 8)} "
    return [
        function.name,
        *beside("  formula", [function.formula], COLUMN),
        *wrapped("  about", first_paragraph(function), COLUMN),
        *beside("  variables", [dimensions(function) + here], COLUMN),
        *beside("  start", [vector(function.start, 6)], COLUMN),
        *beside("  box", [f"{vector(box.lower, 6)} to {vector(box.upper, 6)}"], COLUMN),
        *beside(f"  {'minimum':<{COLUMN - 2}}{value}", points, COLUMN + len(value)),
        *wrapped("  source", function.source, COLUMN),
        *beside("  try", [f"steepest run {function.name}"], COLUMN),
    ]


def first_paragraph(function: Any) -> str:
    """What its class says of it, on one line."""
    doc = (type(function).__doc__ or "").split("\n\n")[0]
    return " ".join(doc.replace("``", "").split())


def entry(function: Any) -> dict[str, Any]:
    """One function, JSON-ready."""
    known, box = function.minimum, function.box
    return {
        "name": function.name, "least_n": function.least_n, "most_n": function.most_n, "formula": function.formula,
        "about": first_paragraph(function), "start": function.start.tolist(),
        "box": {"lower": box.lower.tolist(), "upper": box.upper.tolist()},
        "minimum": None if known is None else {"f": float(known.f), "w": known.w.tolist()}, "source": function.source,
    }  # fmt: skip


def csv_row(function: Any) -> dict[str, Any]:
    known = function.minimum
    return {**entry(function), "minimum_f": "" if known is None else float(known.f)}


command = SectionedCommand(
    "gallery", help=_HELP, short_help="The functions that can be run by name.", callback=show_gallery,
    params=[click.Argument(["name"], required=False), format_flag("a line for each function")],
)  # fmt: skip
