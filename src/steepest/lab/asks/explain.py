"""``explain``: why a run went as it did, and what to try, as ``run.explain()`` says it."""

from typing import Any

from ..heeding import heeding
from ..learning import left_with
from ..reading import Setting
from ..work import Job

__all__ = ["ask"]

slow = True


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run"}``, or ``{"data", "model", "run", "epochs"}``."""
    if "data" in arguments:
        run = left_with(arguments, job).run
    else:
        with heeding(job):
            run = Setting(arguments).run(arguments.get("run"))
    job.stop_if_cancelled()
    with heeding(job):
        found = run.explain()
    advice = {name: value for name, value in (found.advice or {}).items() if isinstance(value, (int, float))}
    return {
        "verdict": found.verdict, "others": list(found.others), "confidence": found.confidence,
        "sentences": list(found.sentences), "began": found.began, "advice": advice, "advice_text": found.advice_text,
    }  # fmt: skip
