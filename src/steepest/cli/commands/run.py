"""``steepest run``: one run of gradient descent on a function of the gallery or a formula."""

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from ...base.errors import ArgumentError, FormulaError, SteepestError
from ...base.text import listing, number, vector
from .. import minimize_flags as flags
from ..files import PICTURES, RUNS, check_file, draw
from ..formulas import misread, pointed, problem_of, python_name
from ..options import NONE, Flag, Number, SectionedCommand, format_flag
from ..streams import out, say
from ..tables import aligned, as_json

if TYPE_CHECKING:
    from ...verbs.run import Run

__all__ = ["command"]

DONE, NOT_CONVERGED, INTERRUPTED = 0, 1, 130
MOST_OTHERS = 20
"""Other starts shown in the table; --format json holds all of them."""
CSV_ROWS = 10_000
"""Rows of the path written at a time."""

_HELP = """\b
steepest run rosenbrock
steepest run rosenbrock --lr 0.005
steepest run rosenbrock --w0 -1.2,1 --method adam --lr 0.1 --plot path.png
steepest run rastrigin --starts 20 --seed 1 --format json
steepest run "(1-x)^2 + 100*(y-x^2)^2" --w0 -1.2,1

Minimise PROBLEM, a function of the gallery or a formula, and say how it went: where from, with what step size, how it
ended and why. 'steepest gallery' lists the functions, 'steepest methods' the update rules.

A formula holds variables (x y z, w1 w2 ..., or w[0] w[1] ...), numbers, + - * / ^ ( ), pi, e, and functions such as
sqrt exp log sin cos tanh abs min max. Any number of a method may be a schedule, such as "cosine(0.1, end=0.001)";
--lr may be a line search, armijo or exact.
"""


class RunCommand(SectionedCommand):
    """Its flags are made when they are first wanted: ``steepest --help`` then imports no method."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not any(param.name == "learning_rate" for param in self.params):
            first, *rest = flags.minimize_flags()
            self.params[1:1] = [first, *flags.method_flags(), *rest]
        return super().get_params(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = list(args)  # click takes them off
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if not error.option_name.startswith("--"):
                raise ArgumentError(leading_minus(error.option_name, words)) from None
            raise click.UsageError(self._no_such(error), ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FormulaError as error:
            if error.text.strip():
                say("\n".join(pointed(error)))
            raise ArgumentError(misread(error)) from error
        except SteepestError as error:
            raise ArgumentError(in_flags(str(error), [param.name or "" for param in self.params])) from error

    def _no_such(self, error: click.NoSuchOption) -> str:
        """What to write in place of a flag that is none: the names of other libraries are known."""
        from ...verbs.arguments import ALIASES

        name = error.option_name.lstrip("-").replace("-", "_")
        meant = ALIASES.get(name, name)
        if meant in flags.PYTHON_ONLY:
            return f"{error.option_name} is no flag of run: {flags.PYTHON_ONLY[meant]}"
        if any(param.name == meant for param in self.params) and meant != "problem":
            return f"{error.option_name} is no flag of run; did you mean {flags.flag_of(meant)}?"
        close = listing(sorted(error.possibilities or [])[:3])
        return f"{error.option_name} is no flag of run" + (f"; did you mean {close}?" if close else "")


def leading_minus(flag: str, words: list[str]) -> str:
    """What to write in place of a formula that was taken for flags, of which it seemed to be the first."""
    word = next((word for word in words if word.startswith(flag)), flag)
    return f"{word!r} begins with a minus, as flags do; write a formula in brackets, '({word})'"


def run_problem(problem: str, n: Any, plot: str | None, save: str | None, format: str, fail: bool, **given: Any) -> int:
    """Checks what can be checked, runs, reports, writes; returns the exit code."""
    arguments: dict[str, Any] = {
        name: None if value is NONE else value for name, value in given.items() if value is not None
    }
    check_file(save, "--save", RUNS)
    check_file(plot, "--plot", PICTURES)
    check_outputs(arguments, plot, save)
    check_fields(arguments)
    function = problem_of(problem, n, arguments)
    if "bounds" in arguments:
        from ...base.box import Box

        arguments["bounds"] = Box(*arguments["bounds"])

    from ...records.outcome import Outcome
    from ...verbs.minimizing import minimize

    run = minimize(function, **arguments)
    with ExitStack() as then:  # whatever fails on the way, a finished run is shown, saved and drawn as far as it can be
        if plot is not None:
            then.callback(tell_drawn, run, plot)
        if save is not None:
            then.callback(tell_saved, run, save)
        show(run, format)
    if any(one.outcome is Outcome.INTERRUPTED for one in (run, *run.others)):
        return INTERRUPTED
    return NOT_CONVERGED if fail and not run.success else DONE


def check_outputs(arguments: dict[str, Any], plot: str | None, save: str | None) -> None:
    """Refuses files that the run could not fill, before it starts."""
    record = arguments.get("record", "auto")
    if plot is not None and (record == "none" or (isinstance(record, tuple) and "w" not in record)):
        raise ArgumentError("--plot draws the path, which this --record does not keep; leave --record out")
    if save is not None and save.endswith(".parquet") and arguments.get("starts", 1) != 1:
        raise ArgumentError(f"--save {save} holds one run; use a .npz to keep all the starts")


def check_fields(arguments: dict[str, Any]) -> None:
    """Settles the method's name and refuses fields that it lacks."""
    from ... import methods
    from ...base.fields import fields_of
    from ...methods import modifiers

    method = arguments["method"] = python_name(arguments.get("method", flags.DEFAULT_METHOD))
    own, added = fields_of(methods.find(method)), modifiers.fields()
    every = {name for other in methods.names() for name in fields_of(methods.find(other))}
    for name in arguments:
        if name in every and name not in own and name not in added:
            has = listing(map(flags.flag_of, own), "and") if own else "none"
            raise ArgumentError(f"method {method!r} has no {flags.flag_of(name)}; its flags are {has}")


def in_flags(message: str, names: list[str]) -> str:
    """An error of the library as the command line spells it: ``pass starts=k`` -> ``pass --starts k``."""
    return re.sub(rf"\b({'|'.join(names)})=", lambda found: f"{flags.flag_of(found[1])} ", message)


# -- what comes out --------------------------------------------------------------------------------------------------


def show(run: "Run", format: str) -> None:
    """The run on standard output."""
    from ...verbs.report import end_lines, head_lines

    if format == "json":
        out(as_json(summary(run)))
    elif format == "csv":
        say(end_lines(run)[0])
        show_csv(run)
    else:
        spelled = flags.flags_of(run.recipe["method"])
        out("\n".join([*head_lines(run), "", *end_lines(run, spelled), *other_lines(run)]))


def summary(run: "Run") -> dict[str, Any]:
    """``run.to_json()`` as a dictionary, with the other starts where there are some."""
    import json

    whole: dict[str, Any] = json.loads(run.to_json())
    if run.others:
        others = [json.loads(other.to_json()) for other in run.others]
        kept = ("outcome", "f", "w", "nit")
        whole["others"] = [
            {"w0": run_.w0.tolist(), **{name: other[name] for name in kept}}
            for run_, other in zip(run.others, others, strict=True)
        ]
    return whole


def show_csv(run: "Run") -> None:
    """The path, a line for each recorded row."""
    columns = run.table()
    header = list(columns)
    rows = len(run.history)
    out(",".join(header))
    for first in range(0, rows, CSV_ROWS):
        part = [column[first : first + CSV_ROWS].tolist() for column in columns.values()]
        out("\n".join(",".join(map(repr, row)) for row in zip(*part, strict=True)))


def other_lines(run: "Run") -> list[str]:
    """The table of the other starts, best first."""
    if not run.others:
        return []
    sign = -1.0 if run.recipe["maximize"] else 1.0

    def rank(other: "Run") -> tuple[bool, bool, float]:
        return other.outcome is None or other.outcome.failed, other.f != other.f, sign * other.f

    others = sorted(run.others, key=rank)
    rows = [("start", "f", "outcome")]
    rows += [
        (vector(one.w0, 4), number(one.f), one.outcome.name if one.outcome is not None else "")
        for one in others[:MOST_OTHERS]
    ]
    left = len(others) - MOST_OTHERS
    more = [f"  ... and {left:,} more; --format json lists them all"] if left > 0 else []
    return ["", "the other starts", *aligned(rows, indent=2), *more]


def tell_saved(run: "Run", path: str) -> None:
    run.save(path)
    say(f"saved {path}")


def tell_drawn(run: "Run", path: str) -> None:
    draw(run, path)
    say(f"drew {path}")


command = RunCommand(
    "run", help=_HELP, short_help="Minimise a formula or a function of the gallery.", callback=run_problem,
    params=[
        click.Argument(["problem"]),
        Flag(["--n"], section=flags.START, type=Number(), metavar="COUNT",
             help="variables of a gallery function (default 2)"),
        format_flag("the path, row by row"),
        Flag(["--plot"], section=flags.OUTPUT, metavar="FILE",
             help="draw the path: .png, .svg, .pdf, or .gif for an animation"),
        Flag(["--save"], section=flags.OUTPUT, metavar="FILE", help="keep the run: .npz, or .parquet for its path"),
        Flag(["--fail"], section=flags.OUTPUT, is_flag=True, help="exit with 1 where the run did not converge"),
    ],
)  # fmt: skip
