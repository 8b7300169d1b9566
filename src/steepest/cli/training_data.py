"""DATA as it is typed, a built-in set or a file; as a table, split and prepared; told in a few lines."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..base.errors import ArgumentError
from ..base.text import count, listing, number
from .streams import say

if TYPE_CHECKING:
    from ..problems.tables import Parted, Table

__all__ = ["announced", "data_lines", "data_of", "label_counts", "table_of"]

MOST_NAMED = 12
"""Classes that are named one by one."""
LONGEST = 20
"""Letters of a class's name in a line of text."""


@contextmanager
def announced(text: str, progress: bool | None) -> Iterator[None]:
    """Says ``text`` on standard error once what is done inside takes more than a second, as progress bars do."""
    shown = (sys.stderr is not None and sys.stderr.isatty()) if progress is None else progress
    timer = threading.Timer(1.0, say, [text])
    timer.daemon = True
    if shown:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def table_of(
    text: str, classes: Any = None, target: str | None = None, task: str = "auto", optional: bool = False
) -> "Table":
    """The built-in set of that name, else the file. ``optional``: as a file to predict from, whose target may lack."""
    from ..problems import datasets, tables

    name = text.strip().lower().replace("-", "_")
    if name in datasets.names():
        if target is not None and not optional:
            raise ArgumentError(f"--target is for files; {name} has its own, leave it out")
        if classes is not None and name != "digits":
            raise ArgumentError(f"--classes is for the digits; leave it out with {name}")
        found = datasets.table(name, **({} if classes is None else {"classes": whole(classes)}))
        return found if task == "auto" else tables.as_kind(found, task)
    if classes is not None:
        raise ArgumentError(f"--classes is for the digits; leave it out with {text}")
    if not Path(text).suffix and not Path(text).exists():
        raise ArgumentError(f"{text!r} is no built-in data and no file; {instead(name)}")
    return tables.read(text, target, task, optional)


def instead(name: str) -> str:
    """What to write in place of a name that is none."""
    import difflib

    from ..problems import datasets

    close = difflib.get_close_matches(name, datasets.names(), n=1)
    return f"did you mean {close[0]!r}?" if close else f"built in are {listing(datasets.names(), 'and')}"


def whole(classes: Any) -> tuple[int, ...]:
    if any(float(c) != int(c) for c in classes if abs(c) < 1e9):
        raise ArgumentError(f"--classes must be digits such as 0,1; got {','.join(map(number, classes))}")
    return tuple(int(c) if abs(c) < 1e9 else -1 for c in classes)


def data_of(
    table: "Table", drop: tuple[str, ...], impute: str | None, standardize: bool, test: Any, seed: Any
) -> "Parted":
    """The table split and prepared; all that is learned is learned from the training rows."""
    from ..problems.tables import parted

    if drop:
        refuse_drop(table, drop)
        table = table.without(*drop)
    if isinstance(test, bool) or not isinstance(test, (int, float)) or not 0 <= test < 1:
        raise ArgumentError(f"--test must be a share of the rows, at least 0 and below 1; got {test!r}")
    return parted(table, test, seed, impute, standardize)


def refuse_drop(table: "Table", drop: tuple[str, ...]) -> None:
    if table.sparse is not None:
        raise ArgumentError(f"--drop is for named columns, which {table.source} has none of; leave it out")
    if table.target is not None and table.target.name in drop:
        raise ArgumentError(f"--drop {table.target.name} would leave out the target; name another with --target")


def label_counts(y: Any) -> list[tuple[str, int]]:
    """Each class with its rows, sorted as the classes are."""
    import numpy as np

    from ..problems.targets import label_texts

    labels, counts = np.unique(y, return_counts=True)
    return list(zip(label_texts(labels), counts.tolist(), strict=True))


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def data_lines(data: "Parted", seed: int) -> list[str]:
    """What the data are: rows, columns, classes; which part is learned from, and how it was prepared."""
    import numpy as np

    table, target = data.table, data.table.target
    assert target is not None
    columns, features = len(table.names), len(data.train.feature_names)
    parts = [table.source, count(len(table), "row"), count(columns, "column")]
    if features != columns:
        parts[-1] += f" ({count(features, 'feature')})"
    if table.kind == "classification":
        counts = label_counts(target.values if not target.categorical else target.values.astype(str))
        named = ", ".join(f"{cut(label)} {size:,}" for label, size in counts)
        parts.append(count(len(counts), "class", "classes") + f" of {target.name!r}")
        first = ", ".join(parts) + (f": {named}" if len(counts) <= MOST_NAMED else "")
    else:
        y = np.asarray(target.values, dtype=float)
        span = f"{number(y.min())} to {number(y.max())}, mean {number(y.mean())}"
        first = ", ".join([*parts, f"regression on {target.name!r}: {span}"])
    rows = [f"trained on {count(data.train.X.shape[0], 'row')}"]
    rows.append("none held out" if data.test is None else f"tested on {data.test.X.shape[0]:,} others (seed {seed})")
    rows += ["columns standardised"] if data.preparation.standardize else []
    if data.filled:
        rows.append(f"{count(data.filled, 'missing cell')} filled ({data.preparation.impute})")
    return [first, ", ".join(rows)]
