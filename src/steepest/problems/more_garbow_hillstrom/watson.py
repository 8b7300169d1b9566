"""Watson's function: a polynomial that solves a differential equation."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Watson"]

T = np.arange(1, 30)[:, None] / 29.0
LEAST = {
    6: known(0.002287670053552429, [
        -0.0157250864014584, 1.0124348693691099, -0.23299162595673686, 1.2604300877996053, -1.5137289227222754,
        0.9929964324311329,
    ]),
    9: known(1.3997601380987233e-06, [
        -1.5307036521390483e-05, 0.9997897039319483, 0.014763963693558537, 0.14634232829934773,
        1.0008211030047713, -2.6177311405191577, 4.104403164479036, -3.1436122785565597, 1.0526264080101977,
    ]),
    12: known(4.722381107293386e-10, [
        -6.638060466481668e-09, 1.0000016441178619, -0.0005639322103311207, 0.3478205405038502,
        -0.15673150409478412, 1.052815177201969, -3.2472711534483416, 7.288434897923292, -10.271848241310055,
        9.074113647069744, -4.541375466690908, 1.0120118885525602,
    ]),
}  # fmt: skip


class Watson(LeastSquares):
    """Monomials as a basis: with every further variable the Hessian at the minimum is worse conditioned."""

    number = 20
    unconstrained = True
    least_n, most_n, standard_n = 2, 31, 6
    usual_m = 31
    formula = (
        "w1^2 + (w2 - w1^2 - 1)^2 + sum over i = 1 ... 29 of (p'(t) - p(t)^2 - 1)^2, p(t) = sum over j of w[j] "
        "t^(j-1), t = i / 29"
    )
    source = (
        f"{MGH} 20; from J. Kowalik, M. R. Osborne, 'Methods for Unconstrained Optimization Problems', Elsevier, 1968"
    )

    def standard_start(self) -> Array:
        return np.zeros(self.n)

    @property
    def minimum(self) -> Minimum | None:
        return LEAST.get(self.n)

    def residuals(self, w: Any) -> Any:
        value, slope = self._powers()
        p = value @ w
        return np.concatenate([slope @ w - p * p - 1.0, np.stack([w[0], w[1] - w[0] * w[0] - 1.0])])

    def jacobian(self, w: Array) -> Array:
        value, slope = self._powers()
        ends = np.zeros((2, self.n))
        ends[0, 0], ends[1, :2] = 1.0, (-2.0 * w[0], 1.0)
        return np.concatenate([slope - 2.0 * (value @ w)[:, None] * value, ends])

    def start_of_more_wild(self) -> Array:
        return np.full(self.n, 0.5)

    def _powers(self) -> tuple[Array, Array]:
        """The monomials and their slopes at the points t: (29, n) each."""
        j = np.arange(self.n)
        return T**j, j * T ** np.maximum(j - 1, 0)
