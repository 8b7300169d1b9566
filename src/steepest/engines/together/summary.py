"""What is known of many runs without settling any: an array for each number."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..task import Ending

__all__ = ["NOT_RUN", "Summary"]

Array = NDArray[np.float64]
NOT_RUN = -1


@dataclass(frozen=True, eq=False)
class Summary:
    """Of each run: ``outcome`` (runs,) the value of its Outcome, or NOT_RUN; f, best_f and grad_norm (runs,), in the
    user's sign, NaN where unknown; nit (runs,); w (runs, n); chaotic (runs,): whether rounding decides where it ends,
    of runs in lanes of JAX (False elsewhere: such runs come again with the same bits)."""

    outcome: NDArray[np.int64]
    f: Array
    best_f: Array
    grad_norm: Array
    nit: NDArray[np.int64]
    w: Array
    chaotic: NDArray[np.bool_]

    @classmethod
    def nothing(cls, runs: int, n: int) -> "Summary":
        """Of runs that were not run."""
        f, best_f, grad_norm = (np.full(runs, np.nan) for _ in range(3))
        nit, w = np.zeros(runs, dtype=np.int64), np.full((runs, n), np.nan)
        return cls(np.full(runs, NOT_RUN), f, best_f, grad_norm, nit, w, np.zeros(runs, dtype=bool))

    def put(self, k: int, ending: Ending) -> None:
        """Sets what an ending says."""
        session = ending.session
        self.outcome[k], self.nit[k] = ending.outcome.value, ending.nit
        self.f[k], self.best_f[k], self.grad_norm[k] = session.f, session.best.f, session.grad_norm
        self.w[k] = session.w

    def place(self, which: NDArray[Any], of: "Summary", places: NDArray[Any]) -> None:
        """Sets runs ``which`` to the runs ``places`` of another summary."""
        for name, column in vars(self).items():
            column[which] = vars(of)[name][places]
