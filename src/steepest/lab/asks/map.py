"""``map``: a run for each pair of two hyper-parameters, in one sweep, and theory's boundary over them."""

import reprlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...analysis.curvature import largest_curvature
from ...base.errors import ArgumentError
from ...engines.jax.objectives import why_not_traceable
from ...problems.tracing import door
from ...verbs.sweeping import sweep
from ..heeding import heeding
from ..reading import Setting, hyper_parameter, run_of, whole
from ..work import Job
from .paths import limit_of

__all__ = ["ask"]

slow = True
MOST_CELLS = 10_000
MOST_NUMBERS = 2_000_000
"""Of the weights of all runs."""
BOUNDARY = 60


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run": {"method", "fields"}, "x": {"name", "low", "high", "count", "log"},
    "y": the same}``."""
    setting = Setting(arguments)
    method, fields = run_of(arguments.get("run"))
    x, y = axis_of(arguments.get("x"), "x"), axis_of(arguments.get("y"), "y")
    runs, n = len(x[1]) * len(y[1]), setting.problem.n
    if runs > MOST_CELLS:
        raise ArgumentError(f"count gives {runs:,} runs; a map has {MOST_CELLS:,} at most")
    if runs * n > MOST_NUMBERS:
        raise ArgumentError(
            f"count gives {runs:,} runs of {n:,} variables each, more than a map holds; "
            f"ask for {MOST_NUMBERS // n:,} runs at most"
        )
    others = {name: value for name, value in fields.items() if name not in (x[0], y[0])}
    compiled = door.available() and why_not_traceable(setting.problem) is None
    with heeding(job, f"{runs:,} runs"):
        found = sweep(
            setting.problem, setting.start, method, max_iter=setting.iterations, progress=False, record="none",
            engine="jax" if compiled else "auto",
            **{x[0]: x[1].tolist(), y[0]: y[1].tolist()}, **others,
        )  # fmt: skip
    columns = found.columns()
    order = np.lexsort((columns[x[0]], columns[y[0]]))
    failed = np.isin(columns["outcome"].astype(str), ("DIVERGED", "NOT_FINITE", "UNBOUNDED"))
    f, nit = columns["f"][order], columns["nit"][order].astype(float)
    floor = floor_of(setting, f[~failed[order]])
    return {
        "x": {"name": x[0], "values": x[1].tolist()}, "y": {"name": y[0], "values": y[1].tolist()},
        "f": f - floor, "floor": floor, "iterations": nit,
        "failures": np.where(failed, columns["outcome"].astype(str), "")[order].tolist(),
        "converged": np.isin(columns["outcome"].astype(str), ("CONVERGED", "F_TARGET"))[order].tolist(),
        "boundary": boundary_of(setting, method, others, x[0], y),
    }  # fmt: skip


def axis_of(given: Any, which: str) -> tuple[str, NDArray[np.float64]]:
    """The name of a hyper-parameter, and its values."""
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise ArgumentError(f'{which} must be {{"name", "low", "high", "count", "log"}}')
    count = whole(given.get("count", 40), "count", 2, 400)
    low, high = (finite(given.get(end)) for end in ("low", "high"))
    if not low < high or (given.get("log") and low <= 0):
        ends = f"{reprlib.repr(given.get('low'))} to {reprlib.repr(given.get('high'))}"
        raise ArgumentError(f"{which} must run from a low to a higher number; got {ends}")
    name = hyper_parameter(given["name"])
    return name, np.geomspace(low, high, count) if given.get("log") else np.linspace(low, high, count)


def finite(value: Any) -> float:
    """A number; NaN for anything else."""
    sound = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
    return float(value) if sound else float("nan")


def floor_of(setting: Setting, f: NDArray[np.float64]) -> float:
    """What f is counted from: the known minimum, else so little below the lowest end that all are above it."""
    if setting.problem.minimum is not None:
        return float(setting.problem.minimum.f)
    low = float(f.min(initial=np.inf, where=np.isfinite(f)))
    start = float(setting.problem.value(setting.start))
    if not np.isfinite(low):
        return 0.0
    return low - 1e-12 * max(start - low if np.isfinite(start) else 0.0, abs(low), 1e-300)


def boundary_of(setting: Setting, method: str, others: dict[str, Any], name: str, y: Any) -> dict[str, Any] | None:
    """The largest stable learning rate at the start for values of the other hyper-parameter."""
    from ...verbs.subject import ruled

    if name != "learning_rate":
        return None
    curvature = largest_curvature(setting.problem, setting.start).value
    at = np.linspace(y[1][0], y[1][-1], BOUNDARY)
    given = {**others, "learning_rate": 1.0}
    limits = [limit_of(ruled(method, {**given, y[0]: float(v)}, setting.problem), curvature) for v in at]
    if any(limit is None for limit in limits):
        return None
    return {"x": limits, "y": at.tolist(), "label": "stability limit at the start"}
