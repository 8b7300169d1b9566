"""``paths``: runs from one start, each as ``minimize`` gives it, or the sentence that refuses it."""

from typing import Any

import numpy as np

from ...analysis.curvature import each_once, largest_curvature
from ...analysis.stability import local_limit
from ...base.errors import SteepestError
from ...verbs import report
from ...verbs.run import Run
from ..heeding import heeding
from ..reading import Setting, runs_of, sentence_of
from ..work import Job

__all__ = ["ask", "told"]

slow = False
COLUMNS = ("w", "f", "grad_norm")
"""What of a run's rows the page is told."""


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "runs": [{"method", "fields"}, ...]}``."""
    setting, runs = Setting(arguments), runs_of(arguments)
    setting.check_room(len(runs))
    found = []
    with each_once(), heeding(job):
        curvature = largest_curvature(setting.problem, setting.start).value
        for given in runs:
            job.stop_if_cancelled()
            found.append(attempt(setting, given, curvature))
    return {"start": setting.start, "f": float(setting.problem.value(setting.start)), "runs": found}


def attempt(setting: Setting, given: Any, curvature: float) -> dict[str, Any]:
    """A run, or why there is none: one that cannot be made does not keep the others from the page."""
    try:
        run = setting.run(given, record=COLUMNS)
    except SteepestError as error:
        return {"error": sentence_of(error)}
    return told(run, curvature)


def told(run: Run, curvature: float) -> dict[str, Any]:
    """A run as the page holds it."""
    history, rule = run.history, run._call.rule if run._call is not None else None
    limit = None if rule is None or not hasattr(rule, "learning_rate") else limit_of(rule, curvature)
    name = run.outcome.name if run.outcome is not None else "RUNNING"
    whole = int(history.iteration[-1]) == len(history) - 1
    return {
        "outcome": name, "state": "good" if run.success else "bad" if run.failed else "",
        "sentence": run.message.removeprefix(name).strip(), "method": report.method_line(run.record),
        "advice": run.record.advice, "fields": run.record.setup["method"], "nit": run.nit, "f": run.f,
        "w": run.record.w, "limit": limit, "iteration": None if whole else history.iteration.astype(float),
        "path": history.w, "values": history.f, "slopes": history.grad_norm,
    }  # fmt: skip


def limit_of(rule: Any, curvature: float) -> float | None:
    """The largest stable learning rate at the start's curvature."""
    varying = {name: 1.0 for name, value in rule._asdict().items() if not isinstance(value, (int, float, type(None)))}
    numbers = rule._replace(**varying)
    try:
        limit = local_limit(numbers, curvature)
    except SteepestError:
        return None
    return None if limit is None or not np.isfinite(limit) else float(limit)
