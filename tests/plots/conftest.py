"""Records with rows of the test's choosing."""

from dataclasses import replace

import numpy as np
import pytest

import steepest
from steepest.records.history import History
from steepest.records.record import Best


@pytest.fixture(scope="session")
def recorded():
    """``recorded(w, f=None, outcome=..., ...)``: the record of a run whose history is ``w`` (rows, n)."""
    run = steepest.minimize(steepest.gallery.sphere(), learning_rate=0.1, max_iter=1, grad_tol=None)

    def make(w, f=None, **changes):
        w = np.array(w, dtype=float)
        if f is None:
            with np.errstate(all="ignore"):
                f = (w * w).sum(axis=1)
        f = np.array(f, dtype=float)
        fine = np.flatnonzero(np.isfinite(f) & np.isfinite(w).all(axis=1))
        last, best = (int(fine[-1]), int(fine[f[fine].argmin()])) if fine.size else (0, 0)
        changes.setdefault("history", History(iteration=np.arange(len(w)), w=w, f=f))
        return replace(
            run.record, w0=w[0], w=w[last], f=float(f[last]), best=Best(w[best], float(f[best]), best), nit=len(w) - 1,
            **changes,
        )  # fmt: skip

    return make
