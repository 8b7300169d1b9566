"""``export``: a run as a file: the offline page, the record as CSV, the picture of the path as PNG, SVG or GIF."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

from ...base.errors import ArgumentError
from ...verbs.pages import as_page
from ...verbs.run import Run
from ..reading import Setting
from ..work import Job

__all__ = ["ask"]

slow = True
KINDS = ("html", "csv", "png", "svg", "gif", "npz")


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run", "as": "html" | "csv" | "png" | "svg" | "gif" | "npz"}``: the id under
    which the file is to be had."""
    kind = arguments.get("as")
    if kind not in KINDS:
        raise ArgumentError(f"as must be one of {', '.join(KINDS)}; got {kind!r}")
    run = Setting(arguments).run(arguments.get("run"))
    job.stop_if_cancelled()
    name = f"{run.recipe['method']['name']}-{run.record.setup['problem_name']}.{kind}"
    stored = job.held.downloads.add(name, content(run, kind))
    return {"id": stored.id, "name": stored.name}


def content(run: Run, kind: str) -> bytes:
    if kind == "html":
        return as_page(run).encode()
    if kind == "csv":
        return table(run).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"run.{kind}"
        if kind == "gif":
            run.animate(path)
        elif kind == "npz":
            run.save(path)
        else:
            run.plot_path().save(path)
        return path.read_bytes()


def table(run: Run) -> str:
    """The record, a line a row, numbers to the last bit."""
    columns = run.table()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()
