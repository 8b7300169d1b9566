"""``steepest lab``: the page in which gradient descent is tried by hand."""

from typing import Any

import click

from ...base.errors import ArgumentError, FormulaError
from ..formulas import misread, pointed, python_name, refuse_word
from ..options import Flag, SectionedCommand
from ..streams import out, say

__all__ = ["command"]

_HELP = """\b
steepest lab
steepest lab rosenbrock
steepest lab "(1-x)^2 + 100*(y-x^2)^2"

Open the lab in the browser, at WHAT if it is given: a function of the gallery, a formula, or the file of a run that
was saved. It serves this machine only; Ctrl-C ends it.
"""


def open_lab(what: str | None, host: str, port: int, no_open: bool) -> int:
    """Serves until Ctrl-C; the address is the one line of standard output."""
    from ...lab.held import Opening
    from ...lab.serving import Lab, opened

    thing = None if what is None else thing_of(what)
    lab = Lab(host, port, tell=lambda address: say(f"that address had been used; a new one is {address}"))
    state = {} if thing is None else {"show": lab.held.show(Opening(thing))}
    address = lab.address(**state)
    out(address)
    if not no_open and not opened(address):
        say("no browser could be opened; open the address yourself")
    lab.run()
    say("the lab is closed")
    return 0


def thing_of(what: str) -> Any:
    """The run in a file, the gallery's function of a name, or the formula."""
    from ...problems import gallery

    if what.lower().endswith((".npz", ".parquet")):
        from ...verbs.loading import load
        from ...verbs.run import Run

        run = load(what)
        if not isinstance(run, Run):
            raise ArgumentError(f"{what} holds a sweep; give the lab a run")
        return run
    name = python_name(what)
    if name in gallery.names():
        return gallery.find(name)()
    if name.startswith(gallery.MGH_PREFIX):
        return gallery.mgh(name.removeprefix(gallery.MGH_PREFIX))
    refuse_word(what, gallery.names(), False)
    from ...problems.formula import as_formula

    try:
        return as_formula(what)
    except FormulaError as error:
        if error.text.strip():
            say("\n".join(pointed(error)))
        raise ArgumentError(misread(error)) from error


command = SectionedCommand(
    "lab", help=_HELP, short_help="The page in which gradient descent is tried by hand.", callback=open_lab,
    params=[
        click.Argument(["what"], required=False),
        Flag(["--port"], type=click.INT, default=0, metavar="PORT", help="where to listen (default: a free port)"),
        Flag(["--host"], default="127.0.0.1", metavar="ADDRESS", help="127.0.0.1, localhost or ::1"),
        Flag(["--no-open"], is_flag=True, help="print the address, and open no browser"),
    ],
)  # fmt: skip
