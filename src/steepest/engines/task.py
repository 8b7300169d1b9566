"""What an engine is asked to do, and what it hands back."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..records.history import Plan
from ..records.outcome import Outcome
from .stopping import Settings

if TYPE_CHECKING:
    from .session import Session

__all__ = ["Ending", "Task", "announce"]

Array = NDArray[np.float64]

announce: ContextVar[Callable[[str], None] | None] = ContextVar("steepest_announce", default=None)
"""Where an engine says that it is about to do something slow that is not the run itself (compile a kernel)."""


@dataclass(frozen=True)
class Task:
    """One run, everything resolved: the rule's fields are numbers, the problem is the one to be *minimised*.

    ``counter`` counts evaluations of the objective where they are limited. ``callback`` gets the session after each
    row; ``progress`` gets (row, rows at most, f) now and then. ``over_limit`` see stopping.Watch. ``began`` is the
    perf_counter from which seconds and the time limit count.
    """

    problem: Any
    rule: Any
    w0: Array
    settings: Settings
    plan: Plan
    batch_size: int | None = None
    sampling: str = "shuffle"
    seed: int = 0
    callback: "Callable[[Session], None] | None" = None
    progress: Callable[[int, int, float], None] | None = None
    over_limit: Callable[[], bool | None] = lambda: None
    counter: Any = None
    began: float = 0.0

    @property
    def unit(self) -> str:
        return "iteration" if self.batch_size is None else "epoch"


@dataclass(frozen=True)
class Ending:
    """How a run ended: outcome, why, the row the trouble began at, and what it cost."""

    outcome: Outcome
    reason: str
    iteration: int
    nit: int
    nfev: int
    njev: int
    session: "Session"
