"""``steps``: the gradients, what the rule remembers, and the update's own lines, for the numbers of each step."""

from typing import Any

from ...plots.page.run import trace_data
from ...verbs.pages import traced_steps
from ..heeding import heeding
from ..reading import Setting
from ..work import Job

__all__ = ["ask"]

slow = False


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run": {"method", "fields"}}``."""
    with heeding(job):
        run = Setting(arguments).run(arguments.get("run"))
    rule, trace = traced_steps(run)
    return {"trace": None if trace is None or run.history.w is None else trace_data(rule, trace, run.history.w)}
