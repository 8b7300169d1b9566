"""The points without a negative entry."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.box import Box
from ...base.projection import Array, Projection

__all__ = ["NonNegative"]


@dataclass(frozen=True, eq=False)
class NonNegative(Projection):
    """``NonNegative()``: ``w >= 0``. For a run it becomes the box from 0 to infinity, so every engine knows it."""

    @property
    def n(self) -> int | None:
        return None

    @property
    def numbers(self) -> tuple[Array, ...]:
        return ()

    @staticmethod
    def nearest(w: Any, numbers: Any, xp: Any) -> Any:
        return xp.maximum(w, 0.0)

    def fitted(self, n: int, name: str = "bounds") -> Box:
        return Box(0.0, np.inf).fitted(n, name)

    def outside(self, w: Array) -> str:
        return Box(0.0, np.inf).outside(w)

    def draw(self, generator: np.random.Generator, k: int, n: int | None = None) -> Array:
        return Box(0.0, np.inf).draw(generator, k)  # which refuses

    def spelled(self) -> dict[str, Any]:
        return {"projection": "non_negative"}
