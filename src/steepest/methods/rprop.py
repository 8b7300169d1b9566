"""Rprop: each coordinate has a step size of its own, longer while the gradient's sign stays, shorter when it turns."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Rate

__all__ = ["Rprop"]


class Rprop(NamedTuple):
    """``turn = sign(g * g_before);  size <- size * (grow where turn > 0, shrink where turn < 0)``, within
    [least, most]; ``w <- w - size * sign(g)``, but where the sign turned w stays, and g_before is 0 afterwards.

    size starts at learning_rate; under a schedule only its first value counts. For full batches: a batch's noise turns
    signs. This is torch.optim.Rprop (Rprop without weight backtracking, and no step where the sign turned). optax.rprop
    is another algorithm: each step is made one update late, so that its first step is 0.

    shrink 0.5 and grow 1.2, least 1e-6 and most 50 are the paper's.

    Source: M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm", 1993; what is done at a turn: C. Igel, M. Huesken, "Improving the Rprop learning algorithm", 2000.
    """

    learning_rate: Rate = None
    shrink: Annotated[float, Field(low=0, high=1, low_open=True, high_open=True)] = 0.5
    grow: Annotated[float, Field(low=1, low_open=True, log=True)] = 1.2
    least: Annotated[float, Field(low=0, log=True)] = 1e-6
    most: Annotated[float, Field(low=0, low_open=True, log=True)] = 50.0

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        sign = xp.sign(g)
        turn = sign * slots[0]
        size = xp.where(t == 1, self.learning_rate, slots[1])
        size = xp.where(turn > 0, size * self.grow, xp.where(turn < 0, size * self.shrink, size))
        size = xp.minimum(xp.maximum(size, self.least), self.most)
        sign = xp.where(turn < 0, 0.0, sign)
        return -size * sign, (sign, size)
