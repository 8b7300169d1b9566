"""``steepest compare``: methods on functions and formulas, at equal budgets."""

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from ...base.errors import ArgumentError, FormulaError, SteepestError
from ..files import check_file
from ..formulas import check_start, python_name, refuse_word
from ..options import Bounds, Flag, Number, SectionedCommand, Vector, called, format_flag
from ..streams import out, say
from ..tables import as_json
from .run import DONE, INTERRUPTED, in_flags

if TYPE_CHECKING:
    from ...verbs.comparison import Comparison

__all__ = ["command"]

SAVED, PICTURES = (".npz", ".json", ".csv", ".tex"), (".png", ".svg", ".pdf")
SCIPY = "scipy:"
"""Before the name of one of SciPy's methods."""

_HELP = """\b
steepest compare rosenbrock,beale --methods adam,momentum,lbfgs --starts 5 --budget 2000
steepest compare rosenbrock --methods "momentum(learning_rate=0.001),scipy:BFGS" --starts 20 --plot profiles.png
steepest compare sphere,beale,mgh:bard --methods adam,rmsprop --tune 5 --format json
steepest compare "x^4 + y^2, x^2 + cos(y)" --w0 1,2 --bounds -3,3 --starts 10 --methods adam,momentum

Run each method on each of PROBLEMS (functions of the gallery and formulas, parted by commas) from the same starts,
and say which is better, or that no difference shows. Budgets are counted in gradient evaluations. A method is one of
'steepest methods', with numbers in brackets if you like, or scipy: and the name of one of SciPy's.
"""


class CompareCommand(SectionedCommand):
    """Speaks of flags where the library speaks of arguments."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FormulaError:
            raise
        except SteepestError as error:
            raise ArgumentError(in_flags(str(error), [param.name or "" for param in self.params])) from error


def compare_methods(
    problems: str, methods: str | None, format: str, plot: str | None, save: str | None, progress: bool | None,
    **given: Any,
) -> int:  # fmt: skip
    """Checks what can be checked, compares, reports, writes; returns the exit code."""
    check_file(save, "--save", SAVED)
    check_file(plot, "--plot", PICTURES)
    if methods is None:
        raise ArgumentError("--methods is missing; give two or more, such as --methods adam,momentum")
    contenders = {word: method_of(word) for word in unique(words_of(methods), "--methods")}
    arguments = {name: value for name, value in given.items() if value is not None}
    contests = contests_of(unique(words_of(problems), "PROBLEMS"), arguments)
    from ...verbs.comparing import compare

    found = compare(contests, contenders, progress="auto" if progress is None else progress, **arguments)
    with ExitStack() as then:  # whatever fails on the way, what was found is shown, saved and drawn as far as it can be
        if plot is not None:
            then.callback(tell_drawn, found, plot)
        if save is not None:
            then.callback(tell_saved, found, save)
        show(found, format)
    return INTERRUPTED if found.about["interrupted"] else DONE


def words_of(text: str) -> list[str]:
    """The parts between the commas that stand in no brackets."""
    return [word.strip() for word in re.split(r",(?![^()]*\))", text) if word.strip()]


def unique(words: list[str], name: str) -> list[str]:
    twice = next((word for k, word in enumerate(words) if word in words[:k]), None)
    if twice is not None:
        raise ArgumentError(f"{name} names {twice!r} twice; name each once")
    return words


def contests_of(words: list[str], arguments: dict[str, Any]) -> dict[str, Any]:
    """The problems by their names, formulas with their starts, whose flags are taken out of ``arguments``."""
    from ...problems import gallery

    start: dict[str, Any] = {name: arguments.pop(name) for name in ("w0", "bounds") if name in arguments}
    start |= {name: arguments[name] for name in ("starts", "seed") if name in arguments}
    found: dict[str, Any] = {}
    for word in words:
        name = python_name(word)
        known = name in gallery.names() or name.startswith(gallery.MGH_PREFIX)
        lone = re.fullmatch(r"[a-z]\w*", name) and not start.keys() & {"w0", "bounds"}
        found[word] = name if known or lone else (word, starts_of(word, start))
    flags = [flag for flag in ("w0", "bounds") if flag in start]
    if flags and all(isinstance(given, str) for given in found.values()):
        raise ArgumentError(f"--{flags[0]} is for formulas, and all problems are of the gallery; leave it out")
    return found


def starts_of(formula: str, given: dict[str, Any]) -> Any:
    """The starts of a formula (starts, n): --w0, and draws from --bounds."""
    import numpy as np

    from ...base.box import Box
    from ...problems import gallery
    from ...problems.formulas import parse
    from ...verbs.arguments import whole

    refuse_word(formula, gallery.names(), "w0" in given)
    expression = parse(formula)
    check_start(expression, given)
    first = [given["w0"]] if "w0" in given else []
    wanted = whole(given.get("starts", 1), "starts", 1) - len(first)
    if wanted > 0:
        box = Box(*given["bounds"]).fitted(expression.n)
        first += list(box.draw(np.random.default_rng(whole(given.get("seed", 0), "seed", 0)), wanted, expression.n))
    return np.array(first, dtype=float)


def method_of(word: str) -> Any:
    """A method as it is typed: ``adam``, ``momentum(learning_rate=0.1)``, ``scipy:BFGS``."""
    if word.lower().startswith(SCIPY):
        from ...verbs.contenders import scipy_method

        return scipy_method(word[len(SCIPY) :])
    call = re.fullmatch(r"([\w-]+) *\((.*)\)", word)
    if call is None:
        return python_name(word)
    from ...methods import find

    name = python_name(call[1])
    return called(find(name), name, call[2])


def show(found: "Comparison", format: str) -> None:
    from ...verbs.comparison_report import csv_text, lines, summary

    if format == "json":
        from json import loads

        from ...records.storage import dumps

        out(as_json(loads(dumps(summary(found)))))
    elif format == "csv":
        say(found.verdict)
        out(csv_text(found).rstrip("\n"))
    else:
        out("\n".join(lines(found)))


def tell_saved(found: "Comparison", path: str) -> None:
    if path.endswith(".csv"):
        found.to_csv(path)
    elif path.endswith(".tex"):
        found.to_latex(path)
    else:
        found.save(path)
    say(f"saved {path}")


def tell_drawn(found: "Comparison", path: str) -> None:
    found.plot_profiles().save(path)
    say(f"drew {path}")


command = CompareCommand(
    "compare", help=_HELP, short_help="Which method is better on which problems.", callback=compare_methods,
    params=[
        click.Argument(["problems"]),
        Flag(["--methods"], section="What", metavar="NAME,...", help="two or more"),
        Flag(["--batch-size"], section="What", type=Number(), metavar="ROWS",
             help="rows an update, for problems on data"),
        Flag(["--w0"], section="What", type=Vector(), help="the start of the formulas, if there are any"),
        Flag(["--bounds"], section="What", type=Bounds(), help="where further starts of the formulas are drawn"),
        Flag(["--starts"], section="How", type=Number(), metavar="COUNT",
             help="of each problem: its own and draws from its box (default 1)"),
        Flag(["--budget"], section="How", type=Number(), metavar="COUNT",
             help="gradient evaluations of a run (default 10000)"),
        Flag(["--tune"], section="How", type=Number(), metavar="COUNT",
             help="learning rates from 1e-4 to 1 that each method may choose from"),
        Flag(["--tolerance"], section="How", type=Number(), metavar="NUMBER",
             help="what f may be above the least value, as a share of the start's (default 1e-6)"),
        Flag(["--seed"], section="How", type=Number(), metavar="NUMBER", help="of starts and batches (default 0)"),
        Flag(["--seeds"], section="How", type=Number(), metavar="COUNT", help="repetitions, each with its seed"),
        Flag(["--workers"], section="How", type=Number(), metavar="COUNT", help="processes (default 1)"),
        Flag(["--progress/--no-progress"], section="Output", default=None, help="a progress bar"),
        format_flag("a line for each run"),
        Flag(["--plot"], section="Output", metavar="FILE", help="draw profiles and ranks: .png, .svg or .pdf"),
        Flag(["--save"], section="Output", metavar="FILE", help="keep it: .npz, .json, .csv or .tex"),
    ],
)  # fmt: skip
