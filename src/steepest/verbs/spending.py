"""What one run spends on its problem: every call of the user's own functions is counted, those besides the loop too."""

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.curvature import largest_curvature
from ..engines.task import Ending
from ..problems.limited import limited
from ..problems.negated import Negated

__all__ = ["Spending"]


class Spending:
    """The problem of one run as it is minimised from ``w0``, and the evaluations and gradients it has cost so far.

    ``most`` limits the evaluations, ``deadline`` their time where a gradient takes many of them. A callable that gives
    value and gradient together counts as both at each call."""

    def __init__(
        self, problem: Any, minimized: Any, w0: NDArray[np.float64], most: int | None, deadline: float = math.inf
    ) -> None:
        self.problem, self.minimized, self.w0, self.counter = problem, minimized, w0, None
        self.joint = getattr(problem, "joint", None) is not None
        slow = deadline < math.inf and getattr(problem, "difference_evaluations", 0) > 0
        varies = getattr(problem, "random_gradient", False)  # how many evaluations it costs is known afterwards only
        if most is not None or self.joint or slow or varies:
            self.problem, counter = limited(problem, math.inf if most is None else most, deadline)
            self.minimized = Negated(self.problem) if isinstance(minimized, Negated) else self.problem
            self.counter = counter
        self.values = self.gradients = 0
        self.findings: dict[str, str] = {}
        """What was found out about the problem on the way."""

    @cached_property
    def curvature(self) -> float:
        """The largest curvature at w0, worked out when first asked for."""
        value, gradients = largest_curvature(self.minimized, self.w0)
        self.besides(gradients)
        return value

    def besides(self, gradients: int) -> None:
        """Counts gradients taken outside the loop; each costs evaluations where it is taken by differences."""
        self.gradients += gradients
        self.values += gradients * getattr(self.problem, "difference_evaluations", 0)

    def loop(self, ending: Ending) -> None:
        """Counts what a loop spent."""
        self.values, self.gradients = self.values + ending.nfev, self.gradients + ending.njev

    @property
    def exhausted(self) -> bool:
        return self.counter is not None and self.counter.left <= 0

    def totals(self) -> tuple[int, int]:
        """``(nfev, njev)``."""
        values = self.values if self.counter is None else self.counter.spent
        gradients = values if self.joint else self.gradients
        return values + self._unused("first_value"), gradients + self._unused("first_gradient")

    def _unused(self, name: str) -> int:
        """1 where the call that checked a callable at w0 was not used in place of another; said once."""
        first = getattr(self.problem, name, None)
        if first is None or not first.left:
            return 0
        first.left = 0
        return 1
