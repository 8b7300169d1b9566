"""A sweep to a file and back, and a checkpoint taken up again."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.files import as_path, refuse_unwritable
from ..problems.linear_model import fingerprint
from ..records.storage import dumps
from ..records.sweep_storage import load_sweep, save_sweep
from .axes import Axis, Cells
from .sweep_results import NUMBERS, Results

if TYPE_CHECKING:
    from .sweep_object import Sweep

__all__ = ["loaded", "saved", "taken_over"]

COLUMNS = ("code", "nit", "engine", *NUMBERS)


def saved(sweep: "Sweep", path: Any) -> Path:
    """See ``Sweep.save``."""
    results = sweep.results
    runs = [i for i in range(len(results)) if results.has_run(i)]
    records = {i: results.run(i).record for i in runs}
    problem = sweep.about["problem"]
    meta = {
        "about": {name: value for name, value in sweep.about.items() if name not in ("problem", "identity")},
        "problem": problem() if callable(problem) else problem, "identity": identity_of(sweep),
        "cells": {"how": sweep.cells.how, "count": len(sweep), "axes": [spelled(axis) for axis in sweep.cells.axes]},
        "errors": {str(i): error for i, error in results.errors.items()}, "interrupted": sweep.interrupted,
    }  # fmt: skip
    columns = {name: getattr(results, name) for name in (*COLUMNS, "chaotic")}
    return save_sweep(path, meta, {name: column for name, column in columns.items() if column is not None}, records)


def spelled(axis: Axis) -> dict[str, Any]:
    """An axis as JSON holds it: starts as numbers, all else as a table shows it."""
    if axis.name != "w0":
        return {"name": axis.name, "values": axis.shown}
    return {"name": "w0", "values": [np.ravel(np.asarray(start, dtype=float)).tolist() for start in axis.flat]}


def identity_of(sweep: "Sweep") -> Any:
    """What a sweep must share with a checkpoint to go on from it."""
    identity = sweep.about["identity"]
    found = identity() if callable(identity) else identity
    return json.loads(dumps(found))


def loaded(path: Any) -> "Sweep":
    """The sweep saved at ``path``; its runs hold the problem where the recipe does."""
    from .loading import known_problem
    from .sweep_object import Sweep

    meta, columns, records = load_sweep(path, fingerprint)
    axes = tuple(revived(**axis) for axis in meta["cells"]["axes"])
    cells = Cells(axes, meta["cells"]["how"], meta["cells"]["count"])
    first = next(iter(records.values()), None)
    problem = None if first is None else known_problem(first.recipe)
    results = Results(cells.count)
    for name, column in columns.items():
        setattr(results, name, column)
    results.errors = {int(i): error for i, error in meta["errors"].items()}
    results.put_records(records, problem)
    about = {**meta["about"], "problem": meta["problem"], "identity": meta["identity"]}
    sweep = Sweep(cells, results, about)
    sweep.interrupted = meta["interrupted"]
    return sweep


def revived(name: str, values: list[Any]) -> Axis:
    return Axis(name, [np.asarray(start) for start in values] if name == "w0" else values)


def taken_over(sweep: "Sweep", path: Any) -> None:
    """See ``Sweep.take_over``."""
    target = as_path(path)
    if target.suffix != ".npz":
        raise ArgumentError(f"checkpoint must end in .npz; got {str(path)!r}")
    refuse_unwritable(path, "checkpoint")
    if not target.exists():
        return
    before = loaded(target)
    ours, theirs = identity_of(sweep), identity_of(before)
    for name in ours:
        if ours[name] != theirs.get(name):
            raise ArgumentError(
                f"checkpoint {str(path)!r} holds another sweep: its {name} differ{'' if name[-1] == 's' else 's'}; "
                f"name another file, or delete it"
            )
    for name in (*COLUMNS, "chaotic"):
        setattr(sweep.results, name, getattr(before.results, name))
    sweep.results.errors = before.results.errors
    records = {i: before.results.run(i).record for i in range(len(before)) if before.results.has_run(i)}
    sweep.results.put_records(records, sweep.problem_made)
