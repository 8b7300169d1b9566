"""The points whose entries are not negative and sum to a total: weights, shares, probabilities."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.fields import Field, FieldInfo, checked
from ...base.projection import SLACK, Array, Projection
from ...base.text import number

__all__ = ["Simplex"]

TOTAL = FieldInfo("total", float, False, 1.0, Field(low=0, low_open=True))


@dataclass(frozen=True, eq=False, init=False)
class Simplex(Projection):
    """``Simplex(total=1.0)``: ``w >= 0`` and ``sum(w) = total``.

    The nearest point is ``max(w - theta, 0)``; theta is had from the sorted entries, in n log n.

    Source: M. Held, P. Wolfe, H. P. Crowder, "Validation of subgradient optimization", Mathematical Programming 6,
    1974, section 2; J. Duchi et al., "Efficient projections onto the l1-ball for learning in high dimensions", ICML
    2008, figure 1.
    """

    total: float = 1.0
    refuses_l1 = "|w|_1 is the same all over the simplex"

    def __init__(self, total: float = 1.0) -> None:
        object.__setattr__(self, "total", checked(TOTAL, total, "Simplex"))

    @property
    def n(self) -> int | None:
        return None

    @property
    def numbers(self) -> tuple[Array, ...]:
        return (np.array(self.total),)

    @staticmethod
    def nearest(w: Any, numbers: Any, xp: Any) -> Any:
        (total,) = numbers
        w = w - w.max()  # moves no nearest point, and keeps large entries from swallowing the total
        falling = xp.sort(w)[::-1]
        above = xp.cumsum(falling) - total
        count = (falling * xp.arange(1, w.size + 1) > above).sum()
        return xp.maximum(w - above[count - 1] / count, 0.0)

    def fitted(self, n: int, name: str = "bounds") -> "Simplex":
        return self

    def outside(self, w: Array) -> str:
        if w.min() < 0:
            return f"w0[{int(w.argmin())}] is {number(float(w.min()))}, below 0"
        total = float(w.sum())
        if abs(total - self.total) <= SLACK * self.total:
            return ""
        return f"its sum is {number(total, 8)}, not {number(self.total, 8)}"

    def draw(self, generator: np.random.Generator, k: int, n: int | None = None) -> Array:
        """Exponential numbers over their sum (L. Devroye, "Non-uniform random variate generation", 1986, theorem
        V.2.2)."""
        assert n is not None
        drawn = generator.standard_exponential((k, n))
        return np.asarray(self.total * drawn / drawn.sum(axis=1)[:, None])

    def spelled(self) -> dict[str, Any]:
        return {"projection": "simplex", "total": self.total}
