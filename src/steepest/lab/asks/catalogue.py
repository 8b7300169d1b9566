"""``catalogue``: what there is to choose from, read off the classes: methods with their fields, and functions."""

import inspect
import math
import re
from functools import cache
from typing import Any

from ... import methods
from ...base.fields import FieldInfo, fields_of
from ...plots.page.run import variables_of
from ...problems import gallery
from ..work import Job

__all__ = ["ask", "function_entry"]

slow = False


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"methods": [...], "functions": [...]}``; takes no arguments."""
    return catalogue()


@cache
def catalogue() -> dict[str, Any]:
    return {"methods": [method_entry(name) for name in methods.names()], "functions": functions()}


# -- methods -----------------------------------------------------------------------------------------------------------


def method_entry(name: str) -> dict[str, Any]:
    """A method: the lines of its update, what it says of itself, its fields, and what it needs to run."""
    cls = methods.find(name)
    update, about, source = told(cls)
    return {
        "name": name, "update": update, "about": about, "source": source, "summary": summary(cls),
        "fields": [field_entry(info) for info in fields_of(cls).values()],
        "full_batch_only": bool(getattr(cls, "full_batch_only", False)),
        "needs_data": hasattr(cls, "renews_each"),
    }  # fmt: skip


def field_entry(info: FieldInfo) -> dict[str, Any]:
    """A hyper-parameter as a control needs it: ``low`` and ``high`` are null where there is no bound."""
    field = info.field
    return {
        "name": info.name, "kind": info.kind.__name__, "optional": info.optional, "default": info.default,
        "low": bound(field.low), "high": bound(field.high), "low_open": field.low_open, "high_open": field.high_open,
        "log": field.log, "help": field.help,
    }  # fmt: skip


def bound(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def summary(cls: Any) -> str:
    """What the module says the method is, in one line."""
    module = inspect.getmodule(cls)
    return " ".join((inspect.getdoc(module) or "").split("\n\n")[0].split())


def told(cls: Any) -> tuple[list[str], list[str], str]:
    """A docstring's update lines (double backticks in its first paragraph), its other paragraphs, and its source."""
    first, *rest = (inspect.getdoc(cls) or "").split("\n\n")
    update = [" ".join(line.split()) for line in re.findall(r"``(.+?)``", first, flags=re.DOTALL)]
    paragraphs = [" ".join(part.replace("``", "").split()) for part in rest]
    source = next((part.removeprefix("Source: ") for part in paragraphs if part.startswith("Source: ")), "")
    return update, [part for part in paragraphs if not part.startswith("Source: ")], source


# -- functions ---------------------------------------------------------------------------------------------------------


def functions() -> list[dict[str, Any]]:
    """The gallery's functions: all that can have two variables, then all that can have one, then the others."""
    classes = [gallery.find(name) for name in gallery.names()]
    flat = [cls(n=2) for cls in classes if allows(cls, 2)]
    single = [cls(n=1) for cls in classes if allows(cls, 1)]
    others = [cls(n=cls.least_n) for cls in classes if not (allows(cls, 1) or allows(cls, 2))]
    return [function_entry(function) for function in (*flat, *single, *others)]


def allows(cls: Any, n: int) -> bool:
    """Whether a function comes in ``n`` variables."""
    return bool(cls.least_n <= n <= cls.most_n and n % getattr(cls, "n_multiple", 1) == 0)


def function_entry(function: Any) -> dict[str, Any]:
    """A function of the gallery at its number of variables."""
    known, box = function.minimum, function.box
    return {
        "name": function.name, "n": int(function.n), "least_n": function.least_n, "most_n": function.most_n,
        "variables": variables_of(function, function.n), "formula": function.formula,
        "about": " ".join((inspect.getdoc(type(function)) or "").split("\n\n")[0].replace("``", "").split()),
        "start": function.start.tolist(), "box": {"lower": box.lower.tolist(), "upper": box.upper.tolist()},
        "minima": None if known is None else {"f": float(known.f), "w": known.w.tolist()},
        "smooth": bool(function.smooth), "source": function.source,
    }  # fmt: skip
