"""A box of lower and upper bounds, one pair for each variable."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ArgumentError
from .projection import Projection

__all__ = ["Box"]


@dataclass(frozen=True, eq=False, init=False)
class Box(Projection):
    """``Box(lower, upper)``: numbers or arrays, finite or infinite, lower <= upper everywhere."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def __init__(self, lower: Any, upper: Any) -> None:
        try:
            low, high = np.broadcast_arrays(np.asarray(lower, dtype=float), np.asarray(upper, dtype=float))
        except (TypeError, ValueError, OverflowError):
            raise ArgumentError(f"Box needs numbers of matching shapes; got lower={lower!r}, upper={upper!r}") from None
        if low.ndim > 1:
            raise ArgumentError(f"Box needs one pair of bounds a variable; got an array of shape {low.shape}")
        if np.isnan(low).any() or np.isnan(high).any() or (low > high).any():
            raise ArgumentError(f"Box needs lower <= upper everywhere; got lower={lower!r}, upper={upper!r}")
        object.__setattr__(self, "lower", np.array(low))
        object.__setattr__(self, "upper", np.array(high))

    @classmethod
    def of(cls, bounds: Any) -> "Box":
        """From a Box, a scipy.optimize.Bounds, or SciPy's sequence of (low, high) pairs with None for no bound."""
        if isinstance(bounds, Box):
            return bounds
        if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
            return cls(bounds.lb, bounds.ub)
        if isinstance(bounds, Sequence) and all(isinstance(pair, Sequence) and len(pair) == 2 for pair in bounds):
            low = [-np.inf if pair[0] is None else pair[0] for pair in bounds]
            high = [np.inf if pair[1] is None else pair[1] for pair in bounds]
            return cls(low, high)
        raise ArgumentError(
            f"bounds must be steepest.Box(lower, upper), another of steepest.projections, or (low, high) pairs; "
            f"got {bounds!r}"
        )

    @property
    def n(self) -> int | None:
        return self.lower.size if self.lower.ndim else None

    @property
    def numbers(self) -> tuple[NDArray[np.float64], ...]:
        return self.lower, self.upper

    @staticmethod
    def nearest(w: Any, numbers: Any, xp: Any) -> Any:
        lower, upper = numbers
        return xp.minimum(xp.maximum(w, lower), upper)

    def pairs(self) -> list[list[float | None]]:
        """SciPy's pairs, with None for no bound: what ``of`` takes, and JSON."""
        ends = np.atleast_1d(self.lower).tolist(), np.atleast_1d(self.upper).tolist()
        return [[end if math.isfinite(end) else None for end in pair] for pair in zip(*ends, strict=True)]

    def spelled(self) -> list[list[float | None]]:
        return self.pairs()

    def fitted(self, n: int, name: str = "bounds") -> "Box":
        """The box with one pair for each of ``n`` variables."""
        if self.lower.ndim and self.lower.size != n:
            raise ArgumentError(f"{name} has {self.lower.size} pairs, but there are {n} variables")
        return Box(np.broadcast_to(self.lower, n), np.broadcast_to(self.upper, n))

    def draw(self, generator: np.random.Generator, k: int, n: int | None = None) -> NDArray[np.float64]:
        """``(k, n)`` uniform points; every bound must be finite. A box that is fitted knows its n."""
        if not (np.isfinite(self.lower).all() and np.isfinite(self.upper).all()):
            raise ArgumentError("bounds must be finite to draw random starts from; give each variable a low and a high")
        return generator.uniform(self.lower, self.upper, (k, *self.lower.shape))

    def outside(self, w: NDArray[np.float64]) -> str:
        inside = (self.lower <= w) & (w <= self.upper)
        if inside.all():
            return ""
        at = int(np.argmin(inside))
        low, high = np.broadcast_to(self.lower, w.shape)[at], np.broadcast_to(self.upper, w.shape)[at]
        return f"w0[{at}] is {w[at]:g}, outside [{low:g}, {high:g}]"
