"""What the members of the gallery share: how a gallery function meets the Problem interface."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError
from .problem import Array, Minimum

__all__ = ["Member"]


@dataclass(frozen=True)
class Member(ABC):
    """A gallery function. A member gives ``formula``, ``source``, ``start``, ``box``, ``minimum``, ``value`` and
    ``gradient``; ``least_n`` and ``most_n`` bound its dimension, ``smooth`` says whether it has a gradient everywhere
    (for the others ``gradient`` chooses one where there is none), ``creased`` that it lacks one along whole lines."""

    n: int = 2

    least_n = 1
    most_n = 1_000_000
    smooth = True
    creased = False
    formula = ""
    source = ""
    gradient_note = "exact"

    def __post_init__(self) -> None:
        if isinstance(self.n, bool) or not isinstance(self.n, (int, np.integer)):
            raise ArgumentTypeError(f"n of {self.name} must be a whole number; got {self.n!r}")
        if not self.least_n <= self.n <= self.most_n:
            allowed = f"{self.least_n}" if self.most_n == self.least_n else f"{self.least_n} to {self.most_n:,}"
            raise ArgumentError(f"n of {self.name} must be {allowed}; got {self.n}")

    @property
    def name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    @property
    @abstractmethod
    def start(self) -> Array: ...

    @property
    @abstractmethod
    def box(self) -> Box: ...

    @property
    @abstractmethod
    def minimum(self) -> Minimum | None: ...

    @abstractmethod
    def value(self, w: Any) -> Any: ...

    @abstractmethod
    def gradient(self, w: Array) -> Array: ...

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        return float(self.value(w)), self.gradient(w)

    def recipe(self) -> dict[str, Any]:
        return {"kind": "gallery", "name": self.name, "n": int(self.n)}
