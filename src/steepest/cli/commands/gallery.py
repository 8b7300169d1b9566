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
steepest gallery mgh
steepest gallery mgh:bard

The functions that 'steepest run' knows by name; with NAME, all that is known of one. 'mgh' lists the sums of squares
of More, Garbow and Hillstrom, and of More and Wild.
"""


def show_gallery(name: str | None, format: str) -> None:
    """Prints the tables, that of one set, or one function."""
    from ...problems import gallery

    asked = "" if name is None else name.strip().lower().replace("-", "_")
    if asked == "mgh" or asked.startswith(gallery.MGH_PREFIX):
        show_mgh(asked.removeprefix("mgh").removeprefix(":"), asked == "mgh", format)
        return
    names = gallery.names() if name is None else [asked]
    functions = [gallery.find(each)() for each in names]
    if format == "json":
        entries = [entry(function) for function in functions]
        out(as_json(entries if name is None else entries[0]))
    elif format == "csv":
        header = ("name", "least_n", "most_n", "formula", "minimum_f", "source")
        out(as_csv(header, [tuple(csv_row(function)[key] for key in header) for function in functions]))
    elif name is None:
        rows = [("name", "variables", "known minimum", "formula")]
        rows += [(f.name, dimensions(f), minimum(f), cut(f.formula)) for f in functions]
        out("\n".join([*aligned(rows), "", *mgh_lines(mgh_problems())]))
    else:
        out("\n".join(single(functions[0])))


def cut(formula: str, most: int = 72) -> str:
    """The beginning of a long formula: 'steepest gallery NAME' shows all of it."""
    return formula if len(formula) <= most else f"{formula[: most - 4].rstrip(' ,')} ..."


def mgh_problems() -> list[Any]:
    """The 35 problems of More, Garbow and Hillstrom at their usual sizes, then the four that More and Wild added."""
    from ...problems import gallery

    names = dict.fromkeys([*gallery.mgh_names(), *(problem.name for problem in gallery.more_wild())])
    return [gallery.mgh(name) for name in names]


def mgh_lines(problems: list[Any]) -> list[str]:
    """The table of the sums of squares, under its heading."""
    rows = [("name", "variables", "residuals", "known minimum")]
    rows += [(f"mgh:{p.name}", dimensions(p), residuals(p), minimum(p)) for p in problems]
    return ["sums of squares of More, Garbow and Hillstrom, at their usual sizes", *aligned(rows)]


def show_mgh(name: str, whole: bool, format: str) -> None:
    """Prints the table of the sums of squares, or one of them."""
    from ...problems import gallery

    problems = mgh_problems() if whole else [gallery.mgh(name)]
    if format == "json":
        entries = [mgh_entry(problem) for problem in problems]
        out(as_json(entries if whole else entries[0]))
    elif format == "csv":
        header = ("name", "number", "n", "m", "formula", "minimum_f", "source")
        rows = [{**mgh_entry(problem), **csv_row(problem)} for problem in problems]
        out(as_csv(header, [tuple(row[key] for key in header) for row in rows]))
    else:
        out("\n".join(mgh_lines(problems) if whole else single(problems[0])))


def mgh_entry(problem: Any) -> dict[str, Any]:
    """One sum of squares, JSON-ready: what every function has, its number in the paper and its sizes."""
    sizes = {"number": problem.number, "unconstrained": problem.unconstrained, "n": problem.n, "m": problem.m}
    return {**entry(problem), **sizes}


def residuals(problem: Any) -> str:
    """``15``; ``10, or 2 to 100``: how many residuals there may be."""
    return f"{problem.m}, or {problem.n} to {problem.most_m:,}" if problem.free_m else str(problem.m)


def dimensions(function: Any) -> str:
    """``2``, ``1 or more``: the dimensions it comes in."""
    least, most = function.least_n, function.most_n
    if least == most:
        return str(least)
    of = f", in steps of {function.n_multiple}" if getattr(function, "n_multiple", 1) > 1 else ""
    return f"{least} or more" if most >= 1_000_000 else f"{least} to {most:,}{of}"


def minimum(function: Any) -> str:
    """``0 at (1, 1)``, ``0 at 4 points``."""
    known = function.minimum
    if known is None:
        return "none"
    where = vector(known.w[0], 4) if len(known.w) == 1 and known.w.shape[1] <= 4 else count(len(known.w), "point")
    return f"{number(known.f)} at {where}"


def single(function: Any) -> list[str]:
    """All that is known of one function, at its usual dimension."""
    known, box, least = function.minimum, function.box, function.least_n
    here = "" if least == function.most_n else f"; here {function.n}"
    points = ["none"] if known is None else [f"at {vector(point, 7)}" for point in known.w]
    value = "" if known is None else f"{number(known.f, 8)} "
    squares = hasattr(function, "residuals")
    return [
        function.name,
        *wrapped("  formula", function.formula, COLUMN),
        *wrapped("  about", first_paragraph(function), COLUMN),
        *beside("  variables", [dimensions(function) + here], COLUMN),
        *(beside("  residuals", [residuals(function)], COLUMN) if squares else ()),
        *beside("  start", [vector(function.start, 6)], COLUMN),
        *wrapped("  box", f"{vector(box.lower, 6)} to {vector(box.upper, 6)}", COLUMN),
        *beside(f"  {'minimum':<{COLUMN - 2}}{value}", points, COLUMN + len(value)),
        *wrapped("  source", function.source, COLUMN),
        *beside("  try", [f"steepest run {'mgh:' if squares else ''}{function.name}"], COLUMN),
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
