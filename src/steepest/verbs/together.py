"""Many tasks at once, as the engines offer it."""

from collections.abc import Sequence
from typing import Any

from ..engines.task import Task

__all__ = ["run_all"]


def run_all(tasks: Sequence[Task], engine: str) -> Any:
    """The endings of the tasks, in their order, each settled when it is asked for."""
    from ..engines.together.running import run_together

    return run_together(tasks, engine)
