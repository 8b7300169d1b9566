"""SAGA: the noise of single examples taken out by their own latest gradients, of which there is a table."""

from typing import Any, NamedTuple

from ..base.fields import Rate

__all__ = ["SAGA"]


class SAGA(NamedTuple):
    """``w <- w - learning_rate * (g_i(w) - kept_i + mean_k kept_k);  kept_i <- g_i(w)``.

    Each example's gradient is kept from its last visit; before the first epoch all are taken at the start, one pass
    more. The corrected gradient is right on average and its noise falls to 0 with the distance from the minimum, so
    that a constant rate converges linearly where the one of plain stochastic descent stalls.

    A batch B takes the mean of its examples' gradients and kept gradients; with ``reduction="sum"`` their sums, and the
    |B| / rows part of the sum of all that is kept: either way the mean over all batches is that of the full gradient.
    batch_size is 1 where none is given. An l2 penalty is exact and not in the table; l1 is soft thresholding after
    each step, as in the paper. Of a linear model a number a row and output is kept, of other sums whole gradients.

    learning_rate None is 1 / (3 L), L the largest curvature of a single example: the paper's, which needs to know
    nothing of strong convexity.

    Source: A. Defazio, F. Bach, S. Lacoste-Julien, "SAGA: a fast incremental gradient method with support for
    non-strongly convex composite objectives", 2014, equations 1 to 3.
    """

    learning_rate: Rate = None

    def init(self, w: Any, xp: Any) -> tuple[()]:
        return ()

    def corrected(self, g: Any, kept: Any, mean: Any) -> Any:
        return g - kept + mean

    def renews_each(self) -> bool:
        return True

    def row_share(self) -> float:
        return 1 / 3

    def update(self, w: Any, g: Any, slots: tuple[()], t: Any, xp: Any) -> tuple[Any, tuple[()]]:
        return -self.learning_rate * g, ()  # type: ignore[operator]
