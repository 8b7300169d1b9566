"""``steepest methods``: the update rules, read off their classes."""

import re
from typing import Any

import click

from ...base.fields import fields_of
from ..minimize_flags import default_of, flag_of, range_of
from ..options import SectionedCommand, format_flag
from ..streams import out
from ..tables import as_csv, as_json, beside, wrapped

__all__ = ["command"]

COLUMN = 11
"""Where the text of the single view begins."""

_HELP = """\b
steepest methods
steepest methods adam

The update rules that 'steepest run --method' knows: update equation, hyper-parameters with their defaults; with NAME,
also their ranges, the source, and the engines that run it.
"""


def show_methods(name: str | None, format: str) -> None:
    """Prints the table, or one method."""
    from ... import methods

    names = methods.names() if name is None else [name.strip().lower().replace("-", "_")]
    classes = {each: methods.find(each) for each in names}
    if format == "json":
        entries = [entry(each, cls) for each, cls in classes.items()]
        out(as_json(entries if name is None else entries[0]))
    elif format == "csv":
        header = ("name", "update", "fields", "source", "engines")
        rows = [(each, *csv_row(cls)) for each, cls in classes.items()]
        out(as_csv(header, rows))
    elif name is None:
        width = max(map(len, names)) + 2
        blocks = ["\n".join(overview(each, cls, width)) for each, cls in classes.items()]
        out("\n\n".join(blocks))
    else:
        out("\n".join(single(names[0], classes[names[0]])))


def overview(name: str, cls: type, column: int) -> list[str]:
    """The update equation and the fields with their defaults."""
    return beside(name, [*update_equation(cls), defaults(cls)], column)


def single(name: str, cls: type) -> list[str]:
    """All that the class says of itself."""
    about, source = paragraphs(cls)
    lines = [name, *beside("  update", update_equation(cls), COLUMN)]
    for paragraph in about:
        lines += ["", *wrapped("", paragraph, 2)]
    lines.append("")
    width = max((len(flag_of(field)) for field in fields_of(cls)), default=0) + 4
    for field, info in fields_of(cls).items():
        words = (f"default {default_of(info)}", range_of(info.field, info.kind), info.field.help)
        lines += wrapped(f"  {flag_of(field)}", "; ".join(part for part in words if part), width)
    return [
        *lines,
        "",
        *wrapped("  source", source, COLUMN),
        *beside("  engines", [", ".join(engines_of(cls))], COLUMN),
        *beside("  try", [f"steepest run rosenbrock --method {name}"], COLUMN),
    ]


def defaults(cls: type) -> str:
    """``learning_rate auto, momentum 0.9``."""
    return ", ".join(f"{name} {default_of(info)}" for name, info in fields_of(cls).items())


def update_equation(cls: type) -> list[str]:
    """The lines set in double backticks in the docstring's first paragraph: the update in plain letters."""
    first = (cls.__doc__ or "").split("\n\n")[0]
    return re.findall(r"``(.+?)``", first) or [" ".join(first.split())]


def paragraphs(cls: type) -> tuple[list[str], str]:
    """The docstring's text without its equation, and its source; each paragraph on one line."""
    folded = [" ".join(part.replace("``", "").split()) for part in (cls.__doc__ or "").split("\n\n")]
    source = next((part.removeprefix("Source: ") for part in folded if part.startswith("Source: ")), "")
    rest = re.sub(r"``.+?``", "", (cls.__doc__ or "").split("\n\n")[0])
    aside = " ".join(rest.split()).strip(" .,;")
    if aside.startswith("(") and aside.endswith(")"):
        aside = aside[1:-1]
    about = [part for part in folded[1:] if part and not part.startswith("Source: ")]
    return ([f"{aside[:1].upper()}{aside[1:]}."] if aside else []) + about, source


def engines_of(cls: type) -> list[str]:
    """The engines that run the rule, asked one by one, on data where it takes data to run at all."""
    import numpy as np

    from ...base.errors import SteepestError
    from ...engines.choose import ENGINES, choose
    from ...methods.rule import as_rule
    from ...problems.linear_model import LinearModel

    usual = {"learning_rate": 0.1, "f_least": 0.0, "columns": 1}  # what the problem would tell
    rule = as_rule(cls, {name: value for name, value in usual.items() if name in fields_of(cls)}, {})
    batch = 1 if hasattr(rule, "renews_each") else None
    model, found = LinearModel(np.eye(2), np.ones(2)), []
    for engine in ENGINES[1:]:  # the first is 'auto', the choice among them
        try:
            choose(model, rule, engine, batch_size=batch)
        except SteepestError:
            continue
        found.append(engine)
    return found


def entry(name: str, cls: type) -> dict[str, Any]:
    """One method, JSON-ready."""
    about, source = paragraphs(cls)
    fields = [
        {"name": field, "default": info.default, "range": range_of(info.field, info.kind), "help": info.field.help}
        for field, info in fields_of(cls).items()
    ]
    return {
        "name": name, "update": update_equation(cls), "about": about, "fields": fields, "source": source,
        "engines": engines_of(cls),
    }  # fmt: skip


def csv_row(cls: type) -> tuple[str, str, str, str]:
    return "; ".join(update_equation(cls)), defaults(cls), paragraphs(cls)[1], " ".join(engines_of(cls))


command = SectionedCommand(
    "methods", help=_HELP, short_help="The update rules and their hyper-parameters.", callback=show_methods,
    params=[click.Argument(["name"], required=False), format_flag("a line for each method")],
)  # fmt: skip
