"""signSGD: a step of the gradient's sign, the same size in every coordinate."""

from typing import Any, NamedTuple

from ..base.fields import Rate

__all__ = ["SignSGD"]


class SignSGD(NamedTuple):
    """``w <- w - learning_rate * sign(g)``.

    Only the rate decides how far a step goes: near a minimum w swings by learning_rate, so that a run settles only
    under a schedule that falls. Steps of batches follow what most rows want, not the mean of what they want: on skewed
    data f rises at any rate, and lion, which averages before it takes signs, does not. torch does not have this rule;
    optax.sign_sgd is the same.

    Source: J. Bernstein, Y.-X. Wang, K. Azizzadenesheli, A. Anandkumar, "signSGD: compressed optimisation for
    non-convex problems", 2018, algorithm 1.
    """

    learning_rate: Rate = None

    def init(self, w: Any, xp: Any) -> tuple[()]:
        return ()

    def update(self, w: Any, g: Any, slots: tuple[()], t: Any, xp: Any) -> tuple[Any, tuple[()]]:
        return -self.learning_rate * xp.sign(g), ()  # type: ignore[operator]
