"""``steepest sweep``: many runs that differ in hyper-parameters, starts, seeds or methods."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...base.errors import ArgumentError, SteepestError
from ...base.text import listing, number
from ..files import check_file
from ..formulas import problem_of, python_name
from ..options import NONE, SectionedCommand
from ..streams import out, say
from ..tables import aligned, as_csv, as_json
from .run import DONE, INTERRUPTED, NOT_CONVERGED, in_flags

if TYPE_CHECKING:
    from ...verbs.sweep_object import Sweep

__all__ = ["command"]

PICTURES = (".png", ".svg", ".pdf")
OF_DATA = ("loss", "penalty", "alpha", "target", "classes", "standardize", "batch_size", "sampling")
"""Flags that mean nothing to a function."""
OF_FUNCTIONS = ("n", "grad")

_HELP = """\b
steepest sweep rosenbrock --lr 1e-4:1e-2:log:20 --momentum 0,0.5,0.9
steepest sweep rosenbrock --method adam,momentum --lr 1e-4:1:log:9 --plot map.png
steepest sweep digits --classes 0,1 --batch-size 1 --max-iter 20 --lr 1e-6:1e-2:log:30
steepest sweep beale --how random --runs 100 --lr 1e-4:1:log --momentum 0:0.99

Run PROBLEM (a function of the gallery, a formula, a data set or a file of one) once for each combination of what is
given as several values: lists 0,0.5,0.9, ranges low:high:count, and low:high:log:count on a log scale. The best runs
are shown. Ctrl-C keeps what is done; with --checkpoint the next call goes on from there.
"""


class SweepCommand(SectionedCommand):
    """Its flags are made when they are first wanted: ``steepest --help`` then imports no method."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not any(param.name == "learning_rate" for param in self.params):
            from ..sweep_flags import sweep_flags

            self.params[1:] = sweep_flags()
        return super().get_params(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(self._no_such(error), ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SteepestError as error:
            message = in_flags(str(error), [param.name or "" for param in self.params])
            raise ArgumentError(message.replace("pass confirm=True", "pass --confirm")) from error

    def _no_such(self, error: click.NoSuchOption) -> str:
        from ...verbs.arguments import ALIASES
        from ..sweep_flags import PYTHON_ONLY

        name = error.option_name.lstrip("-").replace("-", "_")
        meant = ALIASES.get(name, name)
        if meant in PYTHON_ONLY:
            return f"{error.option_name} is no flag of sweep: {PYTHON_ONLY[meant]}"
        if any(param.name == meant for param in self.params) and meant != "problem":
            return f"{error.option_name} is no flag of sweep; did you mean --{meant.replace('_', '-')}?"
        close = listing(sorted(error.possibilities or [])[:3])
        return f"{error.option_name} is no flag of sweep" + (f"; did you mean {close}?" if close else "")


def sweep_problem(
    problem: str, best: Any, format: str, plot: str | None, save: str | None, checkpoint: str | None, fail: bool,
    dry_run: bool, progress: bool | None, standardize: bool, **given: Any,
) -> int:  # fmt: skip
    """Checks what can be checked, runs, reports, writes; returns the exit code."""
    check_file(save, "--save", (".npz",))
    check_file(checkpoint, "--checkpoint", (".npz",))
    check_file(plot, "--plot", PICTURES)
    if not isinstance(best, int) or best < 1:
        raise ArgumentError(f"--best must be a whole number of at least 1; got {best!r}")
    arguments: dict[str, Any] = {
        name: None if value is NONE else value for name, value in given.items() if value is not None
    }
    if "bounds" in arguments:
        from ...base.box import Box

        arguments["bounds"] = Box(*arguments["bounds"])
    made = problem_from(problem, standardize, arguments)
    from ...verbs.sweeping import sweep

    found = sweep(
        made, dry_run=dry_run, checkpoint=checkpoint, progress="auto" if progress is None else progress, **arguments
    )
    if dry_run:
        out(as_json(vars(found)) if format == "json" else found.sentence)
        return DONE
    with ExitStack() as then:  # whatever fails on the way, what is done is shown, saved and drawn as far as it can be
        if plot is not None:
            then.callback(tell_drawn, found, plot)
        if save is not None:
            then.callback(tell_saved, found, save)
        show(found, format, best)
    if found.interrupted:
        return INTERRUPTED
    converged = any(name in found.counts() for name in ("CONVERGED", "F_TARGET"))
    return NOT_CONVERGED if fail and not converged else DONE


def problem_from(text: str, standardize: bool, arguments: dict[str, Any]) -> Any:
    """The function or formula; the linear model of a data set, whose flags are taken out of ``arguments``."""
    from ...problems import datasets

    data = python_name(text) in datasets.names() or (Path(text).suffix and Path(text).exists())
    wrong = [name for name in (OF_FUNCTIONS if data else OF_DATA) if name in arguments]
    wrong += ["standardize"] if standardize and not data else []
    if wrong:
        what = "functions and formulas, and this is data" if data else "data, and this is a function"
        raise ArgumentError(f"--{wrong[0].replace('_', '-')} is for {what}; leave it out")
    if not data:
        return problem_of(text, arguments.pop("n", None), arguments)
    from ...problems.linear_model import LinearModel
    from ..training_data import data_of, table_of

    table = table_of(text, arguments.pop("classes", None), arguments.pop("target", None))
    parts = data_of(table, (), None, standardize, 0, 0)
    loss = arguments.pop("loss", "log_loss" if table.kind == "classification" else "squared_error")
    model = {name: arguments.pop(name) for name in ("penalty", "alpha") if name in arguments}
    return LinearModel(parts.train.X, parts.train.y, loss=python_name(loss), **model)


# -- what comes out --------------------------------------------------------------------------------------------------


def show(sweep: "Sweep", format: str, most: int) -> None:
    """The sweep on standard output."""
    from ...verbs.sweep_report import best_rows, lines, title, told_best

    columns = {name: column.tolist() for name, column in sweep.columns().items()}
    if format == "csv":
        say(f"{title(sweep)}; best: {told_best(sweep)}")
        out(as_csv(list(columns), zip(*columns.values(), strict=True)))
        return
    rows = best_rows(sweep, most)
    if format == "json":
        from ...records.storage import dumps

        summary = {
            "problem": sweep.about["problem_name"], "runs": len(sweep), "axes": columns_of(sweep),
            "outcomes": sweep.counts(), "interrupted": sweep.interrupted,
            "best": None if sweep.best_index is None else row_of(columns, sweep.best_index),
            "rows": [row_of(columns, i) for i in rows],
        }  # fmt: skip
        import json

        out(as_json(json.loads(dumps(summary))))
        return
    head = [*columns]
    cells = [[shown(columns[name][i]) for name in head] for i in rows]
    left = len(sweep) - len(rows)
    more = [f"  ... and {left:,} more; --best {len(sweep)} shows them all, --format csv too"] if left > 0 else []
    about = [f"{name:<11}  {text}" for name, text in lines(sweep)]
    out("\n".join([title(sweep), *about, "", *aligned([head, *cells], indent=2), *more]))


def columns_of(sweep: "Sweep") -> dict[str, Any]:
    """The axes as JSON holds them, starts by their numbers."""
    return {
        axis.name: [w.tolist() for w in axis.flat] if axis.name == "w0" else axis.shown for axis in sweep.cells.axes
    }


def row_of(columns: dict[str, list[Any]], i: int) -> dict[str, Any]:
    return {name: column[i] for name, column in columns.items()}


def shown(value: Any) -> str:
    if value is None:
        return "none"
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def tell_saved(sweep: "Sweep", path: str) -> None:
    sweep.save(path)
    say(f"saved {path}")


def tell_drawn(sweep: "Sweep", path: str) -> None:
    numeric = [axis for axis in sweep.cells.axes if axis.numeric and axis.name != "seed" and len(axis.values) > 1]
    display = sweep.plot_heatmap() if len(numeric) > 1 else sweep.plot_curves()
    display.save(path)
    say(f"drew {path}")


command = SweepCommand(
    "sweep", help=_HELP, short_help="Run many hyper-parameters and show the best.", callback=sweep_problem,
    params=[click.Argument(["problem"], metavar="PROBLEM|DATA")],
)  # fmt: skip
