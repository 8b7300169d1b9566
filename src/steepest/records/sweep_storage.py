"""Saving and loading the records of a sweep: one .npz, the columns of all histories end to end, never pickle."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.files import as_path, refuse_unwritable, writing
from .history import History
from .outcome import Outcome
from .record import Best, Record
from .storage import dumps

__all__ = ["KIND", "holds", "load_sweep", "save_sweep"]

KIND, FORMAT = "steepest sweep", 1
SCALARS = (
    "reason", "trouble_at", "nit", "nfev", "njev", "seconds", "engine", "engine_reason", "why", "advice", "notes",
)  # fmt: skip


def save_sweep(path: Any, meta: dict[str, Any], columns: Mapping[str, Any], records: dict[int, Record]) -> Path:
    """Writes ``meta`` (JSON-ready), the arrays ``columns`` and the records of runs by their numbers; returns the path.
    What the records' setups share is written once."""
    target = as_path(path)
    if target.suffix != ".npz":
        raise ArgumentError(f"path must end in .npz for a sweep; got {str(path)!r}")
    refuse_unwritable(path)
    if any(record.updates is not None for record in records.values()):
        raise ArgumentError("the file of a sweep holds no single updates; sweep without record='updates' to save it")
    arrays = {f"column.{name}": np.asarray(column) for name, column in columns.items()}
    arrays |= stacked(records)
    whole = {"kind": KIND, "format": FORMAT, **meta, **told(records)}
    with writing(path) as place, place.open("wb") as file:
        np.savez(file, allow_pickle=False, sweep=np.array(dumps(whole)), **arrays)
    return target


def told(records: dict[int, Record]) -> dict[str, Any]:
    """The words of the records: the first one's setup, and of each what differs from it."""
    base = next((record.setup for record in records.values()), {})
    rows = []
    for i, record in records.items():
        own = {name: value for name, value in record.setup.items() if name not in base or value != base[name]}
        words = {name: getattr(record, name) for name in SCALARS}
        outcome = None if record.outcome is None else record.outcome.name
        rows.append({"run": i, "setup": own, "outcome": outcome, "best_iteration": record.best.iteration, **words})
    return {"setup": base, "records": rows}


def stacked(records: dict[int, Record]) -> dict[str, Any]:
    """The numbers of the records, a row a record; ``rows.NAME`` says how many rows of a history's column are its own,
    -1 where it has none."""
    kept = list(records.values())
    if not kept:
        return {}
    found: dict[str, Any] = {
        "w0": np.stack([record.w0 for record in kept]), "w": np.stack([record.w for record in kept]),
        "best_w": np.stack([record.best.w for record in kept]),
        "scalars": np.array([[record.f, record.best.f, record.grad_norm] for record in kept]),
    }  # fmt: skip
    for name in (field.name for field in fields(History)):
        parts = [getattr(record.history, name) for record in kept]
        there = [part for part in parts if part is not None]
        if there:
            found[f"history.{name}"] = np.concatenate(there)
            found[f"rows.{name}"] = np.array([-1 if part is None else len(part) for part in parts])
    return found


def holds(path: Any, what: str) -> bool:
    """Whether the file is one of a sweep (``what="sweep"``), or of a comparison."""
    try:
        with as_path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return what in stored.files
    except Exception:  # whatever a file that is none of ours makes its reader raise: load_records says what it is
        return False


def load_sweep(
    path: Any, fingerprint: Callable[[Any], Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[int, Record]]:
    """``(meta, columns, records)`` as they were saved; ``fingerprint`` tells a start as a recipe holds it."""
    try:
        with as_path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        meta = json.loads(str(arrays["sweep"]))
        if meta["kind"] != KIND or meta["format"] != FORMAT:
            raise ArgumentError(f"path {str(path)!r}: its format is {meta['format']}, and this version reads {FORMAT}")
        columns = {name.removeprefix("column."): v for name, v in arrays.items() if name.startswith("column.")}
        return meta, columns, records_of(meta, arrays, fingerprint)
    except ArgumentError:
        raise
    except Exception as error:  # whatever a damaged file makes its reader raise
        raise ArgumentError(f"path {str(path)!r} holds no steepest sweep, or a damaged one") from error


def records_of(meta: dict[str, Any], arrays: dict[str, Any], fingerprint: Callable[[Any], Any]) -> dict[int, Record]:
    ends = {name: np.cumsum(np.maximum(arrays[f"rows.{name}"], 0)) for name in History.__dataclass_fields__
            if f"rows.{name}" in arrays}  # fmt: skip
    found = {}
    for k, row in enumerate(meta["records"]):
        columns: dict[str, Any] = {}
        for name, end in ends.items():
            rows = int(arrays[f"rows.{name}"][k])
            columns[name] = None if rows < 0 else arrays[f"history.{name}"][int(end[k]) - rows : int(end[k])]
        f, best_f, grad_norm = (float(value) for value in arrays["scalars"][k])
        w0 = arrays["w0"][k]
        scalars = {name: row[name] for name in SCALARS}
        found[int(row["run"])] = Record(
            setup={**meta["setup"], **row["setup"]}, hashed=hashing(meta["problem"], w0, fingerprint),
            outcome=Outcome[row["outcome"]] if row["outcome"] else None, w0=w0, w=arrays["w"][k], f=f,
            grad_norm=grad_norm, best=Best(arrays["best_w"][k], best_f, row["best_iteration"]),
            history=History(**columns), **{**scalars, "notes": tuple(row["notes"])},
        )  # fmt: skip
    return found


def hashing(problem: Any, w0: Any, fingerprint: Callable[[Any], Any]) -> Callable[[], dict[str, Any]]:
    return lambda: {"problem": problem, "w0": fingerprint(w0)}
