"""Any problem plus a penalty on its weights: the square is part of the gradient, the absolute value is felt by steps
(``engines/proximal.py``), so that weights become exactly 0."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..base.errors import ArgumentTypeError
from .finite_sum import FiniteSum
from .function import Once
from .linear_model import LinearModel, least_subgradient, penalty_parts
from .problem import Array

__all__ = ["Penalized", "PenalizedProblem", "full_problem", "without_penalty"]


def full_problem(problem: Any) -> bool:
    """Whether it is an object with value and gradient, not a callable, a sum or a text that becomes one."""
    return not isinstance(problem, type) and all(hasattr(problem, name) for name in ("value", "gradient", "n"))


def without_penalty(problem: Any) -> Any:
    """What a PenalizedProblem puts its penalty on; any other problem as it is."""
    while isinstance(problem, PenalizedProblem):
        problem = problem.problem
    return problem


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Penalized:
    """``Penalized(problem, penalty, alpha, l1_ratio=0.15)``: ``problem`` plus alpha times the penalty of all weights.

    ``problem`` is whatever ``minimize`` takes: a callable (its ``grad`` is given to ``minimize``), a formula, a
    FiniteSum or a Problem. The penalty is "l2" |w|^2 / 2, "l1" |w|_1, or "elasticnet" (1 - l1_ratio) |w|^2 / 2 +
    l1_ratio |w|_1, as in LinearModel; a LinearModel gets it as its own, which leaves the intercept out.
    """

    problem: Any
    penalty: str
    alpha: float
    l2: float
    l1: float

    def __init__(self, problem: Any, penalty: str, alpha: float, l1_ratio: float = 0.15) -> None:
        known = callable(problem) or isinstance(problem, (str, FiniteSum, Penalized)) or full_problem(problem)
        if isinstance(problem, type) or not known:
            raise ArgumentTypeError(
                f"problem of Penalized must be a callable, a formula, a steepest.FiniteSum or the like; got {problem!r}"
            )
        l2, l1 = penalty_parts(penalty, alpha, l1_ratio)
        if penalty is None:
            raise ArgumentTypeError("penalty of Penalized must be 'l2', 'l1' or 'elasticnet'; got None")
        for name, value in (
            ("problem", problem), ("penalty", penalty), ("alpha", float(alpha)), ("l2", l2), ("l1", l1),
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    def at(self, inner: Any) -> Any:
        """The problem to be minimised, ``inner`` being what ``problem`` has become."""
        if isinstance(inner, LinearModel):
            return inner.with_(l2=inner.l2 + self.l2, l1=inner.l1 + self.l1)
        return PenalizedProblem(inner, self.l2, self.l1)

    @cached_property
    def whole(self) -> Any:
        """The problem to be minimised where ``problem`` is one already; None where ``minimize`` makes one of it."""
        inner = self.problem.whole if isinstance(self.problem, Penalized) else self.problem
        return self.at(inner) if full_problem(inner) else None

    def __getattr__(self, name: str) -> Any:
        """``value``, ``gradient`` and the like, where there is a problem already."""
        if name.startswith("__") or name == "problem":  # while it is being copied or unpickled
            raise AttributeError(name)
        if self.whole is None:
            raise AttributeError(f"{name}: what is penalised becomes a problem, with its gradient, in minimize")
        return getattr(self.whole, name)

    def __repr__(self) -> str:
        return f"<Penalized {self.problem!r}, {self.penalty}, alpha {self.alpha:g}>"


class Added:
    """A callable that was called at the start (function.Once), with something of w added; its ``left`` is shared."""

    def __init__(self, once: Once, more: Callable[[Array], Any]) -> None:
        self.once, self.more = once, more

    @property
    def left(self) -> int:
        return self.once.left

    @left.setter
    def left(self, left: int) -> None:
        self.once.left = left

    def __call__(self, w: Array) -> Any:
        return self.once(w) + self.more(w)


class PenalizedProblem:
    """``problem`` plus ``l2 / 2 |w|^2 + l1 |w|_1``; what is not said here is as it is with ``problem``.

    ``gradient`` is the shortest subgradient, ``smooth_gradient`` that of all but the absolute values."""

    minimum = None

    def __init__(self, problem: Any, l2: float, l1: float) -> None:
        self.problem, self.l2, self.l1 = problem, l2, l1
        self._slope = getattr(problem, "smooth_gradient", problem.gradient)
        value, slope = getattr(problem, "first_value", None), getattr(problem, "first_gradient", None)
        self.first_value = None if value is None else Added(value, self.penalty)
        self.first_gradient = None if slope is None else Added(slope, lambda w: l2 * w)

    @property
    def name(self) -> str:
        return f"{self.problem.name} with a penalty"

    @property
    def formula(self) -> str:
        penalty = (f" + {self.l2:g}/2 |w|^2" if self.l2 else "") + (f" + {self.l1:g} |w|_1" if self.l1 else "")
        return f"{getattr(self.problem, 'formula', '') or self.problem.name}{penalty}"

    @cached_property
    def l2_each(self) -> Array | None:
        """The factor of each weight's half square (n,), ``problem``'s own among them; None without."""
        return self._each(self.l2, getattr(self.problem, "l2_each", None))

    @cached_property
    def l1_each(self) -> Array | None:
        """The factor of each weight's absolute value (n,), ``problem``'s own among them; None without."""
        return self._each(self.l1, getattr(self.problem, "l1_each", None))

    def _each(self, size: float, below: Array | None) -> Array | None:
        if not size:
            return below
        return np.full(self.problem.n, size) + (0.0 if below is None else below)

    def penalty(self, w: Array) -> float:
        """The penalty's part of the objective."""
        square = 0.5 * self.l2 * float((w * w).sum()) if self.l2 else 0.0
        return square + (self.l1 * float(np.abs(w).sum()) if self.l1 else 0.0)

    def value(self, w: Array) -> Any:
        return self.problem.value(w) + self.penalty(w)

    def smooth_gradient(self, w: Array) -> Array:
        """Of all but the absolute values."""
        g = np.asarray(self._slope(w), dtype=float)
        return g + self.l2 * w if self.l2 else g

    def gradient(self, w: Array) -> Array:
        g = self.smooth_gradient(w)
        return g if self.l1_each is None else least_subgradient(g, w, self.l1_each)

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        return float(self.value(w)), self.gradient(w)

    def batch_value_and_gradient(self, w: Array, rows: Any) -> tuple[float, Array]:
        """The loss over chosen rows, without the penalty, and the gradient of that and of the square: in full under
        "mean", its share of the rows under "sum"."""
        f, g = self.problem.batch_value_and_gradient(w, rows)
        if not self.l2:
            return f, g
        every = isinstance(rows, slice) or self.problem.reduction == "mean"
        return f, g + (1.0 if every else np.size(rows) / self.problem.rows) * self.l2 * w

    def recipe(self) -> dict[str, Any]:
        return {"kind": "penalized", "problem": self.problem.recipe(), "l2": self.l2, "l1": self.l1}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "problem":  # while it is being copied or unpickled
            raise AttributeError(name)
        return getattr(self.problem, name)
