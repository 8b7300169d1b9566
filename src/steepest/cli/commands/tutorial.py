"""``steepest tutorial``: the study this project grew from, rebuilt with all its figures into one folder."""

from pathlib import Path

from ..files import check_folder
from ..options import Flag, SectionedCommand
from ..streams import out, say

__all__ = ["command"]

_HELP = """\b
steepest tutorial --open
steepest tutorial --out my-report

Run gradient descent on a function and on handwritten digits, draw, count and compare it all, and write the report:
figures, tables, a notebook. Takes about 45 seconds; the path of report.html is printed at the end.
"""


def make_tutorial(out_folder: str, open_it: bool) -> None:
    """Writes the report, says each part as it is done, prints where it is."""
    check_folder(out_folder, "--out")
    from ...tutorial import write_report

    write_report(out_folder, say=say)
    report = Path(out_folder, "report.html")
    out(str(report))
    if open_it:
        show_in_browser(report)


def show_in_browser(report: Path) -> None:
    """Opens the report; where there is no browser, says so and no more."""
    import webbrowser

    try:
        opened = webbrowser.open(report.resolve().as_uri())
    except (OSError, webbrowser.Error):
        opened = False
    if not opened:
        say(f"no browser could be started; open {report} yourself")


command = SectionedCommand(
    "tutorial", help=_HELP, short_help="Rebuild the whole study into a report.", callback=make_tutorial,
    params=[
        Flag(["--out", "out_folder"], metavar="DIR", default="steepest-tutorial",
             help="the folder to write to (default ./steepest-tutorial)"),
        Flag(["--open", "open_it"], is_flag=True, help="open the report in the browser"),
    ],
)  # fmt: skip
