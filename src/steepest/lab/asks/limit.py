"""``limit``: the largest stable learning rate of a run on data, which for batches takes longer than many a training."""

from typing import Any

from ..learning import Learning
from ..work import Job
from .train import limit_of

__all__ = ["ask"]

slow = True


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"data", "model", "run", "epochs"}``, whatever the learning rate; null where there is no limit."""
    job.progress(0.0, "working out the stability limit")
    return {"limit": limit_of(Learning(arguments, job.held), job)}
