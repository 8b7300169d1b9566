"""Chebyquad: nodes of a quadrature formula with equal weights."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Chebyquad"]

LEAST = {
    1: known(0.0, [0.5]),
    2: known(0.0, [0.2113248654051871, 0.7886751345948129]),
    3: known(0.0, [0.14644660940672624, 0.5, 0.8535533905932737]),
    4: known(0.0, [0.10267276385411693, 0.40620376295746, 0.5937962370425399, 0.8973272361458831]),
    5: known(0.0, [
        0.08375125649950906, 0.31272929522320947, 0.5, 0.6872707047767905, 0.9162487435004909,
    ]),
    6: known(0.0, [
        0.0668765909460897, 0.28874067311944424, 0.36668229924164764, 0.6333177007583524, 0.7112593268805558,
        0.9331234090539103,
    ]),
    7: known(0.0, [
        0.05806914962097548, 0.2351716123574216, 0.3380440947400462, 0.5, 0.6619559052599538, 0.7648283876425784,
        0.9419308503790246,
    ]),
    8: known(0.00351687372567793, [
        0.04315276015101663, 0.1930908403841861, 0.26632870689027294, 0.5, 0.5, 0.7336712931097271,
        0.8069091596158139, 0.9568472398489833,
    ]),
    9: known(0.0, [
        0.04420534613578276, 0.19949067230988096, 0.23561910847106002, 0.416046907892598, 0.5, 0.583953092107402,
        0.76438089152894, 0.8005093276901191, 0.9557946538642172,
    ]),
    10: known(0.00477271369637535, [
        0.07474816621460248, 0.17151817694809265, 0.286434152584, 0.35964645062893413, 0.47075052286659347,
        0.616738335038745, 0.616738335038745, 0.7998108015386137, 0.8448546422409267, 0.9670066269819255,
    ]),
    11: known(0.002799761551865765, [
        0.029958744771884926, 0.13731120691981244, 0.18836638899080269, 0.3588431173887272, 0.3588431173887272,
        0.5, 0.6411568826112728, 0.6411568826112728, 0.8116336110091973, 0.8626887930801875, 0.9700412552281151,
    ]),
}  # fmt: skip
LOCAL = known(0.006503954800882308, [
    0.059619900535812696, 0.1667082818358614, 0.2391706589426085, 0.3988842923060445, 0.3988842923060445,
    0.6011157076939555, 0.6011157076939555, 0.7608293410573915, 0.8332917181641386, 0.9403800994641873,
])  # fmt: skip


class Chebyquad(LeastSquares):
    """Such nodes exist for n = 1 ... 7 and 9 only; elsewhere f stays above 0.

    Any order of the nodes is a minimum, the given one increases. For n = 10 the paper's 6.50395e-3 is not the lowest.
    """

    number = 35
    unconstrained = True
    standard_n = 8
    free_m = True
    formula = (
        "sum over i = 1 ... m of (1/n sum over j of T(i, w[j]) - integral of T(i, .))^2, T(i, .) Chebyshev's "
        "polynomial of degree i on [0, 1]"
    )
    source = (
        f"{MGH} 35; from R. Fletcher, 'Function minimization without evaluating derivatives - a review', The "
        "Computer Journal 8, 1965"
    )

    def standard_start(self) -> Array:
        return np.arange(1, self.n + 1) / (self.n + 1.0)

    @property
    def minimum(self) -> Minimum | None:
        return LEAST.get(self.n) if self.m == self.n else None

    def residuals(self, w: Any) -> Any:
        x = 2.0 * w - 1.0
        before, now, rows = x * 0.0 + 1.0, x, []
        for i in range(1, self.m + 1):
            rows.append(now.sum() / self.n + (1.0 / (i * i - 1.0) if i % 2 == 0 else 0.0))
            before, now = now, 2.0 * x * now - before
        return np.stack(rows)

    def jacobian(self, w: Array) -> Array:
        # T' = 2 i U(i - 1), U Chebyshev's polynomials of the second kind, which follow the same recurrence
        x = 2.0 * w - 1.0
        before, now, rows = np.zeros(self.n), np.ones(self.n), []
        for i in range(1, self.m + 1):
            rows.append(2.0 * i / self.n * now)
            before, now = now, 2.0 * x * now - before
        return np.stack(rows)

    @property
    def local_minima(self) -> tuple[Minimum, ...]:
        return (LOCAL,) if self.n == self.m == 10 else ()
