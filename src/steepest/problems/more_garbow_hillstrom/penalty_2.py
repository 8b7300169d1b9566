"""The second penalty function: exponentials pulled towards their data, held on a small ellipsoid."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares, known

__all__ = ["Penalty2"]

A = 1e-5
LEAST = {
    4: known(9.376293007355447e-06, [
        0.1999993333503804, 0.19131670099277245, 0.4801014853326232, 0.5188454043902005,
    ]),
    10: known(0.00029366053745674594, [
        0.19998360519782363, 0.010350648471292299, 0.019604934480438405, 0.03208906722068565, 0.0499326773996413,
        0.07651399515399361, 0.11862407286950419, 0.1921448723355767, 0.3473205869418436, 0.36916437415935077,
    ]),
}  # fmt: skip


class Penalty2(LeastSquares):
    """As the first, with a curved valley floor."""

    number = 24
    unconstrained = True
    standard_n = 4
    formula = (
        "(w1 - 1/5)^2 + (sum over j of (n - j + 1) w[j]^2 - 1)^2 + 10^-5 sum over i = 2 ... n of (exp(w[i] / 10) "
        "+ exp(w[i-1] / 10) - y[i])^2 + (exp(w[i] / 10) - exp(-1/10))^2, y[i] = exp(i / 10) + exp((i - 1) / 10)"
    )
    source = (
        f"{MGH} 24; from P. E. Gill, W. Murray, R. A. Pitfield, 'The implementation of two revised quasi-Newton "
        "algorithms for unconstrained optimization', Report NAC 11, National Physical Laboratory, 1972"
    )

    def standard_start(self) -> Array:
        return np.full(self.n, 0.5)

    @property
    def minimum(self) -> Minimum | None:
        return LEAST.get(self.n)

    def residuals(self, w: Any) -> Any:
        grown, i = np.exp(w / 10.0), np.arange(1, self.n + 1)
        pairs = grown[1:] + grown[:-1] - (np.exp(i[1:] / 10.0) + np.exp(i[:-1] / 10.0))
        ends = np.stack([w[0] - 0.2, (i[::-1] * w * w).sum() - 1.0])
        return np.concatenate([ends[:1], A**0.5 * pairs, A**0.5 * (grown[1:] - np.exp(-0.1)), ends[1:]])

    def jacobian(self, w: Array) -> Array:
        J, n, i = np.zeros((2 * self.n, self.n)), self.n, np.arange(1, self.n)
        slope = A**0.5 / 10.0 * np.exp(w / 10.0)
        J[0, 0], J[-1] = 1.0, 2.0 * np.arange(n, 0, -1) * w
        J[i, i], J[i, i - 1], J[n - 1 + i, i] = slope[1:], slope[:-1], slope[1:]
        return J

    @classmethod
    def standard_m(cls, n: int) -> int:
        return 2 * n
