"""Normalized gradient descent: the direction of the gradient, never its length."""

from typing import Any, NamedTuple

from ..base.fields import Rate

__all__ = ["Normalized"]


class Normalized(NamedTuple):
    """``w <- w - learning_rate * g / |g|``, |g| the Euclidean norm of the whole gradient; no step where g is 0.

    Every step is learning_rate long: plateaus and cliffs are crossed at one pace, and a constant rate ends jumping
    about the minimum; give a schedule to come closer. Unlike ``signsgd``, which normalizes each
    coordinate, the direction stays the gradient's. optax.normalize_by_update_norm before optax.sgd makes the same steps
    (it adds 1e-6 to |g|); torch does not have this rule.

    Source: N. Z. Shor, "Minimization methods for non-differentiable functions", 1985, chapter 2: steps of
    prescribed length along the gradient.
    """

    learning_rate: Rate = None

    def init(self, w: Any, xp: Any) -> tuple[()]:
        return ()

    def step(self, w: Any, f: Any, g: Any, slots: tuple[()], t: Any, xp: Any) -> tuple[Any, tuple[()]]:
        most = xp.maximum(g.max(), -g.min())
        unit = g / xp.where(most > 0, most, 1.0)  # by the largest first: squares of 1e-170 or 1e170 are no numbers
        square = (unit * unit).sum()
        return -self.learning_rate * unit / xp.where(square > 0, square, 1.0) ** 0.5, ()  # type: ignore[operator]
