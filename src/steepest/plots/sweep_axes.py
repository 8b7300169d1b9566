"""The axes of a sweep as a picture needs them: their values, which of them each run has, how they are spaced."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing, number, vector
from .rows import Array, Mask

__all__ = [
    "REPEATS",
    "Axis",
    "axes_of",
    "chosen_values",
    "edges_of",
    "read_sweep",
    "runs_at",
    "scale_of",
    "two_of",
    "unstepped",
    "value_text",
]

Codes = NDArray[np.int64]

REPEATS = ("seed", "w0")
"""Axes along which a run is repeated rather than set up otherwise: pictures take the median over them."""
UNEVEN = 0.6
"""Standard deviation over mean of the gaps between values above which neither scale spaces them well."""
FEW = 12
"""Values that can each have their own label on an axis."""


@dataclass(frozen=True, eq=False)
class Axis:
    """``values``: the different ones, numbers ascending, others as they first come; ``codes`` (runs,): which of them
    each run has; ``at`` (values,): where they stand on the axis; ``scale``: "linear", "log" or "steps" (equal steps,
    each value named)."""

    name: str
    values: list[Any]
    codes: Codes
    at: Array
    scale: str
    numeric: bool

    @property
    def texts(self) -> list[str]:
        return [value_text(self.name, value) for value in self.values]

    @property
    def label(self) -> str:
        return self.name.replace("_", " ")

    @property
    def repeats(self) -> bool:
        return self.name in REPEATS

    def __len__(self) -> int:
        return len(self.values)

    def code_of(self, value: Any) -> int:
        """Which of the values ``value`` is, numbers to rounding."""
        if self.numeric and isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            near = [
                k for k, known in enumerate(self.values) if math.isclose(known, value, rel_tol=1e-9, abs_tol=1e-300)
            ]
        else:
            near = [k for k, text in enumerate(self.texts) if text == value_text(self.name, value)]
        if not near:
            shown = self.texts if len(self) <= FEW else [*self.texts[:3], "...", self.texts[-1]]
            raise ArgumentError(f"at: {self.name} {value!r} is not in the sweep; it has {', '.join(shown)}")
        return near[0]


def value_text(name: str, value: Any) -> str:
    """One value as it is written on an axis: ``0.05``, ``full batch``, ``adam``."""
    if value is None:
        return "full batch" if name == "batch_size" else "auto" if name == "learning_rate" else "None"
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, float, np.number)):
        return number(float(value))
    if isinstance(value, np.ndarray):
        return vector(np.ravel(value), 3, most=3)
    if isinstance(value, type):
        return value.__name__
    return str(value)


def read_sweep(sweep: Any) -> dict[str, NDArray[Any]]:
    """``sweep.columns()``; one sentence where there is nothing to draw."""
    if not (hasattr(sweep, "columns") and hasattr(sweep, "axes")):
        raise ArgumentTypeError(f"sweep must be what steepest.sweep returns; got {type(sweep).__name__}")
    if not len(sweep):
        raise ArgumentError("the sweep has no runs, so there is nothing to draw")
    return {name: np.asarray(column) for name, column in sweep.columns().items()}


def axes_of(sweep: Any, columns: Mapping[str, NDArray[Any]]) -> dict[str, Axis]:
    """The axes of a sweep by name, in its order."""
    return {name: axis_of(name, columns[name]) for name in sweep.axes}


def axis_of(name: str, column: NDArray[Any]) -> Axis:
    """One axis from the value that each run has, (runs,), or (runs, n) for starts."""
    if column.ndim == 1 and is_numeric(column):
        different, codes = np.unique(column.astype(float), return_inverse=True)
        whole = all(isinstance(v, (int, np.integer)) for v in column.tolist())
        scale = scale_of(different)
        at = np.arange(len(different), dtype=float) if scale == "steps" else different
        return Axis(name, [int(v) if whole else float(v) for v in different], codes.astype(np.int64), at, scale, True)
    values: list[Any] = []
    known: dict[str, int] = {}
    codes = np.empty(len(column), dtype=np.int64)
    for k, value in enumerate(column):
        key = f"{type(value).__name__} {value.tolist() if isinstance(value, np.ndarray) else value!r}"
        if key not in known:
            known[key] = len(values)
            values.append(value)
        codes[k] = known[key]
    return Axis(name, values, codes, np.arange(len(values), dtype=float), "steps", False)


def is_numeric(column: NDArray[Any]) -> bool:
    if column.dtype != object:
        return bool(np.issubdtype(column.dtype, np.number))
    return all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) and v == v for v in column)


def scale_of(values: Array) -> str:
    """How ``values``, ascending, are spaced: "log" where ratios are more even than differences, else "linear"; a few
    values that are even in neither way stand in equal "steps"."""
    if len(values) < 2:
        return "linear"
    positive = bool(values[0] > 0) and bool(values[-1] >= 2 * values[0])
    if len(values) == 2:
        return "log" if positive and bool(values[-1] >= 4 * values[0]) else "linear"
    uneven = {"linear": unevenness(values)} | ({"log": unevenness(np.log(values))} if positive else {})
    best = min(uneven, key=lambda name: uneven[name])
    return "steps" if uneven[best] > UNEVEN and len(values) <= FEW else best


def unstepped(axis: Axis) -> Axis:
    """The axis of numbers as it is where values between its own have a place too."""
    if not axis.numeric or axis.scale != "steps":
        return axis
    at = np.asarray(axis.values, dtype=float)
    log = bool(at[0] > 0) and unevenness(np.log(at)) < unevenness(at)
    return replace(axis, scale="log" if log else "linear", at=at)


def unevenness(values: Array) -> float:
    gaps = np.diff(values)
    return float(gaps.std() / gaps.mean())


def edges_of(axis: Axis) -> Array:
    """The edges of the cells around ``axis.at``, (values + 1,): half-way between neighbours, on a log axis at their
    geometric mean; the outer ones as far out as the next ones are in."""
    at = np.log(axis.at) if axis.scale == "log" else axis.at
    if len(at) == 1:
        half = 0.5 if axis.scale == "steps" or at[0] == 0 else 0.25 * abs(at[0])
        edges = np.array([at[0] - half, at[0] + half])
    else:
        inner = (at[1:] + at[:-1]) / 2
        edges = np.concatenate(([1.5 * at[0] - 0.5 * at[1]], inner, [1.5 * at[-1] - 0.5 * at[-2]]))
    return np.asarray(np.exp(edges) if axis.scale == "log" else edges)


def two_of(axes: Mapping[str, Axis], x: str | None, y: str | None, fixed: Sequence[str]) -> tuple[Axis, Axis]:
    """The two axes of a picture: those asked for, else the first two numeric ones with more than one value, repeats
    and ``fixed`` ones passed over."""
    for name, given in (("x", x), ("y", y)):
        if given is not None and given not in axes:
            raise ArgumentError(f"{name} must be an axis of the sweep, {listing(axes)}; got {given!r}")
    if x is not None and x == y:
        raise ArgumentError(f"x and y must be two axes; got {x!r} for both")
    free = [axis for name, axis in axes.items() if name not in (x, y) and name not in fixed]
    free.sort(key=lambda axis: (len(axis) < 2, axis.repeats, not axis.numeric))  # stable: else the sweep's own order
    if len(free) < (x is None) + (y is None):
        raise ArgumentError(
            f"this picture needs two axes, and the sweep leaves {len(free) + (x is not None) + (y is not None)}: "
            f"{', '.join(axes) or 'none'}; use plot_curves() for one"
        )
    first = axes[x] if x is not None else free.pop(0)
    second = axes[y] if y is not None else free.pop(0)
    return first, second


def runs_at(axes: Mapping[str, Axis], at: Mapping[str, Any] | None, columns: Mapping[str, NDArray[Any]]) -> Mask:
    """Which runs have the values ``at`` asks for, such as ``{"seed": 3}``, and were not left out by an interrupt;
    refuses a value that no run has."""
    chosen = np.asarray(columns["outcome"] != "NOT_RUN")
    if at is None:
        return chosen
    if not isinstance(at, Mapping):
        raise ArgumentTypeError(f"at must be a dict of axes and their values, such as {{'seed': 0}}; got {at!r}")
    for name, value in at.items():
        if name not in axes:
            raise ArgumentError(f"at: {name!r} is no axis of the sweep; it has {', '.join(axes)}")
        chosen &= axes[name].codes == axes[name].code_of(value)
    if not chosen.any():
        raise ArgumentError(f"at={dict(at)!r} leaves no run; the sweep holds no such combination")
    return chosen


def chosen_values(ranks: Mapping[int, float], most: int) -> tuple[list[int], list[int]]:
    """Which codes are drawn, ascending, and which are left out: evenly spaced ones, the nearest of them moved to the
    one of the lowest rank."""
    codes = sorted(ranks)
    if len(codes) <= most:
        return codes, []
    best = codes.index(min(codes, key=lambda code: ranks[code]))
    places = np.unique(np.linspace(0, len(codes) - 1, most).round().astype(int)) if most > 1 else np.array([best])
    if best not in places:
        places[int(np.abs(places - best).argmin())] = best
    kept = {codes[k] for k in places}
    return sorted(kept), [code for code in codes if code not in kept]
