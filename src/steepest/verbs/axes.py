"""The axes of a sweep: which arguments were given as several values, and which of them each run gets."""

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing, number, vector
from ..methods.rule import label
from . import arguments as check

__all__ = ["Axis", "Cells", "LogUniform", "Uniform", "arranged", "is_number", "refuse_clashes", "starts_of"]

HOW = ("grid", "zip", "random")
WHOLE = ("method", "batch_size", "seed", "sampling", "w0")
"""Arguments of ``minimize`` that may be axes, besides hyper-parameters."""
SEVERAL = ("args", "bounds", "record")
"""Arguments whose one value may be a list."""


@dataclass(frozen=True)
class Uniform:
    """Numbers drawn evenly between ``low`` and ``high``, for ``how="random"``."""

    low: float
    high: float

    def __post_init__(self) -> None:
        bounded(self)

    def draw(self, rng: np.random.Generator, k: int) -> list[float]:
        return [float(v) for v in rng.uniform(self.low, self.high, k)]


@dataclass(frozen=True)
class LogUniform:
    """Numbers whose logarithm is drawn evenly between those of ``low`` and ``high``, for ``how="random"``."""

    low: float
    high: float

    def __post_init__(self) -> None:
        bounded(self, positive=True)

    def draw(self, rng: np.random.Generator, k: int) -> list[float]:
        drawn = np.exp(rng.uniform(math.log(self.low), math.log(self.high), k))
        return [float(v) for v in np.clip(drawn, self.low, self.high)]  # exp(log(x)) may round beyond x


def bounded(distribution: "Uniform | LogUniform", positive: bool = False) -> None:
    name = type(distribution).__name__
    low = check.real(distribution.low, f"low of {name}", 0.0 if positive else -math.inf, open_low=positive)
    high = check.real(distribution.high, f"high of {name}")
    if not low < high:
        raise ArgumentError(f"{name}({number(low)}, {number(high)}): low must be below high")


@dataclass(frozen=True, eq=False)
class Axis:
    """One argument and its values: as they are given to ``minimize``, and as a table shows them."""

    name: str
    values: list[Any]

    @cached_property
    def shown(self) -> list[Any]:
        """Numbers and words as they are; a method by its name, a start by its number, a schedule as it is written."""
        if self.name == "w0":
            return list(range(len(self.values)))
        if self.name == "method":
            return told_apart([value if isinstance(value, str) else label(value) for value in self.values])
        return [plain(value) for value in self.values]

    @cached_property
    def flat(self) -> list[NDArray[np.float64]]:
        """The starts of the axis w0 as vectors."""
        return [np.ravel(np.asarray(check.as_shape(value)[0], dtype=float)) for value in self.values]

    @cached_property
    def numeric(self) -> bool:
        """Whether all of its values are numbers that can be told by size."""
        return self.name != "w0" and all(is_number(value) for value in self.values)

    def find(self, wanted: Any) -> list[int]:
        """Where on the axis a value is, to rounding; a start by its number or its components."""
        if self.name == "w0" and not is_number(wanted):
            flat = np.ravel(np.asarray(check.as_shape(wanted)[0], dtype=float))
            return [k for k, w0 in enumerate(self.flat) if w0.shape == flat.shape and np.allclose(w0, flat, 1e-9, 0)]
        if is_number(wanted):
            return [
                k for k, value in enumerate(self.shown)
                if is_number(value) and math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-300)
            ]  # fmt: skip
        text = plain(wanted)
        named = [label(wanted)] if hasattr(wanted, "_fields") and self.name == "method" else []
        return [k for k, value in enumerate(self.shown) if value in (text, *named) and not is_number(value)]

    def described(self) -> str:
        """``learning_rate 0.001 to 1 (20 values)``, ``method adam, momentum``."""
        if self.numeric and len(self.values) > 4:
            low, high = min(self.shown), max(self.shown)
            return f"{self.name} {number(low)} to {number(high)} ({len(self.values):,} values)"
        if self.name == "w0" and len(self.values) <= 2:
            return f"w0 {listing((vector(start, 6) for start in self.flat), 'and')}"
        if len(self.values) > 4:
            return f"{self.name} ({len(self.values):,} values)"
        return f"{self.name} {', '.join(shown_text(value) for value in self.shown)}"


def shown_text(value: Any) -> str:
    return number(value) if is_number(value) else "none" if value is None else str(value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def plain(value: Any) -> Any:
    """A value as a table, a file and a search know it."""
    if isinstance(value, np.generic):
        value = value.item()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def told_apart(names: list[str]) -> list[str]:
    """Names of which none is there twice: ``momentum``, ``momentum (2)``."""
    found, seen = [], dict[str, int]()
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


# -- what is an axis -------------------------------------------------------------------------------------------------


def several(name: str, value: Any) -> list[Any] | None:
    """The values of an argument that was given as several; None for a single value (a NamedTuple, such as a rule or a
    schedule, is one)."""
    if name in SEVERAL or isinstance(value, (str, bytes)) or hasattr(value, "_fields"):
        return None
    if isinstance(value, (list, tuple, range)):
        return list(value)
    if getattr(value, "ndim", None) == 1 and hasattr(value, "tolist"):
        return list(value.tolist())
    if getattr(value, "ndim", 0) > 1:
        raise ArgumentError(f"{name} must be one value or a list of them; its shape is {np.shape(value)}; use ravel()")
    if isinstance(value, (set, frozenset, dict)) or hasattr(value, "__next__"):
        raise ArgumentTypeError(f"{name} must be one value or a list of them; got {value!r}; use list(...)")
    return None


def starts_of(w0: Any, shape: tuple[int, ...] | None) -> list[Any] | None:
    """The starts of ``w0``, where it is a list of them or an array of more dimensions than one start has (``shape``:
    that of the problem's own arrays, where it has one); None for a single start."""
    if w0 is None or isinstance(w0, (dict, str)) or hasattr(w0, "_fields"):
        return None
    if isinstance(w0, (list, tuple)):
        if len(w0) == 0 or not any(np.ndim(item) or isinstance(item, (dict, list, tuple)) for item in w0):
            return None
        return None if np.ndim(w0[0]) and shape is not None and np.shape(w0) == shape else list(w0)
    if np.ndim(w0) <= 1 or (shape is not None and np.shape(w0) == shape):
        return None
    return list(np.asarray(w0))


@dataclass(frozen=True, eq=False)
class Cells:
    """Which value of each axis each run gets. ``index`` (runs,) of each axis is worked out when first asked for: the
    number of runs is known before."""

    axes: tuple[Axis, ...]
    how: str
    count: int

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(axis.values) for axis in self.axes) if self.how == "grid" else (self.count,)

    @cached_property
    def index(self) -> dict[str, NDArray[np.intp]]:
        return self.places_of(np.arange(self.count))

    def arguments(self, i: int) -> dict[str, Any]:
        """What run ``i`` gives to ``minimize`` on top of what all share."""
        places = self.places(i)
        return {axis.name: axis.values[places[axis.name]] for axis in self.axes}

    def shown(self, i: int) -> dict[str, Any]:
        """The same as a table shows it."""
        places = self.places(i)
        return {axis.name: axis.shown[places[axis.name]] for axis in self.axes}

    def places(self, i: int) -> dict[str, int]:
        """Where run ``i`` is on each axis, without ``index``, which takes memory for all runs."""
        if self.how != "grid":
            return {axis.name: i for axis in self.axes}
        found = {}
        for axis in reversed(self.axes):
            i, found[axis.name] = divmod(i, len(axis.values))
        return found

    def places_of(self, runs: NDArray[np.intp]) -> dict[str, NDArray[np.intp]]:
        """The same of many runs (runs,)."""
        if self.how != "grid":
            return {axis.name: runs for axis in self.axes}
        found = np.unravel_index(runs, self.shape) if self.axes else ()
        return {axis.name: np.asarray(at) for axis, at in zip(self.axes, found, strict=True)}

    def columns(self) -> dict[str, NDArray[Any]]:
        """The axes as columns, a row a run."""
        found: dict[str, NDArray[Any]] = {}
        for axis in self.axes:
            kinds = {type(value) for value in axis.shown}
            alike = axis.numeric or kinds <= {bool}
            values = np.array(axis.shown, dtype=None if alike else object)
            found[axis.name] = values[self.index[axis.name]]
        return found


def arranged(
    given: Mapping[str, Any], starts: list[Any] | None, how: Any, runs: Any, draw_seed: Any, own: Iterable[str]
) -> tuple[Cells, dict[str, Any]]:
    """``(cells, shared)``: the axes among the arguments ``given`` (``own`` are those of ``minimize``) and ``starts``,
    and the arguments that all runs have."""
    if how not in HOW:
        raise ArgumentError(f"how must be {listing(map(repr, HOW))}; got {how!r}")
    own = set(own)
    lists: dict[str, Any] = {} if starts is None else {"w0": starts}
    shared: dict[str, Any] = {}
    for name, value in given.items():
        values = value if isinstance(value, (Uniform, LogUniform)) else several(name, value)
        if values is None:
            shared[name] = value
            continue
        if name in own and name not in WHOLE:
            raise ArgumentError(
                f"{name} must be one value for the whole sweep; axes are hyper-parameters, {listing(WHOLE, 'and')}"
            )
        if isinstance(values, list) and not values:
            raise ArgumentError(f"{name} is an empty list; give at least one value")
        lists[name] = values
    if how == "random":
        return drawn(lists, runs, check.whole(draw_seed, "draw_seed", 0)), shared
    if runs is not None:
        raise ArgumentError(f"runs={runs!r} is how many to draw with how='random'; leave it out with how={how!r}")
    for name, values in lists.items():
        if not isinstance(values, list):
            raise ArgumentError(f"{name}={values!r} is drawn from: write how='random' and runs=k")
    axes = tuple(Axis(name, values) for name, values in lists.items())
    if how == "zip":
        lengths = {axis.name: len(axis.values) for axis in axes}
        if len(set(lengths.values())) > 1:
            told = listing((f"{name} {size:,}" for name, size in lengths.items()), "and")
            raise ArgumentError(f"how='zip' needs lists of one length; their lengths are {told}")
        return Cells(axes, how, next(iter(lengths.values()), 1)), shared
    return Cells(axes, how, math.prod(len(axis.values) for axis in axes)), shared


def drawn(lists: dict[str, Any], runs: Any, seed: int) -> Cells:
    """``runs`` draws from each distribution (or list, evenly): each argument has its own stream, so that one more does
    not change the others, and the first runs are the same for any number of them."""
    if runs is None:
        raise ArgumentError("runs is missing: how='random' needs to know how many to draw; pass runs=k")
    k = check.whole(runs, "runs", 1)
    if not lists:
        raise ArgumentError("how='random' has nothing to draw; give learning_rate=steepest.LogUniform(1e-4, 1)")
    axes = []
    for name, values in lists.items():
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        if isinstance(values, list):
            axes.append(Axis(name, [values[at] for at in rng.integers(0, len(values), k)]))
        else:
            axes.append(Axis(name, values.draw(rng, k)))
    return Cells(tuple(axes), "random", k)


def refuse_clashes(given: Iterable[str], fields: Iterable[str]) -> None:
    """Two names of one argument; ``fields`` are those that the methods really have."""
    names, fields = list(given), set(fields)
    for name in names:
        other = check.ALIASES.get(name)
        if other in names and name not in fields:
            raise ArgumentError(f"{name} and {other} are the same argument; give {other} only")
