"""``share``: the lines of Python and the command that give a run again."""

from typing import Any

from ...verbs.reproducing import command_of, python_of
from ..reading import Setting
from ..work import Job

__all__ = ["ask"]

slow = False


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run"}``."""
    run = Setting(arguments).run(arguments.get("run"))
    return {"python": python_of(run), "command": command_of(run)}
