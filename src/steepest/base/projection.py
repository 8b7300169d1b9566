"""What bounds are to the loops: a closed convex set with its nearest points. A box is one; the others are in
``problems/projections``."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SLACK", "Projection"]

Array = NDArray[np.float64]
SLACK = 1e-9
"""How far outside, relative to the size of a set, still counts as inside: points that were projected or typed."""


class Projection(ABC):
    """A closed convex set in R^n. Concrete ones are final and immutable; two of a class are equal where their numbers
    are."""

    refuses_l1 = ""
    """Why a step under an l1 penalty cannot be followed by this projection; "" where it can (see
    ``engines/proximal.py``)."""

    @property
    @abstractmethod
    def n(self) -> int | None:
        """The number of variables; None where it holds for any number."""

    @property
    @abstractmethod
    def numbers(self) -> tuple[Array, ...]:
        """The numbers that say which set of its kind it is."""

    @staticmethod
    @abstractmethod
    def nearest(w: Any, numbers: Any, xp: Any) -> Any:
        """The nearest point of the set of these numbers, ``xp`` being numpy or jax.numpy. NaN gives NaN."""

    @abstractmethod
    def fitted(self, n: int, name: str = "bounds") -> "Projection":
        """The set for ``n`` variables; ArgumentError, which calls it ``name``, where it is for another number."""

    @abstractmethod
    def outside(self, w: Array) -> str:
        """Where w (n,) is not in the set, how far, in words about w0; else ""."""

    @abstractmethod
    def draw(self, generator: np.random.Generator, k: int, n: int | None = None) -> Array:
        """``(k, n)`` points of the uniform distribution, the first ones the same for any k; ArgumentError where there
        is none."""

    @abstractmethod
    def spelled(self) -> Any:
        """The set as JSON holds it."""

    def holds(self, w: Array) -> bool:
        return not self.outside(w)

    def project(self, w: Array) -> Array:
        """The nearest point of the set."""
        return np.asarray(self.nearest(w, self.numbers, np))

    def projected_gradient(self, w: Array, g: Array) -> Array:
        """``w - project(w - g)``: the gradient less what points out of the set; zero where no step into it helps.

        Source: A. R. Conn, N. I. M. Gould, P. L. Toint, "Trust-region methods", 2000, section 8.1 (boxes); A. Beck,
        "First-order methods in optimization", 2017, section 10.3.1.
        """
        return w - self.project(w - g)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Projection):
            return False
        return all(np.array_equal(own, theirs) for own, theirs in zip(self.numbers, other.numbers, strict=True))

    __hash__ = None  # type: ignore[assignment]
