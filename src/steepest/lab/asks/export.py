"""``export``: a run as a file: the offline page, the record as CSV, its picture as PNG, SVG or GIF; a model as .npz."""

import contextlib
import csv
import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...analysis.stationary import stationary_points
from ...base.errors import ArgumentError, SteepestError
from ...plots.stage import stage_of
from ...records.history import thinned
from ...verbs.pages import as_page
from ...verbs.run import Run
from ..heeding import heeding
from ..learning import left_with
from ..reading import Setting, runs_of
from ..work import Job
from .problem import window_given

__all__ = ["ask"]

slow = True
KINDS = ("html", "csv", "png", "svg", "gif", "npz", "stage.png", "stage.svg")
DATA_KINDS = ("html", "csv", "png", "svg", "npz", "model")
MOST_NUMBERS = 2_000_000
"""Of weights in a page or a CSV: beyond, the page has fewer rows, the CSV no weights."""


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run", "as": "html" | "csv" | "png" | "svg" | "gif" | "npz"}``: the id under
    which the file is to be had. "stage.png" and "stage.svg" are the picture of all ``"runs"`` in the ``"window"``,
    ``{"x": [low, high], "y": ...}``, that the stage shows. With ``{"data", "model", "run", "epochs"}`` pictures are of
    the loss, and "model" is what ``steepest predict`` uses."""
    kind: Any = arguments.get("as")
    kinds = DATA_KINDS if "data" in arguments else KINDS
    if kind not in kinds:
        raise ArgumentError(f"as must be one of {', '.join(kinds)}; got {kind!r}")
    if "data" in arguments:
        return of_data(arguments, kind, job)
    if kind.startswith("stage."):
        return of_stage(arguments, kind, job)
    with heeding(job, f"making the {kind} file"):
        run = Setting(arguments).run(arguments.get("run"))
        job.stop_if_cancelled()
        name = f"{run.recipe['method']['name']}-{run.record.setup['problem_name']}.{kind}"
        made = content(run, kind)
    stored = job.held.downloads.add(name, made)
    return {"id": stored.id, "name": stored.name}


def of_data(arguments: dict[str, Any], kind: str, job: Job) -> dict[str, Any]:
    """The same of a run on data."""
    from ..data_sharing import model_of

    found = left_with(arguments, job)
    job.stop_if_cancelled()
    run, source = found.run, found.learning.data.whole.source.partition(".")[0]
    name = f"{source}-{run.record.setup['method']['name']}.{'npz' if kind in ('npz', 'model') else kind}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"run.{'npz' if kind == 'model' else kind}"
        if kind == "html":
            history = thinned(run.history, 8 * MOST_NUMBERS)
            path.write_text(as_page(Run(replace(run.record, history=history), run.problem, run._call)), "utf-8")
        elif kind == "csv":
            path.write_text(table(run), "utf-8")
        elif kind == "npz":
            run.save(path)
        elif kind == "model":
            model_of(found).save(path)
            name = f"model-{name}"
        else:
            run.plot_loss().save(path)
        job.stop_if_cancelled()
        stored = job.held.downloads.add(name, path.read_bytes())
    return {"id": stored.id, "name": stored.name}


def of_stage(arguments: dict[str, Any], kind: str, job: Job) -> dict[str, Any]:
    """The runs of the stage that have a path, in one picture."""
    setting, given = Setting(arguments), runs_of(arguments)
    setting.check_room(len(given))
    window = window_given(arguments["window"], 2) if arguments.get("window") is not None else None
    setting.check_room(len(given))
    records = []
    for one in given:
        with heeding(job), contextlib.suppress(SteepestError):  # the others are shown all the same, as on the stage
            records.append(setting.run(one).record)
    if not records:
        raise ArgumentError("runs hold none that can be made; the cards of the methods say why")
    found = stationary_points(setting.problem, window) if window is not None and setting.problem.n == 2 else []
    saddles = [point.w for point in found if point.kind == "saddle"]
    picture = stage_of(records, setting.problem, box=None if window is None else window.tolist(), saddles=saddles)
    with tempfile.TemporaryDirectory() as folder:
        path = picture.save(Path(folder) / kind)
        job.stop_if_cancelled()
        stored = job.held.downloads.add(f"{records[0].setup['problem_name']}-{kind}", path.read_bytes())
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
    few = run.history.w is None or run.history.w.size <= MOST_NUMBERS
    columns = run.table() if few else {name: v for name, v in run.history.columns().items() if name != "w"}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()
