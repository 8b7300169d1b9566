"""Muon: momentum of a matrix, made orthogonal, so that every direction it holds is followed at one pace."""

from typing import Annotated, Any, NamedTuple

from ..base.errors import ArgumentError
from ..base.fields import Field, Fraction, Positive, Rate

__all__ = ["Muon"]


class Muon(NamedTuple):
    """``m <- momentum m + (1 - momentum) g;  u = momentum m + (1 - momentum) g`` (u = m without nesterov)
    ``w <- w - learning_rate sqrt(max(1, rows / columns)) NS(u)``, NS: X = u / max(|u|, epsilon), then five times
    ``X <- 3.4445 X - 4.7750 (X X') X + 2.0315 (X X')^2 X``.

    w is a matrix, row by row with ``columns`` to a row. NS(u) nears U V' of u's singular value decomposition U S V':
    singular values from 0.2 % of |u| on become values in [0.68, 1.21]. Its coefficients are the source's, for speed.

    As torch.optim.Muon, which makes NS in bfloat16 (2 to 3 digits; here in the precision of w) and has weight_decay
    0.1 (here 0, so that the minimum stays that of f). Decay is decoupled: learning_rate weight_decay w. In
    optax.contrib.muon rows and columns trade places, epsilon is added to |u|, and under nesterov m and g are divided by
    1 - momentum^(t + 1) and 1 - momentum^t (``bias_correction=True``).

    learning_rate None is 0.02, the source's: about that is each singular value of a step.

    Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.
    """

    learning_rate: Rate = None
    momentum: Fraction = 0.95
    nesterov: bool = True
    bias_correction: bool = False
    epsilon: Positive = 1e-7
    weight_decay: Annotated[float, Field(low=0)] = 0.0
    columns: Annotated[int, Field(low=0, help="of w as a matrix, which it must be")] = 0

    def own_rate(self) -> float:
        return 0.02

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.zeros_like(w),)

    def step(self, w: Any, f: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        if self.columns < 1 or w.size % self.columns:
            raise ArgumentError(
                f"columns of muon must divide the {w.size} entries of w; got {self.columns}; give w0 as a matrix"
            )
        b, rows = self.momentum, w.size // self.columns
        m = b * slots[0] + (1 - b) * g
        u = m
        if self.nesterov:
            ahead, now = (1 - b ** (t + 1), 1 - b**t) if self.bias_correction else (1.0, 1.0)
            u = b * (m / ahead) + (1 - b) * (g / now)
        x = (u / xp.maximum((u * u).sum() ** 0.5, self.epsilon)).reshape((rows, self.columns))
        for _ in range(5):
            gram = x @ x.T if rows <= self.columns else x.T @ x  # the smaller of the two
            more = -4.7750 * gram + 2.0315 * (gram @ gram)
            x = 3.4445 * x + (more @ x if rows <= self.columns else x @ more)
        turned = max(1.0, rows / self.columns) ** 0.5 * x.reshape(w.size)
        return -self.learning_rate * (turned + self.weight_decay * w), (m,)  # type: ignore[operator]
