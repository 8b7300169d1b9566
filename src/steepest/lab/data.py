"""Data as a page asks for them: a built-in set or a file that came, which rows and columns of it, how prepared.

What a page sends is an object, {"kind": "builtin", "name": "digits", "classes": ["0", "1"], "features": null,
"standardize": false, "test": 0.25, "seed": 0}, or for a file {"kind": "file", "id": upload, "name": "my.csv",
"target": column, "drop": [...], "task": "auto", "impute": null, ...} with the same besides.
"""

import json
import os
import reprlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing
from ..problems import datasets, tables
from ..problems.tables.limits import Limit
from ..problems.tables.table import Table, shown
from ..problems.targets import label_texts
from .held import Held
from .reading import whole
from .store import Stored

__all__ = ["LIMIT", "Data", "chosen", "class_texts", "data_of", "table_of"]

LIMIT = Limit(cells=20_000_000, columns=20_000, letters=4_000_000)
"""Of a table in the lab."""
MOST_SPARSE = 1_000_000
MOST_CLASSES, LONGEST_LABEL = 200, 200
SHARED = ("kind", "name", "classes", "features", "standardize", "test", "seed")
OF_FILES = ("id", "target", "drop", "task", "impute")
OPTIONS = {"builtin": SHARED, "file": (*SHARED, *OF_FILES)}


class Data(NamedTuple):
    """``whole`` is the table as it was read, ``parts`` what training takes of it; ``given`` what the page asked."""

    whole: Table
    parts: tables.Parted
    given: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.whole.kind)

    @property
    def bytes(self) -> dict[int, int]:
        """Each part that memory is held by, as the shelf counts them."""
        found = table_bytes(self.whole)
        for part in (self.parts.train, self.parts.test):
            if part is not None:
                found[id(part.X)] = size_of(part.X)
        return found


def data_of(given: Any, held: Held) -> Data:
    """The data that a page asks for, split and prepared; kept for the next ask with the same words."""
    checked = checked_setting(given)
    words = f"data {json.dumps(checked, sort_keys=True)}"
    found: Data | None = held.data.get(words)
    if found is None:
        found = prepared(checked, table_of(checked, held))
        held.data.put(words, found, found.bytes)
    return found


def prepared(given: dict[str, Any], whole_table: Table) -> Data:
    table = chosen(whole_table, given)
    check_width(table)
    test, seed = share_of(given.get("test", 0.25)), whole(given.get("seed", 0), "seed", 0, 2**32 - 1)
    parts = tables.parted(table, test, seed, given.get("impute"), bool(given.get("standardize", False)))
    return Data(whole_table, parts, given)


def chosen(table: Table, given: dict[str, Any]) -> Table:
    """The rows of some classes, and the columns that are wanted."""
    if given.get("classes") is not None:
        table = table.of_classes(*labels_of(table, given["classes"]))
    drop = [name for name in given.get("drop") or () if name not in (given.get("features") or ())]
    if drop or given.get("features") is not None:
        if table.sparse is not None:
            raise ArgumentError(
                f"{table.source} is sparse; its columns have numbers for names, and none can be left out"
            )
        table = table.without(*drop) if drop else table
    return table if given.get("features") is None else table.with_columns(*given["features"])


def labels_of(table: Table, classes: list[str]) -> list[Any]:
    """Labels as the target has them, of the texts that a page shows them by."""
    if table.kind != "classification" or table.target is None:
        raise ArgumentError(f"classes are for classification, and {table.source} is a regression; leave them out")
    known = dict(zip(class_texts(table), np.unique(table.target.values).tolist(), strict=True))
    absent = [name for name in classes if name not in known]
    if absent:
        raise ArgumentError(f"classes has {shown(absent[0])}, which {table.source} does not; leave it out")
    if len(set(classes)) < 2:
        raise ArgumentError("classes must name at least two of the target's; add another")
    return [known[name] for name in dict.fromkeys(classes)]


def class_texts(table: Table) -> list[str]:
    """The classes of a table as they are written, sorted as models sort them."""
    assert table.target is not None
    return label_texts(np.unique(table.target.values))


def check_width(table: Table) -> None:
    """A column of words becomes one for each word: refused where they would be too many; and so are the columns of a
    sparse table, whose scales and weights are not sparse."""
    if table.sparse is not None and table.sparse.shape[1] > MOST_SPARSE:
        found = f"{table.source} has columns up to {table.sparse.shape[1]:,}"
        raise ArgumentError(f"{found}; the lab takes {MOST_SPARSE:,} at most: use the library or the command line")
    if table.sparse is None:
        width = sum(len(set(column.values)) if column.categorical else 1 for column in table.columns)
        LIMIT.check(f"{table.source}, a column for each of its words,", len(table), width)


# -- tables ------------------------------------------------------------------------------------------------------------


def table_of(given: Any, held: Held) -> Table:
    """The whole table that a page asks for, as it was read; kept for the next ask."""
    checked = checked_setting(given)
    about = [checked.get(name) for name in ("kind", "name", "id", "target", "task")]
    words = f"table {json.dumps(about)}"
    found: Table | None = held.data.get(words)
    if found is None:
        found = read_file(checked, held) if checked["kind"] == "file" else datasets.table(checked["name"])
        check_target(found)
        held.data.put(words, found, table_bytes(found))
    return found


def read_file(given: dict[str, Any], held: Held) -> Table:
    with under_its_name(held.uploads.get(given["id"])) as path:
        return tables.read(path, given.get("target"), given.get("task", "auto"), limit=LIMIT)


@contextmanager
def under_its_name(stored: Stored) -> Iterator[Path]:
    """The file by the name that it came with, which says its format and is what messages call it."""
    with tempfile.TemporaryDirectory(dir=stored.path.parent) as folder:
        path = Path(folder) / stored.name
        try:
            os.link(stored.path, path)
        except OSError:  # a file system without links; or the file has gone meanwhile
            if not stored.path.exists():
                raise ArgumentError("file is not in the lab any more; give it again") from None
            shutil.copyfile(stored.path, path)
        yield path


def check_target(table: Table) -> None:
    """Refuses a target of very many classes, or of labels that are texts."""
    assert table.target is not None
    if table.kind != "classification":
        return
    name, values = shown(table.target.name), table.target.values
    if table.target.categorical and max(map(len, values)) > LONGEST_LABEL:
        raise ArgumentError(f"target {name} holds texts of more than {LONGEST_LABEL} letters; choose another column")
    classes = len(np.unique(values))
    if classes > MOST_CLASSES:
        raise ArgumentError(f"target {name} has {classes:,} classes, more than {MOST_CLASSES}; choose another column")
    if classes < 2:
        raise ArgumentError(f"target {name} has the same value in every row; choose another column")


def table_bytes(table: Table) -> dict[int, int]:
    """The arrays of a table and their bytes; columns that are views of one array count as that array."""
    arrays: list[Any] = [column.values for column in (*table.columns, *filter(None, [table.target]))]
    found = {id(base_of(values)): size_of(base_of(values)) for values in arrays}
    return found if table.sparse is None else {**found, id(table.sparse): size_of(table.sparse)}


def base_of(values: NDArray[Any]) -> Any:
    return values if values.base is None or not hasattr(values.base, "nbytes") else values.base


def size_of(values: Any) -> int:
    if hasattr(values, "indptr"):
        return int(values.data.nbytes + values.indices.nbytes + values.indptr.nbytes)
    return int(values.nbytes)


# -- what a page sends -------------------------------------------------------------------------------------------------


def checked_setting(given: Any) -> dict[str, Any]:
    """The object, of known names and types; the library checks the rest."""
    if not isinstance(given, dict) or given.get("kind") not in tuple(OPTIONS):
        raise ArgumentError('data must be {"kind": "builtin", "name": ...} or {"kind": "file", "id": ...}')
    known = OPTIONS[given["kind"]]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ArgumentError(f"data has no {reprlib.repr(unknown[0])}; it has {listing(known, 'and')}")
    if given["kind"] == "builtin" and given.get("name") not in datasets.names():
        got = reprlib.repr(given.get("name"))
        raise ArgumentError(f"name must be one of {listing(datasets.names())}; got {got}")
    if given["kind"] == "file" and not isinstance(given.get("id"), str):
        raise ArgumentTypeError(f"id must be that of an upload, a text; got {reprlib.repr(given.get('id'))}")
    for name in ("classes", "features", "drop"):
        names_of(given.get(name), name)
    for name in ("name", "target", "task", "impute"):
        if not isinstance(given.get(name), (str, type(None))):
            raise ArgumentTypeError(f"{name} must be a text; got {reprlib.repr(given[name])}")
    if not isinstance(given.get("standardize", False), bool):
        raise ArgumentTypeError(f"standardize must be true or false; got {reprlib.repr(given['standardize'])}")
    features = given.get("features")
    if features is not None and len(set(features)) != 2:
        raise ArgumentError(f"features must be two columns; got {len(set(features))}")
    return {**given, "task": given.get("task") or "auto"} if given["kind"] == "file" else dict(given)


def names_of(given: Any, name: str) -> None:
    if given is None:
        return
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ArgumentTypeError(f"{name} must be a list of texts; got {reprlib.repr(given)}")
    if len(given) > LIMIT.columns:  # type: ignore[operator]
        raise ArgumentError(f"{name} must name {LIMIT.columns:,} at most; got {len(given):,}")


def share_of(test: Any) -> float:
    if isinstance(test, bool) or not isinstance(test, (int, float)) or not 0 <= test < 1:
        raise ArgumentError(f"test must be a share of the rows, from 0 to below 1; got {reprlib.repr(test)}")
    return float(test)
