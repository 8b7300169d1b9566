"""Adafactor: Adam's root-mean-square kept, for a matrix, in its rows and columns only; steps in proportion to w."""

from typing import Annotated, Any, NamedTuple

from ..base.errors import ArgumentError
from ..base.fields import Field, Positive, Rate

__all__ = ["Adafactor"]


class Adafactor(NamedTuple):
    """``v <- v + t^beta2_decay (g^2 - v);  u = g / sqrt(v);  rho = min(learning_rate, 1 / sqrt(t))``
    ``w <- w - rho max(epsilon2, rms(w)) u / max(1, rms(u) / clip)``, rms(x) = |x| / sqrt(n).

    Of a matrix, w row by row with ``columns`` to a row (0: a vector), v is r c' / mean(r): r and c follow the means of
    g^2 over each row and each column as v does. The slots hold r and c spread over the entries (a vector: v and zeros).
    learning_rate is relative to the size of w; None is 0.01, the paper's and torch's.

    As torch.optim.Adafactor, with its defaults; epsilon1 bounds sqrt(v) and mean(r) from below, torch's is the machine
    epsilon of w. The paper adds epsilon1 = 1e-30 to g^2 instead; so does optax.adafactor, where rho is
    learning_rate and matrices under 128 rows are not factored. Decay is decoupled: learning_rate weight_decay w.

    Source: N. Shazeer, M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018, algorithms 4
    and 5.
    """

    learning_rate: Rate = None
    beta2_decay: Annotated[float, Field(low=-10, high=0)] = -0.8
    epsilon1: Positive = 2.0**-52
    epsilon2: Annotated[float, Field(low=0, log=True)] = 1e-3
    clip: Positive = 1.0
    weight_decay: Annotated[float, Field(low=0)] = 0.0
    columns: Annotated[int, Field(low=0, help="of w as a matrix; 0: a vector")] = 0

    def own_rate(self) -> float:
        return 0.01

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def step(self, w: Any, f: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        square, n, fresh = g * g, w.size, t**self.beta2_decay
        rows, columns = square, slots[1]
        if self.columns:
            if n % self.columns:
                raise ArgumentError(f"columns of adafactor must divide the {n} entries of w; got {self.columns}")
            table = square.reshape((n // self.columns, self.columns))
            spread = table * 0.0
            rows = (spread + table.sum(axis=1)[:, None] / self.columns).reshape(n)
            columns = (spread + table.sum(axis=0) / (n // self.columns)).reshape(n)
            columns = slots[1] + fresh * (columns - slots[1])
        rows = slots[0] + fresh * (rows - slots[0])
        v = rows * columns / xp.maximum(rows.sum() / n, self.epsilon1) if self.columns else rows
        u = g / xp.maximum(v, self.epsilon1**2) ** 0.5
        size = xp.maximum(((w * w).sum() / n) ** 0.5, self.epsilon2)
        rho = xp.minimum(size * self.learning_rate, size * t**-0.5)
        step = -rho / xp.maximum(((u * u).sum() / n) ** 0.5 / self.clip, 1.0) * u
        return step - self.learning_rate * self.weight_decay * w, (rows, columns)  # type: ignore[operator]
