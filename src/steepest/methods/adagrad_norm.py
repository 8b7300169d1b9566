"""AdaGrad-Norm: one rate for the whole vector, divided by the root of all squared gradient norms so far."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Rate

__all__ = ["AdaGradNorm"]


class AdaGradNorm(NamedTuple):
    """``b^2 <- b^2 + |g|^2;  w <- w - learning_rate * g / b``, b^2 starting at b0^2.

    The rate finds its own size: any learning_rate converges, whatever the curvature, from any b0. Unlike AdaGrad the
    direction stays the gradient's, so that a rotation of w changes nothing. The paper takes b0 > 0, as a guess of the
    curvature times learning_rate. Here b0 is 0, no guess: the first step is then learning_rate long, whatever the
    gradient. While b is 0, no gradient seen yet but 0, there is no step.

    learning_rate None is 1: best is the distance to the minimum, and steps that fall as 1 / sqrt(t) go any distance.
    The slot holds b^2 in every entry. torch and optax do not have this rule.

    Source: R. Ward, X. Wu, L. Bottou, "AdaGrad stepsizes: sharp convergence over nonconvex landscapes", 2019,
    algorithm 1.
    """

    learning_rate: Rate = None
    b0: Annotated[float, Field(low=0, log=True)] = 0.0

    def own_rate(self) -> float:
        return 1.0

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.full_like(w, self.b0**2),)

    def step(self, w: Any, f: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        squares = slots[0] + (g * g).sum()
        b = xp.where(squares[0] > 0, squares[0], 1.0) ** 0.5
        return -self.learning_rate * g / b, (squares,)  # type: ignore[operator]
