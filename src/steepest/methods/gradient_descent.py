"""Gradient descent: a step of learning_rate times the negative gradient."""

from typing import Any, NamedTuple

from ..base.fields import Rate

__all__ = ["GradientDescent"]


class GradientDescent(NamedTuple):
    """``w <- w - learning_rate * g``.

    Stable on a quadratic of curvature L up to learning_rate = 2 / L; fastest for curvatures in [m, L] at 2 / (L + m).

    Source: A. Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees", 1847.
    """

    learning_rate: Rate = None

    def init(self, w: Any, xp: Any) -> tuple[()]:
        return ()

    def update(self, w: Any, g: Any, slots: tuple[()], t: Any, xp: Any) -> tuple[Any, tuple[()]]:
        return -self.learning_rate * g, ()  # type: ignore[operator]

    def stability(self) -> tuple[float, str]:
        return 2.0, "2"
