"""What an engine is asked to do, and what it hands back."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.projection import Projection
from ..problems.linear_model import least_subgradient
from ..problems.negated import Negated
from ..records.history import Plan
from ..records.outcome import Outcome
from .fields import FieldTable
from .stopping import Settings

if TYPE_CHECKING:
    from .session import Session

__all__ = ["Ending", "Task", "announce", "given_up", "updates_a_row"]

Array = NDArray[np.float64]

announce: ContextVar[Callable[[str], None] | None] = ContextVar("steepest_announce", default=None)
"""Where an engine says that it is about to do something slow that is not the run itself (compile a kernel)."""
given_up: ContextVar[Callable[[float], bool] | None] = ContextVar("steepest_given_up", default=None)
"""Asked now and then, with the part of a run's rows that is done, whether to end at once as Ctrl-C would: for runs
whose caller may go away."""


def updates_a_row(problem: Any, batch_size: int | None) -> int:
    """Updates that make a row: the batches of an epoch, or one."""
    return 1 if batch_size is None else -(-int(problem.rows) // batch_size)


@dataclass(frozen=True)
class Task:
    """One run, everything resolved: the rule's fields are numbers (those of its first update, where ``schedules`` give
    others later), the problem is the one to be *minimised*.

    ``box`` is what w is projected onto after each step, fitted to the number of variables. ``search`` finds the
    learning rate of each step, the rule's own is then 1.

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
    schedules: Mapping[str, Any] = field(default_factory=dict)
    box: Projection | None = None
    search: Any = None
    device: str | None = None

    @property
    def updates_a_row(self) -> int:
        return updates_a_row(self.problem, self.batch_size)

    @cached_property
    def l1(self) -> Array | None:
        """The l1 penalty's factor of each weight, which steps take care of (proximal.py); None without."""
        return None if isinstance(self.problem, Negated) else getattr(self.problem, "l1_each", None)

    @property
    def gradient(self) -> Callable[[Array], Any]:
        """What steps are made from: the gradient of all but the l1 penalty."""
        gradient: Callable[[Array], Any] = self.problem.gradient if self.l1 is None else self.problem.smooth_gradient
        return gradient

    def shown_gradient(self, w: Array, g: Array) -> Array:
        """What the record shows and grad_tol judges of ``gradient``'s g at w: the shortest subgradient, projected."""
        if self.l1 is not None:
            g = np.asarray(least_subgradient(g, w, self.l1))
        return g if self.box is None else self.box.projected_gradient(w, g)

    @cached_property
    def fields(self) -> FieldTable:
        updates = self.settings.max_iter * self.updates_a_row
        return FieldTable(self.rule, self.schedules, self.updates_a_row, updates)

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
