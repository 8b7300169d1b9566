"""Reading a record for a picture: its rows, which of them can be shown together, and how many need be drawn."""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import count, number
from ..records.outcome import Outcome
from ..records.record import Record

__all__ = ["Array", "checked_options", "checked_title", "record_of", "weights_of"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
LONGEST_NAME = 60
"""Of a problem in a title; formulas may be longer."""
CELLS = 1500
"""A path is drawn to this fraction of the picture's width: finer than any print shows."""


def checked_title(title: Any, name: str = "title") -> None:
    """Refuses what is no text."""
    if title is not None and not isinstance(title, str):
        raise ArgumentTypeError(f"{name} must be a text or None; got {title!r}")


def checked_options(verb: str, view: Callable[..., Any], given: dict[str, Any]) -> None:
    """Refuses an option that ``view``, the function behind ``verb``, does not have."""
    known = [name for name, one in signature(view).parameters.items() if one.kind is Parameter.KEYWORD_ONLY]
    for name in given:
        if name not in known:
            raise ArgumentTypeError(f"{verb} has no option {name!r}; it has {', '.join(known)}")


def record_of(given: Any, name: str = "record") -> Record:
    """A Record, or the one a Run wraps."""
    found = getattr(given, "record", given)
    if not isinstance(found, Record):
        raise ArgumentTypeError(f"{name} must be a run's record (run.record); got {type(given).__name__}")
    return found


def weights_of(record: Record) -> Array:
    """``history.w``, (rows, n); one sentence where the run did not record it."""
    w = record.history.w
    if w is None:
        kept = ", ".join(record.history.columns())
        raise ArgumentError(
            f"the path needs history.w, which record={record.setup.get('record')!r} did not keep (it kept {kept}); "
            "run again with record='auto'"
        )
    if len(w) == 0:
        raise ArgumentError("the path has no rows: the run recorded nothing")
    return np.asarray(w, dtype=float)


def finite_rows(w: Array) -> Mask:
    """Which rows hold numbers only, (rows,)."""
    return np.asarray(np.isfinite(w).all(axis=1))


def readable(w: Array, record: Record, box: Box | None = None) -> Mask:
    """Which rows of ``w`` (rows, n) one picture can show, True for all but those of a run that flew off.

    A run flew off if it failed, or if its rows go a hundred times farther than its first three and its best. What can
    be shown of it: the rows in ``box`` grown by half, or those within four times the reach of the first and the best.
    """
    finite = finite_rows(w)
    if not finite.any():
        return finite
    failed = record.outcome is not None and record.outcome.failed
    with np.errstate(all="ignore"):
        if failed and box is not None:
            grown = 0.5 * (box.upper - box.lower)
            inside: Mask = finite & ((w >= box.lower - grown) & (w <= box.upper + grown)).all(axis=1)
            if inside.any():
                return inside
        core = w[finite][:3]
        if record.outcome is not Outcome.UNBOUNDED and np.isfinite(record.best.w).all():
            core = np.vstack((core, np.reshape(record.best.w, (1, -1))))
        reach = (core.max(axis=0) - core.min(axis=0)).max()
        distance = np.abs(w - w[finite][0]).max(axis=1)
        if reach == 0 or not (failed or (distance[finite] > 100 * reach).any()):
            return finite
        near: Mask = finite & (distance <= 4 * reach)
        return near


def what_f_is(problem: Any) -> str:
    """``f``, and in words what it is where that is known: ``f, half the sum of squares``."""
    if getattr(problem, "loss_name", "") != "squared_error":
        name = getattr(problem, "loss_name", "")
        return f"f, {problem.reduction} of the {name.replace('_', ' ')}" if name else "f"
    return "f, half the sum of squares" if problem.reduction == "sum" else "f, half the mean of squares"


def outside_note(path: Array, window: Array) -> tuple[int, str]:
    """How many rows of ``path`` (rows, k) lie outside ``window`` (k, 2), and the sentence that says so."""
    inside = ((path >= window[:, 0]) & (path <= window[:, 1])).all(axis=1)
    outside = int((~inside).sum())
    if not outside:
        return 0, ""
    broken = int((~finite_rows(path)).sum())
    tail = f" ({broken:,} not finite)" if broken else ""
    verb = "lies" if outside == 1 else "lie"
    return outside, f"{outside:,} of {count(len(path), 'row')} {verb} outside the picture{tail}"


def thinned(path: Array, window: Array, cells: int = CELLS) -> Array:
    """``path`` (rows, 2) without what the eye cannot see at ``cells`` to the window's width: rows that stay in place,
    lines drawn before. Lines to points far outside are cut, so that they keep their direction; gaps are NaN rows."""
    if len(path) < 2:
        return path
    span = np.maximum(window[:, 1] - window[:, 0], np.finfo(float).tiny)
    with np.errstate(all="ignore"):
        at = (path - window[:, 0]) / span  # the window is the unit square
        fine = finite_rows(at)
        near: Mask = fine & (np.abs(at).max(axis=1) <= 20)
        cell = np.rint(np.where(near[:, None], at, 0.0) * cells).astype(np.int64)
    moves = np.ones(len(path), dtype=bool)
    moves[1:] = (cell[1:] != cell[:-1]).any(axis=1) | ~near[1:] | ~near[:-1]
    moves[-1] = True
    path, at, cell, fine, near = path[moves], at[moves], cell[moves], fine[moves], near[moves]
    a, b = slice(None, -1), slice(1, None)
    pairs = np.sort(np.stack((key(cell[a]), key(cell[b])), axis=1), axis=1)
    first = np.zeros(len(pairs), dtype=bool)
    chosen = np.flatnonzero(near[a] & near[b])
    first[chosen[np.unique(pairs[chosen], axis=0, return_index=True)[1]]] = True
    pieces: list[Array] = []
    gap = np.full((1, 2), np.nan)
    leaving, coming = near[a] & fine[b] & ~near[b], near[b] & fine[a] & ~near[a]
    for lines, near_end, far_end in ((leaving, a, b), (coming, b, a)):
        for here, there in zip(at[near_end][lines], at[far_end][lines], strict=True):
            way = there - here
            end = here + way * (20.0 / np.abs(way).max())
            pieces += [window[:, 0] + np.stack((here, end)) * span, gap]
    starts = np.flatnonzero(first)
    for run in np.split(starts, np.flatnonzero(np.diff(starts) > 1) + 1):
        if run.size:
            pieces += [path[run[0] : run[-1] + 2], gap]
    return np.concatenate(pieces[:-1]) if pieces else path[near][:1]


def key(cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for each cell of the grid."""
    return np.asarray((cell[:, 0] + 2**30) * 2**31 + cell[:, 1] + 2**30)


def note_of(*lines: tuple[str, ...]) -> str:
    """The lines of a note, the parts of each told apart by semicolons, empty ones left out."""
    return "\n".join(filter(None, ("; ".join(filter(None, parts)) for parts in lines)))


def climbing_note(record: Record) -> str:
    return "maximize: f climbs" if record.sign < 0 else ""


def method_note(record: Record) -> str:
    """``learning_rate 0.05, momentum 0.9``: the numbers that made the path."""
    fields = {k: v for k, v in record.setup["method"].items() if k != "name"}
    parts = [
        f"{name} {number(value)}" for name, value in fields.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]  # fmt: skip
    batch = record.setup["batch_size"]
    return ", ".join(parts + ([] if batch is None else [f"batch_size {batch}"]))


def run_title(record: Record) -> str:
    """``momentum on rosenbrock, 4,613 iterations``."""
    setup = record.setup
    name = setup["problem_name"]
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."
    return f"{setup['method']['name']} on {name}, {count(record.nit, record.unit)}"


def end_note(record: Record) -> str:
    """``CONVERGED at f = 1.563e-12``."""
    name = "running" if record.outcome is None else record.outcome.name
    if record.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE, Outcome.UNBOUNDED):
        return f"{name}, best f = {number(record.best.f)} at {record.unit} {record.best.iteration:,}"
    return f"{name} at f = {number(record.f)}"
