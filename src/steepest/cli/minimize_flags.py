"""The flags of ``minimize``'s arguments and of the methods' fields.

The methods' flags are read off their annotated fields. Those of ``minimize`` are a table, since its signature cannot be
read without importing NumPy; a test holds the table to the signature.
"""

from collections.abc import Iterable

import click

from .. import methods
from ..base.fields import Field, FieldInfo, fields_of
from ..base.text import listing, number
from .options import NONE, Bounds, Flag, Number, Record, Setting, Vector

__all__ = ["PYTHON_ONLY", "flag_of", "method_flags", "minimize_flags"]

PYTHON_ONLY = {
    "args": "a function of the gallery or a formula takes no further arguments",
    "value_and_grad": "it is for a Python function that returns both",
    "batch_size": "a batch is some rows of data, and a function has none",
    "sampling": "it orders rows of data, and a function has none",
    "callback": "a callback is a Python function: steepest.minimize(..., callback=f)",
    "throw": "use --fail for exit code 1 where the run did not converge",
}
"""Arguments of ``minimize`` that are no flags, and why."""

METHOD, ADDED, START, STOPPING, OUTPUT = "Method", "Added to any method", "Start", "Stopping", "Output"
DEFAULT_METHOD = "momentum"
ANY = "any other method"
MANY = 4
"""Methods that share a field, from which on it is listed."""
SHORT = {"learning_rate": "--lr"}


def flag_of(name: str) -> str:
    """``learning_rate`` -> ``--learning-rate``."""
    return f"--{name.replace('_', '-')}"


def minimize_flags() -> list[click.Option]:
    """The arguments of ``minimize`` that make sense on a command line, under their own names."""
    plain, whole = Number(), {"metavar": "COUNT"}

    def tolerance(name: str, help: str, kind: Number = plain) -> Flag:
        return Flag([flag_of(name)], section=STOPPING, type=kind, help=help)

    return [
        Flag(["--method"], section=METHOD, metavar="NAME",
             help="the update rule (default momentum): " + listing(methods.names(), "or") + "; 'steepest methods NAME' "
                  "lists the fields of one, each of which is a flag here"),
        Flag(["--w0"], section=START, type=Vector(),
             help="the start, a number for each variable (default: the function's own; a formula has none)"),
        Flag(["--starts"], section=START, type=plain, **whole,
             help="random starts from the bounds, of which the best is shown in full (default 1); "
                  "a --w0 given is the first"),
        Flag(["--bounds"], section=START, type=Bounds(),
             help="what the variables are kept within, for all of them or one pair for each; with --starts: where they "
                  "are drawn (default: the function's own box)"),
        Flag(["--grad"], section=START, metavar="HOW",
             help="the gradient of a formula: automatic (default where JAX is installed), finite (central differences) "
                  "or spsa (two evaluations in a random direction)"),
        Flag(["--workers"], section=START, type=plain, **whole,
             help="processes that share the evaluations of central differences (default 1)"),
        Flag(["--seed"], section=START, type=plain, metavar="WHOLE", help="of the random starts (default 0)"),
        Flag(["--maximize"], section=START, is_flag=True, default=None, help="climb instead"),
        Flag(["--max-iter"], section=STOPPING, type=plain, **whole, help="iterations at most (default 10000)"),
        Flag(["--max-evals"], section=STOPPING, type=plain, **whole, help="evaluations of the function at most"),
        Flag(["--time-limit"], section=STOPPING, type=plain, metavar="SECONDS", help="seconds at most"),
        tolerance("grad_tol", "the largest gradient component to stop at (default 1e-06 where no other tolerance "
                  "is given)", Number(none=NONE)),
        tolerance("f_target", "the value of f to stop at"),
        tolerance("f_tol", "the change of f to stop at"),
        tolerance("f_rtol", "the change of f relative to f to stop at"),
        tolerance("x_tol", "the largest change of a variable to stop at"),
        Flag(["--patience"], section=STOPPING, type=plain, **whole,
             help="iterations in a row for which a tolerance must hold (default 1)"),
        Flag(["--engine"], section=OUTPUT, metavar="NAME", help="auto (default), python, numba, jax or quadratic"),
        Flag(["--device"], section=OUTPUT, metavar="NAME", help="cpu or gpu, for the jax engine (default: JAX's own)"),
        Flag(["--record"], section=OUTPUT, type=Record(),
             help="auto (every row up to 64 MB, then thinned; default), all, none, every how many rows, or columns "
                  "such as w,f"),
        Flag(["--progress/--no-progress"], section=OUTPUT, default=None,
             help="a progress bar on standard error (default: in a terminal, after 1 s)"),
    ]  # fmt: skip


def method_flags() -> list[click.Option]:
    """A flag for each field of each method and of what may be added to any; those that share a field share its
    flag."""
    from ..methods import modifiers

    found: dict[str, dict[str, FieldInfo]] = {}
    for method in sorted(methods.names(), key=lambda name: name != DEFAULT_METHOD):
        for name, info in fields_of(methods.find(method)).items():
            found.setdefault(name, {})[method] = info
    for modifier in modifiers.names():
        for name, info in fields_of(modifiers.find(modifier)).items():
            found.setdefault(name, {})[ANY] = info
    return [_field_flag(name, infos) for name, infos in found.items()]


def _field_flag(name: str, infos: dict[str, FieldInfo]) -> Flag:
    """The flag of a field; one that few methods have is not listed: 'steepest methods NAME' does."""
    hidden = len(infos) < MANY and DEFAULT_METHOD not in infos and ANY not in infos
    section = ADDED if [*infos] == [ANY] else METHOD
    names = [flag_of(name), *([SHORT[name]] if name in SHORT else [])]
    help = _field_help(infos)
    if all(info.kind is bool for info in infos.values()):
        return Flag([f"{names[0]}/--no{names[0][1:]}", name], section=section, default=None, help=help, hidden=hidden)
    optional = any(info.optional for info in infos.values())
    kind = Setting(auto="auto") if optional else Setting()
    return Flag([*names, name], section=section, type=kind, help=help, hidden=hidden)


def _field_help(infos: dict[str, FieldInfo]) -> str:
    """``a number in [0, 1), default 0.9; of momentum and nesterov``, once for each default and range that several
    methods share."""
    shared: dict[tuple[str, str, str], list[str]] = {}
    for method, info in infos.items():
        shared.setdefault((info.field.help, range_of(info.field, info.kind), default_of(info)), []).append(method)
    everywhere = len(infos) >= len(methods.names()) / 2 or [*infos] == [ANY]
    parts = []
    most = max(map(len, shared.values()))
    for (help, allowed, default), owners in shared.items():
        if len(owners) < most and len(owners) < MANY:
            continue
        usual = "" if owners == [ANY] else f"default {default}"
        words = ", ".join(part for part in (allowed, usual) if part) + (f" ({help})" if help else "")
        parts.append(words if everywhere else f"{words}; of {listing(owners, 'and')}")
    return "; ".join(parts)


def range_of(field: Field, kind: type) -> str:
    """The allowed values in words; nothing for a switch."""
    return "" if kind is bool else field.sentence()


def default_of(info: FieldInfo) -> str:
    """A field's default as it is typed."""
    if info.default is None:
        return "auto"
    if isinstance(info.default, bool):
        return "on" if info.default else "off"
    return number(info.default)


def flags_of(names: Iterable[str]) -> dict[str, str]:
    """The shortest flag of each name, as hints spell it."""
    return {name: SHORT.get(name, flag_of(name)) for name in names}
