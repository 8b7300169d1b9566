"""One number for each run of a sweep, which of them failed and how, and what stands for several runs together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..base.text import count, listing, number
from ..records.outcome import Outcome
from .rows import LONGEST_NAME, Array, Mask, record_of
from .sweep_axes import Axis

__all__ = ["Values", "first_run", "folded", "folded_note", "has_ended", "median_of", "sweep_title", "values_of"]

NOT_RUN = "NOT_RUN"
EFFORTS = ("nit", "nfev", "njev", "seconds")
"""Columns that count what a run took: the lowest is the best of those that reached their goal only."""
UNITS = {"seconds": "seconds", "nfev": "evaluations of f", "njev": "evaluations of the gradient"}


@dataclass(frozen=True, eq=False)
class Values:
    """``shown`` (runs,): the numbers, NaN where there is none, inf where the run failed; ``rank`` (runs,): the lower
    the better, inf where the run cannot be the best; ``failure`` (runs,): the name of the failure, or ""."""

    shown: Array
    rank: Array
    failure: NDArray[np.str_]
    label: str
    most: float = math.inf
    """Beyond it no colours are needed: of f, where the runs began. A run above it is on its way up."""


def first_run(sweep: Any, outcomes: NDArray[Any]) -> Any:
    """A run that came to an end, to say what was minimised and how."""
    ended = np.flatnonzero(has_ended(outcomes))
    if not ended.size:
        raise ArgumentError("no run of the sweep has ended, so there is nothing to draw")
    return sweep[int(ended[0])]


def has_ended(outcomes: NDArray[Any]) -> Mask:
    """Which runs there are: not those an interrupted sweep did not come to, nor those that raised."""
    return np.array([name in Outcome.__members__ for name in outcomes])


def failures(outcomes: NDArray[Any]) -> NDArray[np.str_]:
    """The names of failed outcomes, "" for the others; a name that is no Outcome (ERROR of a crash) is a failure."""
    fine = {one.name for one in Outcome if not one.failed} | {NOT_RUN}
    return np.array(["" if str(name) in fine else str(name) for name in outcomes])


def values_of(columns: Mapping[str, NDArray[Any]], value: str, first: Any, optimum: Any = "auto") -> Values:
    """The column ``value`` of a sweep, with ``optimum`` subtracted from f where there is one; ``first`` is a run of
    it."""
    record = record_of(first, "sweep")
    numeric = [name for name, c in columns.items() if c.ndim == 1 and np.issubdtype(c.dtype, np.number)]
    if value not in numeric:
        raise ArgumentError(f"value must be a column of numbers, {listing(numeric)}; got {value!r}")
    shown = np.asarray(columns[value], dtype=float)
    failure = failures(columns["outcome"])
    lost = failure != ""
    label = {"nit": f"{record.unit}s", "f": "f", "best_f": "lowest f", "grad_norm": "largest gradient component"}.get(
        value, UNITS.get(value, value.replace("_", " "))
    )
    sign = record.sign if value in ("f", "best_f") else 1.0
    if value == "best_f" and sign < 0:
        label = "highest f"
    most = first.f_start if value == "f" and sign > 0 and np.isfinite(first.f_start) else math.inf
    if value in ("f", "best_f"):
        floor = optimum_of(optimum, shown[~lost], first.problem, sign)
        if floor is not None:
            shown, label, sign = (
                sign * (shown - floor),
                f"{label} {'above' if sign > 0 else 'below'} {number(floor)}",
                1.0,
            )
            most -= floor
    shown = np.where(np.isfinite(shown) & (columns["outcome"] != NOT_RUN), shown, np.nan)
    rank = np.where(np.isnan(shown), np.inf, sign * shown)
    if value in EFFORTS:
        reached = np.isin(columns["outcome"], [one.name for one in Outcome if one.success])
        rank = np.where(reached, rank, np.inf)
    return Values(np.where(lost, np.inf, shown), np.where(lost, np.inf, rank), failure, label, most)


def optimum_of(optimum: Any, shown: Array, problem: Any, sign: float) -> float | None:
    """What is subtracted from f: the number given; by "auto" the known minimum where it is not 0 and no run is below
    it."""
    if optimum is None:
        return None
    if optimum != "auto":
        if isinstance(optimum, (str, bool)) or not np.isfinite(optimum):
            raise ArgumentError(f"optimum must be a finite number, 'auto' or None; got {optimum!r}")
        return float(optimum)
    known = getattr(problem, "minimum", None)
    if known is None or sign < 0 or known.f == 0:
        return None
    fine = shown[np.isfinite(shown)]
    return float(known.f) if fine.size and (fine >= known.f).all() else None


def median_of(values: Array) -> float:
    """The median, NaN left out; inf (a failure) counts as the worst, and where half or more are inf so is the
    median."""
    fine = values[~np.isnan(values)]
    if not fine.size:
        return float("nan")
    middle = np.sort(fine)[(fine.size - 1) // 2 : fine.size // 2 + 1]
    return float(middle.mean()) if np.isfinite(middle).all() else float("inf")


OVER = ("best", "median", "worst")


def folded(
    values: Values, keep: Sequence[Axis], axes: Mapping[str, Axis], chosen: Mask, over: str = "best"
) -> dict[tuple[int, ...], dict[str, Any]]:
    """What stands for the ``chosen`` runs that have the same values on the axes of ``keep``.

    Over repeats (seeds, starts) it is the median; of what is left the best hyper-parameters, or by ``over`` their
    median or worst. A dict by codes of ``keep``: value (inf where half or more failed), rank, failure (the most
    frequent one where value is inf), runs, failed (how many), members (the runs behind value).
    """
    if over not in OVER:
        raise ArgumentError(f"over must be 'best', 'median' or 'worst'; got {over!r}")
    rest = [a for a in axes.values() if a not in keep and not a.repeats]
    codes = np.stack([*(a.codes for a in (*keep, *rest)), np.zeros(len(chosen), dtype=np.int64)], axis=1)[:, :-1]
    rows = np.flatnonzero(chosen)
    groups: dict[tuple[int, ...], list[dict[str, Any]]] = {}
    for members in grouped(codes, rows):
        one = {
            "value": median_of(values.shown[members]), "rank": median_of(values.rank[members]), "members": members,
        }  # fmt: skip
        groups.setdefault(tuple(codes[members[0], : len(keep)].tolist()), []).append(one)
    found = {}
    for key, ones in groups.items():
        order = sorted(ones, key=lambda one: (one["rank"], one["value"] if one["value"] == one["value"] else np.inf))
        picked = {"best": order[0], "worst": order[-1], "median": order[(len(order) - 1) // 2]}[over]
        every = np.concatenate([one["members"] for one in ones])
        lost = values.failure[every if over != "best" else picked["members"]]
        lost = lost[lost != ""]
        most = max(sorted(set(lost.tolist())), key=lost.tolist().count) if lost.size else ""
        found[key] = {
            **picked, "failure": most if np.isinf(picked["value"]) else "", "runs": len(every),
            "failed": int((values.failure[every] != "").sum()),
        }  # fmt: skip
    return found


def grouped(codes: NDArray[np.int64], rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """``rows`` in groups of equal ``codes``."""
    if not codes.shape[1]:
        return [rows]
    order = np.lexsort(codes[rows].T[::-1])
    at = codes[rows][order]
    breaks = np.flatnonzero((at[1:] != at[:-1]).any(axis=1)) + 1
    return np.split(rows[order], breaks)


def sweep_title(first: Any, axes: Mapping[str, Axis], runs: int) -> str:
    """``momentum on rosenbrock: 10,000 runs``."""
    record = record_of(first, "sweep")
    name = str(record.setup["problem_name"])
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."
    methods = len(axes["method"]) if "method" in axes else 1
    who = record.setup["method"]["name"] if methods == 1 else f"{methods} methods"
    return f"{who} on {name}: {count(runs, 'run')}"


def folded_note(keep: Sequence[Axis], axes: Mapping[str, Axis], at: Mapping[str, Any] | None, over: str) -> str:
    """What was done with the axes that are not drawn: ``best of 3 values of momentum, median of 5 seeds``."""
    fixed = dict(at or {})
    parts = [f"{axes[name].label} {axes[name].texts[axes[name].code_of(v)]}" for name, v in fixed.items()]
    rest = [a for a in axes.values() if a not in keep and a.name not in fixed and len(a) > 1]
    parts += [f"{over} of {len(a)} values of {a.label}" for a in rest if not a.repeats]
    parts += [f"median of {len(a)} {'starts' if a.name == 'w0' else a.name + 's'}" for a in rest if a.repeats]
    return ", ".join(parts)
