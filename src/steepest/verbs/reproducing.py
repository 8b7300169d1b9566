"""The call, or the command, that gives a run again, spelled out from its recipe."""

import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..methods import find as find_method
from ..methods import names as method_names
from ..methods.line_search.search import as_line_search
from ..problems.function import CENTRAL, SPSA
from ..problems.problem import Array
from .minimizing import STOPS
from .varying import unspelled_fields

if TYPE_CHECKING:
    from .run import Run

__all__ = ["changed", "command_of", "folded", "python_of", "value_text"]

ESTIMATES = {CENTRAL: "finite", SPSA: "spsa"}
"""What a formula's gradient is asked for by, where it is none of JAX's."""
MOST_NUMBERS = 40
"""Of a start that is written out."""


def python_of(run: "Run", imports: Sequence[str] = (), making: Sequence[str] = ()) -> str:
    """Lines of Python that make the run again, to the same bits on the same machine. What a recipe does not hold (data,
    callables, a long start) is a name to be filled in, and a comment says so. ``making``: lines that make
    ``problem``, where the caller knows them, with what they import."""
    recipe = run.recipe
    lines, problem, given = (list(making), "problem", True) if making else problem_lines(recipe)
    fields = unspelled_fields(recipe["method"])
    method = fields.pop("name")
    ours = method in method_names()
    arguments = [problem, start_text(run, lines, given), f"method={quoted(method) if ours else method}"]
    if not ours:
        lines.append(f"# {method}: your own update rule")
    arguments += [f"{name}={value_text(value)}" for name, value in changed(method, fields).items()]
    arguments += [f"{name}={value_text(value)}" for name, value in options(run).items()]
    return "\n".join(["import steepest", *imports, "", *lines, folded("run = steepest.minimize", arguments)])


def command_of(run: "Run") -> str | None:
    """The ``steepest run`` that makes the run again; None where the command line cannot spell it."""
    recipe = run.recipe
    about = recipe["problem"]
    fields = unspelled_fields(recipe["method"])
    method = fields.pop("name")
    given = options(run)
    plain = all(isinstance(value, (int, float, str)) for value in (*changed(method, fields).values(), *given.values()))
    if about.get("kind") not in ("gallery", "formula", "mgh") or method not in method_names() or not plain:
        return None
    name = about["text"] if about["kind"] == "formula" else about["name"]
    words = ["steepest", "run"]
    words += ["--n", str(recipe["n"])] if about["kind"] == "gallery" and "n" in about else []
    words += [f"--w0={','.join(map(repr, run.w0.tolist()))}", "--method", method]
    for key, value in {**changed(method, fields), **given}.items():
        flag = f"--{key.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        else:
            words.append(f"{flag}={value}")
    words += ["--"] if name.startswith("-") else []  # a formula, no flag
    return shlex.join([*words, f"mgh:{name}" if about["kind"] == "mgh" else name])


def problem_lines(recipe: dict[str, Any]) -> tuple[list[str], str, bool]:
    """Lines that come first, the problem as an argument, and whether it has its own start."""
    about = recipe["problem"]
    kind = about.get("kind")
    if kind == "formula":
        return [], quoted(about["text"]), False
    if kind == "gallery":
        fields = ", ".join(f"{k}={value_text(v)}" for k, v in about.items() if k not in ("kind", "name"))
        return [], f"steepest.gallery.{about['name']}({fields})", True
    if kind == "mgh":
        return [], quoted(f"mgh:{about['name']}"), True
    what = {
        "linear_model": "the LinearModel it was run on", "finite_sum": "the FiniteSum it was run on",
        "penalized": "the Penalized problem it was run on",
    }.get(str(kind), "the function it was run on")  # fmt: skip
    return [f"problem = ...  # {what}: {recipe['problem_name']}"], "problem", kind == "linear_model"


def start_text(run: "Run", lines: list[str], own: bool) -> str:
    """The start as an argument; "" for a problem's own."""
    w0 = np.asarray(run.w0)
    if own and run.problem is not None and run.problem.start is not None and np.array_equal(w0, run.problem.start):
        return ""
    if run.tree is None and w0.size <= MOST_NUMBERS:
        return f"w0={vector_text(w0)}"
    lines.append(f"w0 = ...  # the start: {w0.size:,} numbers")
    return "w0=w0"


def vector_text(w0: Array) -> str:
    return f"[{', '.join(map(repr, w0.tolist()))}]"


def changed(method: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that differ from the method's defaults; the learning rate always."""
    known = getattr(find_method(method), "_field_defaults", {}) if method in method_names() else {}
    return {
        name: value for name, value in fields.items()
        if value is not None and (name == "learning_rate" or name not in known or value != known[name])
    }  # fmt: skip


def options(run: "Run") -> dict[str, Any]:
    """The arguments besides, where they are not the defaults."""
    recipe = run.recipe
    found = {name: recipe[name] for name in STOPS if name in recipe and recipe[name] != STOPS[name]}
    if found.get("grad_tol", "") == 1e-6 and not any(recipe[name] is not None for name in ("f_tol", "f_rtol", "x_tol")):
        found.pop("grad_tol")  # what it is by itself
    if recipe["batch_size"] is not None:
        found |= {name: recipe[name] for name in ("batch_size", "sampling", "seed")}
    how = ESTIMATES.get(recipe["problem"].get("gradient", ""))
    if recipe["problem"].get("kind") == "formula" and how is not None:
        found |= {"grad": how, **({"seed": recipe["seed"]} if how == "spsa" else {})}
    if recipe["maximize"]:
        found["maximize"] = True
    if recipe.get("bounds") is not None:
        found["bounds"] = run.record.setup["bounds"]
    found["engine"] = recipe["engine"]
    return {name: value for name, value in found.items() if value is not None}


def value_text(value: Any) -> str:
    """A value as Python source: numbers to the last bit, schedules and searches by their public names."""
    if isinstance(value, str):
        return quoted(value)
    if not hasattr(value, "_fields"):
        return repr(value)
    package = "line_search" if as_line_search(value) is not None else "schedules"
    defaults = getattr(type(value), "_field_defaults", {})
    fields = {name: own for name, own in value._asdict().items() if name not in defaults or own != defaults[name]}
    listed = ", ".join(f"{name}={value_text(own)}" for name, own in fields.items())
    return ".".join(("steepest", package, f"{type(value).__name__}({listed})"))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folded(called: str, arguments: Iterable[str], width: int = 100) -> str:
    """A call, over several lines where it is long; arguments that are "" are left out."""
    given = [part for part in arguments if part]
    if len(call := f"{called}({', '.join(given)})") <= width:
        return call
    lines = [""]
    for part in given:
        if lines[-1] and len(lines[-1]) + len(part) + 6 > width:
            lines.append("")
        lines[-1] += f" {part}," if lines[-1] else f"    {part},"
    return "\n".join([f"{called}(", *lines, ")"])
