"""``steepest explain``: why a saved run went as it did, and what to try."""

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from ...base.errors import ArgumentError
from ...base.files import write_text
from ..files import check_file
from ..options import Flag, SectionedCommand, format_flag
from ..streams import out, say
from ..tables import as_csv, as_json

if TYPE_CHECKING:
    from ...analysis.explaining.explanation import Explanation
    from ...verbs.run import Run

__all__ = ["command"]

_HELP = """\b
steepest explain run.npz
steepest explain run.npz --format json

Say why the run in RUN, a file that 'steepest run' wrote with --save, went as it did: a verdict with its numbers, since
when, and what to try. Of functions of the gallery and formulas the curvature is looked at too; of data, which a file
holds by hash only, the record alone.
"""


def explain_file(run: str, format: str, out_file: str | None) -> int:
    """Loads, explains, shows."""
    check_file(out_file, "--out", (".json",))
    explained = loaded(run)
    with ExitStack() as then:
        found = explained.explain()
        if out_file is not None:
            then.callback(tell_written, found, out_file)
        show(explained, found, format)
    return 0


def loaded(path: str) -> "Run":
    """The run of a file; a sweep's file holds several."""
    from ...verbs.loading import load
    from ...verbs.run import Run

    found = load(path)
    if not isinstance(found, Run):
        raise ArgumentError(f"RUN {path!r} holds a sweep; explain one of its runs: sweep[i].explain() in Python")
    return found


def show(run: "Run", found: "Explanation", format: str) -> None:
    from ...verbs.report import end_lines, head_lines

    if format == "json":
        out(as_json(found.to_dict()))
    elif format == "csv":
        say(f"{found.verdict} ({found.confidence})")
        out(as_csv(("name", "value"), found.evidence.items()))
    else:
        out("\n".join([*head_lines(run), end_lines(run)[0], "", str(found)]))


def tell_written(found: "Explanation", path: str) -> None:
    write_text(path, json.dumps(found.to_dict(), indent=2) + "\n")
    say(f"wrote {path}")


def parameters() -> list[Any]:
    return [
        click.Argument(["run"]), format_flag("the numbers of the evidence"),
        Flag(["--out", "out_file"], section="Output", metavar="FILE", help="write the explanation to this .json"),
    ]  # fmt: skip


command = SectionedCommand(
    "explain", help=_HELP, short_help="Why a saved run went as it did.", callback=explain_file, params=parameters()
)
