"""NumPy arrays by name: X (rows, features) or images (rows, height, width), and y (rows,); never unpickled."""

import zipfile
from pathlib import Path
from typing import Any

from ....base.errors import ArgumentError, ArgumentTypeError, SteepestError
from ....base.text import listing
from ..limits import NONE, Limit
from ..table import Table, shown
from ..targets import with_target
from ._arrays import as_column, as_columns, named, read_array

__all__ = ["read", "suffixes"]

suffixes = (".npz",)
_ENTRY, _MOST_ENTRIES = b"PK\x01\x02", 10_000


def read(path: Path, target: Any = None, kind: Any = "auto", optional: bool = False, limit: Limit = NONE) -> Table:
    """The table in a .npz file: the array ``target`` ('y' without one) beside 'X', or beside the only other array."""
    if target is not None and not isinstance(target, str):
        raise ArgumentTypeError(f"target must be the name of an array in {path.name}; got {target!r}")
    wanted = "y" if target is None else target
    source = path.name
    refuse_many(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {i.filename.removesuffix(".npy"): i for i in archive.infolist() if i.filename.endswith(".npy")}
            features = _features(list(members), wanted, source)
            arrays = {}
            for name in (features, wanted):
                if name in members:
                    with archive.open(members[name]) as stream:
                        arrays[name] = read_array(stream, members[name].file_size, named(name, source), limit)
    except SteepestError:
        raise
    except Exception as error:  # whatever a damaged archive makes its reader raise
        raise ArgumentError(f"{source} is no .npz file, or a damaged one") from error
    X, y = arrays[features], arrays.get(wanted)
    columns, image_shape = as_columns(X, named(features, source))
    if y is None:
        if not optional:
            raise ArgumentError(f"{source} holds {_listed(members)} and no {shown(wanted)} for the target; name it")
        return with_target(tuple(columns), None, kind, source, image_shape=image_shape)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != (len(X),):
        raise ArgumentError(
            f"{named(wanted, source)} has shape {y.shape}; a target for the {len(X):,} rows of {shown(features)} "
            f"has shape ({len(X)},)"
        )
    column = as_column(wanted, y, named(wanted, source))
    return with_target(tuple(columns), column, kind, source, optional, image_shape=image_shape)


def refuse_many(path: Path) -> None:
    """Refuses an archive of very many entries, all of which would be listed before the first is read."""
    found, end = 0, b""
    with path.open("rb") as file:
        while piece := file.read(2**20):
            found += (end + piece).count(_ENTRY)
            end = piece[-3:]
    if found > _MOST_ENTRIES:
        raise ArgumentError(f"{path.name} holds more than {_MOST_ENTRIES:,} arrays; save X and y alone with np.savez")


def _features(names: list[str], target: str, source: str) -> str:
    if "X" in names and target != "X":
        return "X"
    others = [name for name in names if name != target]
    if len(others) == 1 and target in names:
        return others[0]
    raise ArgumentError(
        f"{source} holds {_listed(names)} and no 'X' for the features; save it with np.savez(path, X=X, y=y)"
    )


def _listed(names: Any) -> str:
    few = [shown(name) for name in names]
    return listing([*few[:10], *["..."] * (len(few) > 10)], "and") or "no arrays"
