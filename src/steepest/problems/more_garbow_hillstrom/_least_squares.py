"""What the problems of the More-Garbow-Hillstrom set share: a sum of squares of m residuals of n variables."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...base.box import Box
from ...base.errors import ArgumentError, ArgumentTypeError
from ...base.fields import Field, FieldInfo, checked
from ..member import Member
from ..problem import Array, Minimum

__all__ = ["MGH", "MW", "LeastSquares", "known", "root_of"]

MGH = (
    "J. J. More, B. S. Garbow, K. E. Hillstrom, 'Testing unconstrained optimization software', "
    "ACM Transactions on Mathematical Software 7, 1981, problem"
)
MW = (
    "J. J. More, S. M. Wild, 'Benchmarking derivative-free optimization algorithms', "
    "SIAM Journal on Optimization 20, 2009, function"
)
FACTOR = FieldInfo("start_factor", float, False, 1.0, Field(low=0, low_open=True, help="multiple of the start"))
OTHER_START = FieldInfo("more_wild_start", bool, False, False, Field())


@dataclass(frozen=True)
class LeastSquares(Member):
    """``f = sum of squares of residuals(w)``, shape (m,), with ``jacobian(w)``, shape (m, n); no half, as in the paper.

    A problem gives ``standard_n``, ``standard_start``, ``minimum``, ``residuals`` and ``jacobian``; ``least_n``,
    ``most_n`` and ``n_multiple`` say which n it has, ``standard_m`` the m for n, and ``free_m`` whether any m from n to
    ``most_m`` will do. The start is ``start_factor`` times the standard one."""

    m: int = None  # type: ignore[assignment]  # the standard one; a number as soon as the problem is made
    start_factor: float = 1.0
    more_wild_start: bool = False
    """Start where the code of More and Wild does, which for two problems is not the standard start."""

    number = 0
    """Its number in More, Garbow and Hillstrom's paper, 0 for the four that More and Wild added."""
    unconstrained = False
    """Whether it is one of the paper's 18 for unconstrained minimisation."""
    standard_n = 2
    n_multiple = 1
    most_n = 1000  # the Jacobian is a dense array
    usual_m = 0
    """m where it does not depend on n."""
    free_m = False
    most_m = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n % self.n_multiple:
            raise ArgumentError(
                f"n of {self.name} must be a multiple of {self.n_multiple} up to {self.most_n:,}; got {self.n}"
            )
        object.__setattr__(self, "n", int(self.n))
        object.__setattr__(self, "m", self._checked_m())
        object.__setattr__(self, "start_factor", checked(FACTOR, self.start_factor, self.name))
        object.__setattr__(self, "more_wild_start", checked(OTHER_START, self.more_wild_start, self.name))

    def _checked_m(self) -> int:
        standard = self.standard_m(self.n)
        given: Any = self.m
        if given is None:
            return standard
        if isinstance(given, bool) or not isinstance(given, (int, np.integer)):
            raise ArgumentTypeError(f"m of {self.name} must be a whole number; got {given!r}")
        if given != standard and not self.free_m:
            raise ArgumentError(f"m of {self.name} must be {standard} for n = {self.n}; got {self.m}")
        if self.free_m and not self.n <= given <= self.most_m:
            raise ArgumentError(f"m of {self.name} must be {self.n} to {self.most_m:,} for n = {self.n}; got {self.m}")
        return int(given)

    @classmethod
    def standard_m(cls, n: int) -> int:
        """How many residuals there are for ``n`` variables, unless another number is asked for."""
        return cls.usual_m or n

    @abstractmethod
    def standard_start(self) -> Array:
        """The start of the paper, shape (n,), new at each call."""

    def start_of_more_wild(self) -> Array:
        return self.standard_start()

    @property
    def start(self) -> Array:
        return self.start_factor * (self.start_of_more_wild() if self.more_wild_start else self.standard_start())

    @property
    def local_minima(self) -> tuple[Minimum, ...]:
        """Minima the paper lists that are not the lowest; those at infinity are left to the docstrings."""
        return ()

    @cached_property
    def _sides(self) -> tuple[Array, Array]:
        known = self.minimum
        points = self.start[None] if known is None else np.vstack([self.start, known.w])
        low, high = points.min(axis=0), points.max(axis=0)
        margin = np.maximum(high - low, np.abs(points).max(axis=0)) / 2.0
        margin[margin == 0.0] = 1.0
        return low - margin, high + margin

    @property
    def box(self) -> Box:
        """Ours, the papers have none: from the start to the known minima and half as far again."""
        return Box(*self._sides)

    @abstractmethod
    def residuals(self, w: Any) -> Any:
        """Shape (m,)."""

    @abstractmethod
    def jacobian(self, w: Array) -> Array:
        """Row i holds the slopes of residual i: shape (m, n)."""

    def value(self, w: Any) -> Any:
        r = self.residuals(w)
        return (r * r).sum()

    def gradient(self, w: Array) -> Array:
        return np.asarray(2.0 * self.residuals(w) @ self.jacobian(w))

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        r = self.residuals(w)
        return float((r * r).sum()), np.asarray(2.0 * r @ self.jacobian(w))

    def recipe(self) -> dict[str, Any]:
        return {
            **super().recipe(), "kind": "mgh", "m": self.m, "start_factor": self.start_factor,
            "more_wild_start": self.more_wild_start,
        }  # fmt: skip


def known(f: float, w: Sequence[float] | Array) -> Minimum:
    """A minimum at one point, kept for good: nobody can change it."""
    point = np.array([w], dtype=float)
    point.setflags(write=False)
    return Minimum(f, point)


def root_of(problem: LeastSquares) -> Minimum:
    """Where all residuals of a problem with m = n vanish, by Newton's method from the standard start."""
    w = problem.standard_start()
    best, least = w, np.inf
    for _ in range(100):
        r = problem.residuals(w)
        size = float(np.abs(r).max())
        if not size < least:  # down to rounding
            break
        best, least = w, size
        w = w - np.linalg.solve(problem.jacobian(w), r)
    return known(0.0, best)
