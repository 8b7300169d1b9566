"""``table``: a set of data as it was read: its columns and their types, its classes, a few rows, what it can be learned
with."""

import datetime
from typing import Any

import numpy as np

from ...base.errors import SteepestError
from ...base.text import count
from ...problems.tables.plans import MOST_CATEGORIES
from ...problems.tables.table import Column, Table, shown
from ..data import chosen, class_texts, data_of, table_of
from ..learning import losses_for
from ..work import Job

__all__ = ["ask", "cell_text"]

slow = True
MOST_COLUMNS, MOST_SHOWN, MOST_ROWS = 500, 5, 8
LONGEST = 40
"""Letters of a cell that is shown."""
ONE_ARRAY = (".npz", ".svmlight", ".svm", ".libsvm")
"""Files whose target is no column among the others."""


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"data": {...}}``. Where the data cannot be prepared as they are asked for, ``fault`` says why, and the rest is
    told all the same, so that the page can offer what helps."""
    given: Any = arguments.get("data")
    job.progress(0.0, "reading")
    table = table_of(given, job.held)
    job.stop_if_cancelled()
    fault, train_rows, test_rows = None, None, None
    try:
        parts = data_of(given, job.held).parts
        train_rows, test_rows = len(parts.train_rows), len(parts.test_rows)
        used = set(parts.table.names) if parts.table.sparse is None else set()
    except SteepestError as error:
        fault, used = " ".join(str(error).split()), set(table.names) if table.sparse is None else set()
    assert table.target is not None
    classes, counts = None, None
    if table.kind == "classification":
        classes = class_texts(table)
        counts = np.unique(table.target.values, return_counts=True)[1].tolist()
    shown_columns = table.columns[:MOST_COLUMNS]
    return {
        "name": table.source, "kind": table.kind, "rows": len(table), "train_rows": train_rows, "test_rows": test_rows,
        "target": table.target.name, "targets": targets_of(table, given),
        "columns": [{**entry(column), "used": column.name in used} for column in shown_columns],
        "more_columns": len(table.names) - len(shown_columns), "target_column": entry(table.target),
        "classes": classes, "counts": counts, "image_shape": table.image_shape,
        "notes": notes_of(table, bool(given.get("standardize"))), "fault": fault,
        "losses": losses_for(chosen_or_whole(table, given)),
        "examples": [
            [cell_text(column.values[i]) for column in (*shown_columns, table.target)]
            for i in range(min(MOST_ROWS, len(table)))
        ],
    }  # fmt: skip


def chosen_or_whole(table: Table, given: Any) -> Table:
    try:
        return chosen(table, given)
    except SteepestError:
        return table


def targets_of(table: Table, given: Any) -> list[str]:
    """The columns that could be the target."""
    assert table.target is not None
    if given["kind"] == "builtin" or table.sparse is not None or table.source.casefold().endswith(ONE_ARRAY):
        return [table.target.name]
    return [table.target.name, *(column.name for column in table.columns[:MOST_COLUMNS])]


def entry(column: Column) -> dict[str, Any]:
    """A column: its type, what is missing, its range or its words."""
    present = column.values[~column.missing]
    found: dict[str, Any] = {
        "name": column.name, "type": type_of(column, present), "missing": int(column.missing.sum()),
        "low": None, "high": None, "mean": None, "levels": None,
        "shown": [cell_text(value) for value in list(dict.fromkeys(present[:1000].tolist()))[:MOST_SHOWN]],
    }  # fmt: skip
    if column.categorical:
        found["levels"] = len(set(present))
    elif present.size:
        found |= {"low": float(present.min()), "high": float(present.max()), "mean": float(present.mean())}
        found["levels"] = int(np.unique(present).size)
    return found


def type_of(column: Column, present: Any) -> str:
    """number, category, truth, date, or text: words that are too many to be categories."""
    if not column.categorical:
        return "truth" if present.size and np.isin(present, (0.0, 1.0)).all() else "number"
    different = set(present)
    if different and {word.casefold() for word in different} <= {"true", "false", "yes", "no"}:
        return "truth"
    if different and all(is_date(word) for word in different):
        return "date"
    return "text" if len(different) > MOST_CATEGORIES else "category"


def is_date(word: str) -> bool:
    try:
        datetime.datetime.fromisoformat(word)
    except ValueError:
        return False
    return len(word) >= 8 and not word.isdigit()


def notes_of(table: Table, standardized: bool) -> list[str]:
    """What is worth knowing before it is learned from."""
    notes = []
    missing = sum(int(column.missing.sum()) for column in table.columns)
    if missing:
        notes.append(f"{count(missing, 'cell')} without a value: choose what fills them, or leave the columns out")
    for column in table.columns[:MOST_COLUMNS]:
        present = column.values[~column.missing]
        kind = type_of(column, present)
        if kind == "text":
            notes.append(f"{shown(column.name)} holds {len(set(present)):,} different texts: leave it out")
        elif kind == "date":
            notes.append(
                f"{shown(column.name)} holds dates, which count as words: leave it out, or make numbers of them"
            )
        elif column.categorical and len(set(present)) == len(table) > 2:
            notes.append(f"{shown(column.name)} differs in every row, like a name: leave it out")
    numeric = [column.values[~column.missing] for column in table.columns if not column.categorical]
    with np.errstate(all="ignore"):  # a column may hold infinities, which is told as a fault
        spreads = [float(values.std()) for values in numeric if values.size]
    spreads = [spread for spread in spreads if 0 < spread < np.inf]
    if not standardized and table.image_shape is None and spreads and max(spreads) > 100 * min(spreads):
        ratio = float(f"{max(spreads) / min(spreads):.2g}")
        notes.append(f"the columns' spreads differ up to {ratio:,.0f} times: standardise them, or descent is slow")
    return notes


def cell_text(value: Any) -> str:
    """A cell as a page shows it."""
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[: LONGEST - 3]}..."
    if not np.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{float(value):.6g}"
