"""The points within a distance of a center."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ...base.fields import Field, FieldInfo, checked
from ...base.projection import SLACK, Array, Projection
from ...base.text import number

__all__ = ["Ball"]

RADIUS = FieldInfo("radius", float, False, 1.0, Field(low=0, low_open=True))


@dataclass(frozen=True, eq=False, init=False)
class Ball(Projection):
    """``Ball(radius, center=0.0)``: ``|w - center| <= radius`` in the Euclidean norm; center a number for all variables
    or one a variable.

    A point outside goes to ``center + radius (w - center) / |w - center|``.

    Source: A. Beck, "First-order methods in optimization", 2017, lemma 6.26.
    """

    radius: float
    center: Array

    def __init__(self, radius: float, center: Any = 0.0) -> None:
        try:
            middle = np.array(center, dtype=float)
        except (TypeError, ValueError, OverflowError):
            raise ArgumentError(f"center of Ball must be a number, or one a variable; got {center!r}") from None
        if middle.ndim > 1:
            raise ArgumentError(f"center of Ball must be a number, or one a variable; its shape is {middle.shape}")
        if middle.size == 0 or not np.isfinite(middle).all():
            raise ArgumentError(f"center of Ball must be a finite number, or one a variable; got {center!r}")
        object.__setattr__(self, "radius", checked(RADIUS, radius, "Ball"))
        object.__setattr__(self, "center", middle)

    @property
    def refuses_l1(self) -> str:  # type: ignore[override]
        """Around 0 the threshold followed by the projection is the nearest point of both (Y. Yu, "On decomposing the
        proximal map", 2013, theorem 4); elsewhere it is not."""
        return "its threshold is towards 0, and the center of the ball is elsewhere" if self.center.any() else ""

    @property
    def n(self) -> int | None:
        return self.center.size if self.center.ndim else None

    @property
    def numbers(self) -> tuple[Array, ...]:
        return np.array(self.radius), self.center

    @staticmethod
    def nearest(w: Any, numbers: Any, xp: Any) -> Any:
        radius, center = numbers
        away = w - center
        size = xp.abs(away).max()
        size = xp.where(size > 0, size, 1.0)  # the squares of large numbers would overflow
        distance = size * xp.sqrt(((away / size) ** 2).sum())
        return xp.where(distance <= radius, w, center + away * (radius / xp.maximum(distance, radius)))

    def fitted(self, n: int, name: str = "bounds") -> "Ball":
        if self.n not in (None, n):
            raise ArgumentError(f"{name} has a center of {self.n} numbers, but there are {n} variables")
        return Ball(self.radius, np.broadcast_to(self.center, n))

    def outside(self, w: Array) -> str:
        distance = float(np.linalg.norm(w - self.center))
        if distance <= self.radius * (1 + SLACK):
            return ""
        return f"it is {number(distance)} from the center, beyond the radius {number(self.radius)}"

    def draw(self, generator: np.random.Generator, k: int, n: int | None = None) -> Array:
        """The first n coordinates of a random direction in n + 2 dimensions (F. Barthe et al., Annals of Probability
        33, 2005, corollary 4)."""
        directions = generator.standard_normal((k, (n or self.center.size) + 2))
        directions /= np.linalg.norm(directions, axis=1)[:, None]
        return np.asarray(self.center + self.radius * directions[:, :-2])

    def spelled(self) -> dict[str, Any]:
        return {"projection": "ball", "radius": self.radius, "center": self.center.tolist()}
