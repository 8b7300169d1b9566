"""``share``: the lines of Python and the command that give a run again."""

from typing import Any

from ...verbs.reproducing import command_of, python_of
from ..heeding import heeding
from ..learning import left_with
from ..reading import Setting
from ..work import Job

__all__ = ["ask"]

slow = False


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run"}``, or ``{"data", "model", "run", "epochs"}``: then ``why`` says why
    there is no command where there is none."""
    if "data" in arguments:
        return of_data(arguments, job)
    with heeding(job):
        run = Setting(arguments).run(arguments.get("run"))
    return {"python": python_of(run), "command": command_of(run)}


def of_data(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    from ..data_sharing import command_of_training, python_of_training

    found = left_with(arguments, job, whole_again=True)
    command, why = command_of_training(found)
    return {"python": python_of_training(found), "command": command, "why": why}
