"""What is done after each row of a run: averaging the weights, scoring a validation set, stopping early."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Watch"]

Array = NDArray[np.float64]


class Watch:
    """A callback of ``minimize``. ``mean`` is the average of w over the rows after ``skip`` (None before them);
    ``scores`` the validation scores, one every ``every`` rows, of the coefficients that ``outward`` makes of w;
    ``done`` says that they stopped rising."""

    def __init__(
        self, skip: int | None = None, score: Callable[[Array], float] | None = None, every: int = 1,
        tol: float | None = None, patience: int = 5,
    ) -> None:  # fmt: skip
        self.skip, self.score, self.every, self.tol, self.patience = skip, score, every, tol, patience
        self.outward: Callable[[Array], Array] = np.asarray
        self.restart()

    def restart(self) -> None:
        """Forgets what it saw, for a run from the start."""
        self.mean: Array | None = None
        self.scores: list[float] = []
        self.done = False
        self._rows = self._kept = self._waited = 0
        self._best = -np.inf

    @property
    def idle(self) -> bool:
        return self.skip is None and self.score is None

    def __call__(self, w: Any) -> None:
        self._rows += 1
        if self.skip is not None and self._rows > self.skip:
            self._kept += 1
            flat = np.ravel(w)
            self.mean = flat.copy() if self.mean is None else self.mean + (flat - self.mean) / self._kept
        if self.score is None or self._rows % self.every:
            return
        score = self.score(self.outward(np.ravel(w) if self.mean is None else self.mean))
        self.scores.append(score)
        if self.tol is None:
            return
        self._waited = self._waited + 1 if score < self._best + self.tol else 0
        self._best = max(self._best, score)
        if self._waited >= self.patience:
            self.done = True
            raise StopIteration
