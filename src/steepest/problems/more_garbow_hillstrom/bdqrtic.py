"""The bounded quartic: squares of squares along a band."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MW, LeastSquares, known

__all__ = ["Bdqrtic"]

LEAST = {
    8: known(10.238973421317434, [
        0.6160754444546612, 0.4861767188800076, 0.39190293707261825, 0.32635052353739546, 0.0, 0.0, 0.0, 0.0,
    ]),
    10: known(18.281161753593537, [
        0.6255364781105441, 0.48510098408564367, 0.36719434828618397, 0.2851884815939384, 0.3301671643347729,
        0.3775719900456705, 0.0, 0.0, 0.0, 0.0,
    ]),
    11: known(22.260591734883757, [
        0.6251418307495387, 0.4858196056648874, 0.37125022110390477, 0.2835040153534172, 0.3169469727455595,
        0.33873299588376476, 0.3759209100419122, 0.0, 0.0, 0.0, 0.0,
    ]),
    12: known(26.272766396793962, [
        0.6248003659883237, 0.4853765224728324, 0.37165912920747235, 0.28597185120795776, 0.3155200175795323,
        0.3253724442903558, 0.337818610289659, 0.3740202262629748, 0.0, 0.0, 0.0, 0.0,
    ]),
}  # fmt: skip


class Bdqrtic(LeastSquares):
    """Convex, with one minimum for every n; the last variable is in every term."""

    least_n, standard_n = 5, 8
    formula = "sum over i <= n-4 of (3 - 4 w[i])^2 + (w[i]^2 + 2 w[i+1]^2 + 3 w[i+2]^2 + 4 w[i+3]^2 + 5 w[n]^2)^2"
    source = (
        f"{MW} 19; from A. R. Conn, N. I. M. Gould, M. Lescrenier, P. L. Toint, 'Performance of a multifrontal "
        "scheme for partially separable optimization', 1994, problem 61"
    )

    def standard_start(self) -> Array:
        return np.ones(self.n)

    @property
    def minimum(self) -> Minimum | None:
        return LEAST.get(self.n)

    def residuals(self, w: Any) -> Any:
        a, square = w[:-4], w * w
        inner = a * a + 2.0 * square[1:-3] + 3.0 * square[2:-2] + 4.0 * square[3:-1] + 5.0 * square[-1]
        return np.concatenate([3.0 - 4.0 * a, inner])

    def jacobian(self, w: Array) -> Array:
        k = self.n - 4
        J, i = np.zeros((2 * k, self.n)), np.arange(k)
        J[i, i] = -4.0
        for j in range(4):
            J[k + i, i + j] = 2.0 * (j + 1) * w[i + j]
        J[k:, -1] += 10.0 * w[-1]
        return J

    @classmethod
    def standard_m(cls, n: int) -> int:
        return 2 * (n - 4)
