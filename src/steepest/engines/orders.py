"""The rows that each epoch visits, the same in every engine."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Orders"]


class Orders:
    """``epochs(first, count)``: the orders of epochs first, first + 1, ... (0-based), shape (count, rows)."""

    def __init__(self, sampling: str, rows: int, seed: int) -> None:
        self.sampling, self.rows, self.seed = sampling, rows, seed
        self._legacy: np.random.RandomState | None = None

    def epochs(self, first: int, count: int) -> NDArray[np.int64]:
        orders = np.empty((count, self.rows), dtype=np.int64)
        if self.sampling == "sequential":
            orders[:] = np.arange(self.rows)
        elif self.sampling == "tutorial":
            if self._legacy is None:
                self._legacy = np.random.RandomState(0)
            for k in range(count):
                self._legacy.seed(first + k)
                orders[k] = self._legacy.permutation(self.rows)
        else:
            from .numba.cache import compiled_orders

            fill = compiled_orders(self.sampling)  # type: ignore[no-untyped-call]
            fill(orders, np.uint64(self.seed % 2**64), np.uint64(first))
        return orders
