"""Brown's almost linear function."""

from typing import Any

import numpy as np

from ..problem import Array, Minimum
from ._least_squares import MGH, LeastSquares

__all__ = ["BrownAlmostLinear"]


class BrownAlmostLinear(LeastSquares):
    """All equations but one are linear. The paper also lists f = 1 at (0, ..., 0, n + 1): stationary for n > 2, but no
    minimum, f falls along w = (s, ..., s, n + 1 - n s) for small s > 0."""

    number = 27
    least_n, standard_n = 2, 10
    formula = "sum over i < n of (w[i] + sum over j of w[j] - n - 1)^2 + (product over j of w[j] - 1)^2"
    source = (
        f"{MGH} 27; from K. M. Brown, 'A quadratically convergent Newton-like method based upon Gaussian "
        "elimination', SIAM Journal on Numerical Analysis 6, 1969"
    )

    def standard_start(self) -> Array:
        return np.full(self.n, 0.5)

    @property
    def minimum(self) -> Minimum:
        return Minimum(0.0, np.array([[*np.full(self.n - 1, a), a ** (1.0 - self.n)] for a in self._levels()]))

    def residuals(self, w: Any) -> Any:
        return np.concatenate([w[:-1] + w.sum() - (self.n + 1.0), np.stack([w.prod() - 1.0])])

    def jacobian(self, w: Array) -> Array:
        J = np.ones((self.n, self.n)) + np.eye(self.n)
        before = np.cumprod(np.concatenate([[1.0], w[:-1]]))  # products of the others without dividing by w
        after = np.cumprod(np.concatenate([[1.0], w[:0:-1]]))[::-1]
        J[-1] = before * after
        return J

    def _levels(self) -> list[float]:
        """The roots of ``n a^n - (n + 1) a^(n-1) + 1``: 1, one between 0 and the extremum below it, and for odd n one
        between -1 and 0; each by bisection."""
        n, found = self.n, [1.0]
        for low, high in [(1.0 - 1.0 / n**2, 0.0)] + ([(-1.0, 0.0)] if n % 2 else []):
            while (middle := (low + high) / 2.0) not in (low, high):
                below = middle ** (n - 1) * (n * middle - n - 1.0) + 1.0 < 0.0
                low, high = (middle, high) if below else (low, middle)
            found.append(middle)
        return found
