"""The flags of ``sweep``: those of ``minimize`` and of the methods, of which many take lists and ranges."""

import re
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import ArgumentError
from ..base.text import listing
from .minimize_flags import METHOD, OUTPUT, START, flag_of, method_flags, minimize_flags
from .options import NONE, Flag, Number, Setting, Vector, format_flag
from .training_flags import choices

if TYPE_CHECKING:
    Kind = click.ParamType[Any]
else:
    Kind = click.ParamType

__all__ = ["PYTHON_ONLY", "Several", "sweep_flags"]

SWEEP, DATA = "Sweep", "Data"
PYTHON_ONLY = {
    "args": "a function of the gallery or a formula takes no further arguments",
    "value_and_grad": "it is for a Python function that returns both",
    "callback": "a callback is a Python function",
    "throw": "use --fail for exit code 1 where no run converged",
    "starts": "give the starts as an axis, --w0 '-1.2,1; 0,0'",
    "dry_run": "write --dry-run",
}
"""Arguments that are no flags, and why."""
OF_MINIMIZE = ("method", "w0", "starts", "seed", "workers")
"""Flags of ``minimize`` that are others here."""
RANGE = re.compile(r"(?P<low>[^:()]+):(?P<high>[^:()]+)(?P<log>:log)?(?::(?P<count>\d+))?")
MOST_POINTS = 10_000_000


class Several(Kind):
    """One value, several parted by commas, or ranges ``low:high:count`` and ``low:high:log:count``; without a count
    what ``--how random`` draws from. ``one`` reads a single value."""

    name = "values"

    def __init__(self, one: Kind, whole: bool = False) -> None:
        self.one, self.whole = one, whole

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "VALUES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        found: list[Any] = []
        flag = flag_of(param.name or "") if param is not None else "the value"
        parts = [part.strip() for part in re.split(r",(?![^()]*\))", value.strip().strip("[]"))]
        for part in parts:
            fitting = RANGE.fullmatch(part)
            if fitting is None and ":" in part:
                raise not_a_range(flag, part)
            if fitting is None:
                found.append(self.one.convert(part, param, ctx))
                continue
            points = spread(fitting, flag, self.whole)
            if not isinstance(points, list) and len(parts) > 1:
                raise ArgumentError(
                    f"{part!r} is drawn from and stands alone; write {part}:COUNT for a range in a list"
                )
            if not isinstance(points, list):
                return points
            found += points
        found = [None if one is NONE else one for one in found]
        return found if len(found) > 1 or RANGE.fullmatch(parts[0]) else (NONE if found[0] is None else found[0])


def spread(fitting: "re.Match[str]", flag: str, whole: bool) -> Any:
    """The numbers of a range, its ends among them; a distribution where it has no count."""
    import numpy as np

    text = fitting[0]
    try:
        low, high = float(fitting["low"]), float(fitting["high"])
    except ValueError:
        raise not_a_range(flag, text) from None
    log = fitting["log"] is not None
    if log and min(low, high) <= 0:
        raise ArgumentError(f"{flag} {text}: a range on a log scale needs ends above 0")
    if fitting["count"] is None:
        from ..verbs.axes import LogUniform, Uniform

        return LogUniform(low, high) if log else Uniform(low, high)
    count = int(fitting["count"])
    if not 1 <= count <= MOST_POINTS:
        raise ArgumentError(f"{flag} {text}: the count must be from 1 to {MOST_POINTS:,}")
    points = np.geomspace(low, high, count) if log else np.linspace(low, high, count)
    if whole:
        return [int(v) for v in np.unique(np.round(points))]
    return [float(v) for v in points]


def not_a_range(flag: str, text: str) -> ArgumentError:
    return ArgumentError(f"{flag} must be values, or a range low:high:count or low:high:log:count; got {text!r}")


class Starts(Kind):
    """Starts parted by semicolons, each a number for each variable."""

    name = "starts"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "NUMBERS;..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        starts = [Vector().convert(part, param, ctx) for part in value.strip(";").split(";")]
        return starts if len(starts) > 1 else starts[0]


class Words(Kind):
    """Names parted by commas."""

    name = "names"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "NAMES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        words = [word.strip().lower().replace("-", "_") for word in value.split(",")]
        return words if len(words) > 1 else words[0]


def field_flags() -> list[click.Option]:
    """The methods' fields, each a list or a range."""
    flags = method_flags()
    for flag in flags:
        if isinstance(flag.type, Setting):
            flag.type = Several(flag.type)
    return flags


def sweep_flags() -> list[click.Option]:
    """All but PROBLEM."""
    from .. import methods
    from ..methods.sampling import SAMPLINGS
    from ..problems import losses

    plain, whole = Number(), {"metavar": "COUNT"}
    kept = [flag for flag in minimize_flags() if flag.name not in OF_MINIMIZE]
    known = {flag.name for flag in kept}
    fields = [flag for flag in field_flags() if flag.name not in known]
    return [
        Flag(["--method"], section=METHOD, type=Words(),
             help=f"one or several update rules (default momentum): {listing(methods.names())}"),
        *fields,
        Flag(["--batch-size"], section=METHOD, type=Several(Number(none=NONE), whole=True),
             help="rows an update, of DATA; none: all of them (default)"),
        Flag(["--sampling"], section=METHOD, type=Words(), help=f"of DATA: {listing(SAMPLINGS)} (default shuffle)"),
        Flag(["--n"], section=START, type=plain, **whole, help="variables of a gallery function (default 2)"),
        Flag(["--w0"], section=START, type=Starts(),
             help="the start, or several parted by semicolons (default: the function's own, 0 for DATA)"),
        Flag(["--seed"], section=START, type=Several(plain, whole=True), help="of the order of rows (default 0)"),
        Flag(["--how"], section=SWEEP, type=choices("grid", "zip", "random"), default="grid",
             help="grid (default: all combinations), zip (the first values of all, the second ones, ...) or random "
                  "(--runs draws from lists and from ranges low:high or low:high:log)"),
        Flag(["--runs"], section=SWEEP, type=plain, **whole, help="how many to draw, for --how random"),
        Flag(["--draw-seed"], section=SWEEP, type=plain, metavar="WHOLE", help="of the draws (default 0)"),
        Flag(["--workers"], section=SWEEP, type=plain, **whole,
             help="processes for runs that are not compiled together (default 1)"),
        Flag(["--memory-limit"], section=SWEEP, type=plain, metavar="BYTES",
             help="that the histories share (default 1 GB); beyond it they are thinned"),
        Flag(["--dry-run"], section=SWEEP, is_flag=True,
             help="say how many runs, how many of them together, and about how long"),
        Flag(["--confirm"], section=SWEEP, is_flag=True, default=None, help="begin more than 100,000 runs"),
        Flag(["--checkpoint"], section=SWEEP, metavar="FILE",
             help="keep the sweep here as it goes, and go on from what is there: .npz"),
        Flag(["--loss"], section=DATA, metavar="NAME",
             help=f"default log_loss for classes, squared_error for values: {listing(losses.names())}"),
        Flag(["--penalty"], section=DATA, type=choices("l2", "l1", "elasticnet"), help="on the weights (default none)"),
        Flag(["--alpha"], section=DATA, type=plain, help="the weight of the penalty"),
        Flag(["--target"], section=DATA, metavar="NAME", help="the column to learn (default: target, label, class, y)"),
        Flag(["--classes"], section=DATA, type=Vector(), help="of the digits: which to tell apart, such as 0,1"),
        Flag(["--standardize"], section=DATA, is_flag=True, help="scale each numeric column to mean 0 and spread 1"),
        *kept,
        Flag(["--best"], section=OUTPUT, type=plain, default=10, **whole, help="rows of the table (default 10)"),
        format_flag("all runs, a row for each"),
        Flag(["--plot"], section=OUTPUT, metavar="FILE",
             help="draw a heat map over two hyper-parameters, or curves where there is one: .png, .svg or .pdf"),
        Flag(["--save"], section=OUTPUT, metavar="FILE", help="keep the sweep: .npz"),
        Flag(["--fail"], section=OUTPUT, is_flag=True, help="exit with 1 where no run converged"),
    ]  # fmt: skip
