"""``steepest``: the group of commands, and the one place where errors become exit codes.

Exit codes: 0 done, 1 did not converge (only with --fail), 2 usage, 130 interrupted.
"""

import importlib
import sys
from typing import Any

import click

from .. import __version__
from ..base import discovery
from ..base.errors import ArgumentError, SteepestError
from .streams import out, say

__all__ = ["cli", "main"]

USAGE, INTERRUPTED = 2, 130
_COMMANDS = "steepest.cli.commands"
_FIRST = ("tutorial", "run", "explain", "sweep", "compare", "lab", "train", "predict")
"""The commands to begin with; the others follow in the alphabet's order."""

_HELP = """\b
steepest run rosenbrock --lr 0.0005 --plot path.png
steepest tutorial --open

Gradient descent you can watch: the minimum, the whole path, and why it went there.
"""


class Commands(click.Group):
    """Finds its commands in ``commands/`` and imports a file when its command is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(discovery.names(_COMMANDS), key=lambda name: (name not in _FIRST, name != _FIRST[0], name))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in discovery.names(_COMMANDS):
            return None
        command: click.Command = importlib.import_module(f"{_COMMANDS}.{name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name.startswith("-") or name in discovery.names(_COMMANDS):
            return super().resolve_command(ctx, args)
        raise ArgumentError(f"{name!r} is no command; {self._instead(name)}")

    def _instead(self, name: str) -> str:
        import difflib

        from ..base.text import listing
        from ..problems import gallery

        if name in gallery.names():
            return f"did you mean 'steepest run {name}'?"
        known = discovery.names(_COMMANDS)
        close = difflib.get_close_matches(name, known, n=1)
        return f"did you mean {close[0]!r}?" if close else f"there are {listing(known, 'and')}"

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs a command line (by default that of the process) and exits with its code."""
        kwargs |= {"standalone_mode": False, "prog_name": "steepest"}
        try:
            code = super().main(*args, **kwargs)
        except SteepestError as error:
            code = refused(str(error))
        except click.UsageError as error:
            code = refused(usage_message(error))
        except click.ClickException as error:
            code = refused(error.format_message())
        except (KeyboardInterrupt, click.Abort):
            say("interrupted")
            code = INTERRUPTED
        except SystemExit:  # click's own answer to a closed pipe: whoever read the help has seen enough
            code = 0
        except MemoryError as error:
            code = refused(f"there is not enough memory: {error or 'ask for less'}")
        except OSError as error:
            code = refused(f"{error.filename or 'a file'} cannot be used: {error.strerror or error}")
        sys.exit(code or 0)


def usage_message(error: click.UsageError) -> str:
    """Click's complaint as the first half of a sentence that ends with where to look."""
    message = error.format_message().rstrip(".")
    if message.endswith("?") or error.ctx is None:
        return message
    return f"{message[:1].lower()}{message[1:]}; see {error.ctx.command_path} --help"


def refused(message: str) -> int:
    """Says in one line what was wrong with the call."""
    say(f"error: {' '.join(message.split())}")
    return USAGE


@click.group(
    cls=Commands,
    help=_HELP,
    invoke_without_command=True,
    subcommand_metavar="COMMAND ...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        out(ctx.get_help())


def main() -> None:
    """The entry point of ``steepest`` and of ``python -m steepest``."""
    cli.main()
