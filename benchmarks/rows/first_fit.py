"""A second process's first stochastic fit: its kernels come from the cache, so it costs what starting Numba costs."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..harness import EXCESS, Row, paired, process

FIT = """
import time
import numpy as np
rng = np.random.default_rng(0)
X = rng.standard_normal((288, 65))
y = X @ rng.standard_normal(65)
began = time.perf_counter()
import steepest
model = steepest.LinearModel(X, y, reduction="sum", fit_intercept=False)
steepest.minimize(model, batch_size=1, learning_rate=1e-6, max_iter=100)
print(time.perf_counter() - began)
"""
TRIVIAL = """
import time
import numpy as np
began = time.perf_counter()
import numba
@numba.njit(cache=True)
def half(x):
    return 0.5 * x
half(1.0)
print(time.perf_counter() - began)
"""


def files(folder: Path) -> list[tuple[Path, int]]:
    """What the cache holds: a kernel compiled anew would add to it or rewrite it."""
    return sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file())


def rows(quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fit, trivial = folder / "fit.py", folder / "trivial.py"
        fit.write_text(FIT, encoding="utf-8")
        trivial.write_text(TRIVIAL, encoding="utf-8")
        cache = folder / "cache"
        ours = process([sys.executable, str(fit)], reports=True, environment={"STEEPEST_CACHE_DIR": str(cache)})
        peer = process([sys.executable, str(trivial)], reports=True)
        ours()
        warm = files(cache)
        pairs = paired(ours, peer, 2 if quick else 21)
        if not warm or files(cache) != warm:
            raise RuntimeError("a later process compiled a kernel again")
    yield Row(
        "first stochastic fit of a process, kernels cached, imports included", "first cached Numba call", pairs, EXCESS,
        0.2, note="timed inside fresh processes, from before the first import of steepest or numba; NumPy is there",
    )  # fmt: skip
