"""Saving and loading records: .npz (arrays and a JSON recipe, never pickle) or .parquet (the path as a table)."""

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, MissingExtraError
from ..base.files import as_path, writing
from .history import History
from .outcome import Outcome
from .record import Best, Record, Updates

__all__ = ["FORMAT", "dumps", "load_records", "save_records"]

FORMAT = 1
_SCALARS = (
    "trouble_at", "nit", "nfev", "njev", "seconds", "engine", "engine_reason", "reason", "why", "advice", "notes",
)  # fmt: skip


class UnknownFormat(Exception):
    """A run saved by another version."""


def dumps(value: Any) -> str:
    """Standard JSON: numbers that are not finite become strings."""

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {str(key): plain(entry) for key, entry in item.items()}
        if isinstance(item, (list, tuple)):
            return [plain(entry) for entry in item]
        if isinstance(item, np.generic):
            item = item.item()
        if isinstance(item, np.ndarray):
            return plain(item.tolist())
        if isinstance(item, float) and not math.isfinite(item):
            return repr(item)
        return item

    return json.dumps(plain(value), allow_nan=False)


def _meta(record: Record) -> dict[str, Any]:
    return {
        "format": FORMAT, "recipe": record.recipe, "outcome": record.outcome.name if record.outcome else None,
        "best_iteration": record.best.iteration, **{name: getattr(record, name) for name in _SCALARS},
    }  # fmt: skip


def _arrays(record: Record) -> dict[str, Any]:
    arrays: dict[str, Any] = {f"history.{name}": column for name, column in record.history.columns().items()}
    arrays |= {"w0": record.w0, "w": record.w, "best_w": record.best.w}
    arrays["scalars"] = np.array([record.f, record.best.f, record.grad_norm])
    if record.updates is not None:
        arrays |= {f"updates.{f.name}": getattr(record.updates, f.name) for f in fields(Updates)}
    return arrays


def save_records(records: list[Record], path: Any) -> Path:
    """Writes the records (the first is the run, the rest its other starts) to ``path`` by suffix; returns the path."""
    target = as_path(path)
    if target.suffix not in (".npz", ".parquet"):
        raise ArgumentError(f"path must end in .npz or .parquet; got {str(path)!r}")
    with writing(path) as place:
        if target.suffix == ".npz":
            arrays: dict[str, Any] = {}
            for k, record in enumerate(records):
                prefix = f"others/{k - 1}/" if k else ""
                arrays |= {prefix + name: array for name, array in _arrays(record).items()}
                arrays[prefix + "meta"] = np.array(dumps(_meta(record)))
            with place.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
        else:
            _save_parquet(records, place)
    return target


def load_records(path: Any) -> list[Record]:
    """The records in ``path``; a file that is damaged or not ours is one sentence."""
    source = as_path(path)
    if not source.is_file():
        raise ArgumentError(f"path {str(path)!r} is not a file; give a run saved with run.save(path)")
    if source.suffix not in (".npz", ".parquet"):
        raise ArgumentError(f"path must end in .npz or .parquet; got {str(path)!r}")
    try:
        found = _load_parquet(source) if source.suffix == ".parquet" else _load_npz(source)
    except MissingExtraError:
        raise
    except UnknownFormat as error:
        raise ArgumentError(f"path {str(path)!r}: {error}") from error
    except Exception as error:  # whatever a damaged file makes its reader raise
        raise ArgumentError(f"path {str(path)!r} holds no steepest run, or a damaged one") from error
    return found


def _load_npz(source: Path) -> list[Record]:
    with source.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # np.load leaves damaged files open
        arrays = {name: stored[name] for name in stored.files}
    records, k = [_record(arrays, "")], 0
    while f"others/{k}/meta" in arrays:
        records.append(_record(arrays, f"others/{k}/"))
        k += 1
    return records


def _record(arrays: dict[str, Any], prefix: str) -> Record:
    meta = json.loads(str(arrays[prefix + "meta"]))
    if meta["format"] != FORMAT:
        raise UnknownFormat(f"its format is {meta['format']}, and this version of steepest reads {FORMAT}")
    setup = dict(meta["recipe"])
    hashed = {name: setup.pop(name) for name in ("problem", "w0")}
    columns: dict[str, Any] = {f.name: arrays.get(f"{prefix}history.{f.name}") for f in fields(History)}
    updates = None
    if f"{prefix}updates.w" in arrays:
        updates = Updates(**{f.name: arrays[f"{prefix}updates.{f.name}"] for f in fields(Updates)})
    scalars: dict[str, Any] = {name: meta[name] for name in _SCALARS}
    scalars["notes"] = tuple(meta["notes"])
    f, best_f, grad_norm = (float(v) for v in arrays[prefix + "scalars"])
    return Record(
        outcome=Outcome[meta["outcome"]] if meta["outcome"] else None, setup=setup, hashed=lambda: hashed,
        w0=arrays[prefix + "w0"], w=arrays[prefix + "w"], f=f, grad_norm=grad_norm,
        best=Best(arrays[prefix + "best_w"], best_f, meta["best_iteration"]),
        history=History(**columns), updates=updates,
        **scalars,
    )  # fmt: skip


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError('a .parquet file needs pyarrow: pip install "steepest[frames]"') from None
    return pyarrow


def _save_parquet(records: list[Record], path: Path) -> None:
    record, pa = records[0], _pyarrow()
    if len(records) > 1:
        raise ArgumentError("a .parquet file holds one run; save to .npz to keep the other starts")
    if record.updates is not None:
        raise ArgumentError("a .parquet file holds no single updates; save to .npz to keep them")
    columns: dict[str, Any] = {}
    for name, column in record.history.columns().items():
        columns |= {f"w{i}": column[:, i] for i in range(column.shape[1])} if name == "w" else {name: column}
    rest = {name: array for name, array in _arrays(record).items() if not name.startswith("history.")}
    extra = {name: [float(v).hex() for v in np.ravel(array)] for name, array in rest.items()}
    table = pa.table({name: pa.array(column) for name, column in columns.items()})
    meta = {b"steepest": dumps(_meta(record)).encode(), b"steepest.arrays": json.dumps(extra).encode()}
    pa.parquet.write_table(table.replace_schema_metadata(meta), path)


def _load_parquet(source: Path) -> list[Record]:
    table = _pyarrow().parquet.read_table(source)
    meta = table.schema.metadata or {}
    arrays: dict[str, Any] = {"meta": meta[b"steepest"].decode()}
    for name, values in json.loads(meta[b"steepest.arrays"]).items():
        arrays[name] = np.array([float.fromhex(v) for v in values])
    names = [name for name in table.column_names if name[0] == "w" and name[1:].isdigit()]
    if names:
        arrays["history.w"] = np.stack([table[name].to_numpy() for name in names], axis=1)
    arrays |= {f"history.{name}": table[name].to_numpy() for name in table.column_names if name not in names}
    return [_record(arrays, "")]
