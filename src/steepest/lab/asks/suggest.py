"""``suggest``: the learning rate (and momentum) with which a method gets there soonest, by ``steepest.suggest``."""

from typing import Any

from ...verbs.suggesting import suggest
from ..heeding import announcing, heeding
from ..learning import Learning
from ..reading import Setting, run_of
from ..work import Job

__all__ = ["ask"]

slow = True


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run"}``, or ``{"data", "model", "run", "epochs"}``; all hyper-parameters of
    the method are sought."""
    if "data" in arguments:
        learning = Learning(arguments, job.held)
        job.stop_if_cancelled()
        with heeding(job), announcing(job, learning.method):
            found = suggest(
                learning.model, None, learning.method, batch_size=learning.batch_size, seed=learning.seed,
                max_iter=learning.epochs,
            )  # fmt: skip
    else:
        setting = Setting(arguments)
        method, _ = run_of(arguments.get("run"))
        with heeding(job):
            found = suggest(setting.problem, setting.start, method)
    fields = {name: value for name, value in found.fields.items() if isinstance(value, (int, float))}
    return {"fields": fields, "iterations": found.iterations, "reason": found.reason, "kind": found.kind}
