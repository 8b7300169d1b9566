"""How a run can end. ``success`` is true for the first two only."""

from enum import Enum

__all__ = ["Outcome"]


class Outcome(Enum):
    """The way a run ended; ``int(outcome.value)`` is SciPy's ``status``."""

    CONVERGED = 0
    F_TARGET = 1
    MAX_ITER = 2
    MAX_EVALS = 3
    TIME_LIMIT = 4
    STALLED = 5
    UNBOUNDED = 6
    DIVERGED = 7
    NOT_FINITE = 8
    STOPPED = 9
    INTERRUPTED = 10

    @property
    def success(self) -> bool:
        return self in (Outcome.CONVERGED, Outcome.F_TARGET)

    @property
    def failed(self) -> bool:
        """The numbers themselves went wrong."""
        return self in (Outcome.UNBOUNDED, Outcome.DIVERGED, Outcome.NOT_FINITE)
