"""SVRG: the noise of single examples taken out by their gradients at a snapshot of w, taken anew each epoch."""

from typing import Any, NamedTuple

from ..base.fields import Rate

__all__ = ["SVRG"]


class SVRG(NamedTuple):
    """``w <- w - learning_rate * (g_i(w) - g_i(snapshot) + mean_k g_k(snapshot));  snapshot = w as an epoch starts``.

    The snapshot is the last iterate (the paper's option I) and the inner loop one epoch. An epoch costs two passes for
    linear models, whose gradients at the snapshot are kept (a number a row and output), and three for other sums, which
    are gone over again instead: history.n_grad counts them.

    Batches, batch_size, penalties: as SAGA's. The paper draws rows with replacement (``sampling="replacement"``);
    "shuffle", the default, visits each once.

    learning_rate None is 1 / (4 L), L the largest curvature of a single example: the upper end of what the paper's
    theorem allows, for inner loops as long as they need be. (On the breast cancer set 0.1 / L to 1 / L all converge.)

    Source: R. Johnson, T. Zhang, "Accelerating stochastic gradient descent using predictive variance reduction", 2013,
    figure 1; with a proximal step, L. Xiao, T. Zhang, "A proximal stochastic gradient method with progressive variance
    reduction", 2014.
    """

    learning_rate: Rate = None

    def init(self, w: Any, xp: Any) -> tuple[()]:
        return ()

    def corrected(self, g: Any, kept: Any, mean: Any) -> Any:
        return g - kept + mean

    def renews_each(self) -> bool:
        return False

    def row_share(self) -> float:
        return 1 / 4

    def update(self, w: Any, g: Any, slots: tuple[()], t: Any, xp: Any) -> tuple[Any, tuple[()]]:
        return -self.learning_rate * g, ()  # type: ignore[operator]
