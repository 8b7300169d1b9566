"""``steepest predict``: what a saved model says of the rows of a data set."""

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ...base.errors import ArgumentError, SteepestError
from ...base.files import write_text
from ...base.text import count, number
from ..files import check_file
from ..options import Flag, SectionedCommand, Vector, format_flag
from ..streams import out, say
from ..tables import aligned, as_csv, as_json
from .run import in_flags

if TYPE_CHECKING:
    from ...estimators.saving import Model
    from ...problems.tables import Table

__all__ = ["command"]

MOST_ROWS = 20
"""Rows shown in the table; --format csv and --out hold all of them."""

_HELP = """\b
steepest predict model.npz wine
steepest predict model.npz wine --proba --out predicted.csv

Predict the label or value of each row of DATA by MODEL, a file that 'steepest train' wrote with --save. DATA is a file
or built-in data, with the columns the model was trained on, by their names, with or without the target; with it, the
predictions are scored.
"""


class PredictCommand(SectionedCommand):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SteepestError as error:
            said = re.sub(r"^path (?=must|')", "MODEL ", str(error))
            raise ArgumentError(in_flags(said, ["impute", "target"])) from error


class Predictions(NamedTuple):
    """Labels as texts or values, probabilities (rows, classes) where asked for, the truth where it is known."""

    rows: list[int]
    predicted: list[Any]
    probabilities: Any
    truth: list[Any] | None
    scores: dict[str, Any]


def predict_rows(model: str, data: str, classes: Any, proba: bool, format: str, out_file: str | None) -> int:
    """Loads, predicts, shows, writes."""
    check_file(out_file, "--out", (".csv",))
    from ...estimators.saving import load_model
    from ..training_data import announced, table_of

    known = load_model(model)
    with announced(f"reading {data}", None):
        table = table_of(data, classes, known.preparation.target, str(known.preparation.kind), optional=True)
        found = predictions(known, table, proba)
    with ExitStack() as then:
        if out_file is not None:
            then.callback(tell_written, known, found, out_file)
        show(known, table, found, format, out_file)
    return 0


def predictions(model: "Model", table: "Table", proba: bool) -> Predictions:
    """What the model says, and how right it is where the target is there."""
    from ...problems.targets import label_texts

    probabilities = model.predict_proba(table) if proba else None
    values = model.predict(table)
    target = table.target
    predicted = values.tolist() if model.kind == "regression" else label_texts(values)
    truth: list[Any] | None = None
    if target is not None:
        truth = target.values.tolist() if model.kind == "regression" else label_texts(target.values)
    return Predictions(table.rows.tolist(), predicted, probabilities, truth, scored(model, predicted, truth))


def scored(model: "Model", predicted: list[Any], truth: list[Any] | None) -> dict[str, Any]:
    """Accuracy with the rows right and those of unknown classes; or R2 and RMSE."""
    import numpy as np

    from ..training_model import figures

    if truth is None:
        return {}
    if model.kind == "regression":
        return dict(figures("regression", np.array(truth), np.array(predicted)))
    right = sum(a == b for a, b in zip(predicted, truth, strict=True))
    unknown = sum(label not in (model.classes or ()) for label in truth)
    return {"accuracy": right / len(truth), "right": right, "unknown_classes": unknown}


def columns_of(model: "Model", found: Predictions) -> dict[str, list[Any]]:
    """The columns of the output by name."""
    columns: dict[str, list[Any]] = {"row": found.rows, "predicted": found.predicted}
    if found.truth is not None:
        columns["true"] = found.truth
    if found.probabilities is not None:
        for k, label in enumerate(model.classes or ()):
            columns[f"probability {label}"] = found.probabilities[:, k].tolist()
    return columns


def score_line(model: "Model", found: Predictions) -> str:
    """How right the predictions are."""
    if found.truth is None:
        return "the data have no target: nothing to score"
    if model.kind == "regression":
        r2 = found.scores["r2"]
        return f"R2 {'-' if r2 is None else f'{r2:.4f}'}, RMSE {number(found.scores['rmse'])}"
    unknown = found.scores["unknown_classes"]
    tail = f"; {count(unknown, 'row')} of a class the model does not know" if unknown else ""
    return f"accuracy {found.scores['accuracy']:.4f}, {found.scores['right']:,} of {len(found.rows):,} rows right{tail}"


def show(model: "Model", table: "Table", found: Predictions, format: str, out_file: str | None) -> None:
    """The predictions on standard output; in the table only a few where a file holds them all."""
    columns = columns_of(model, found)
    if format == "json":
        out(as_json(summary(model, table, found)))
        return
    if format == "csv":
        say(score_line(model, found))
        out(as_csv(list(columns), zip(*columns.values(), strict=True)))
        return
    rows = [list(columns), *([cell(value) for value in row] for row in zip(*shortened(columns), strict=True))]
    left = len(found.rows) - MOST_ROWS
    more = [f"  ... and {left:,} more; --format csv shows them all"] if left > 0 and out_file is None else []
    about = model.about
    trained = f"model trained on {about.get('source', '?')}: {about.get('minimised', '?')}"
    head = [f"{table.source}, {count(len(table), 'row')}, {trained}", score_line(model, found)]
    out("\n".join([*head, "", *aligned(rows, indent=2), *more]))


def shortened(columns: dict[str, list[Any]]) -> list[list[Any]]:
    return [values[:MOST_ROWS] for values in columns.values()]


def cell(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def summary(model: "Model", table: "Table", found: Predictions) -> dict[str, Any]:
    """Plain JSON values; numbers that are not finite are strings."""
    import json

    from ...records.storage import dumps

    whole: dict[str, Any] = {
        "data": {"source": table.source, "rows": len(table)}, "model": {"kind": model.kind, **model.about},
        "classes": model.classes, "scores": found.scores or None, "row": found.rows, "predicted": found.predicted,
        "probabilities": found.probabilities, "true": found.truth,
    }  # fmt: skip
    plain: dict[str, Any] = json.loads(dumps(whole))
    return plain


def tell_written(model: "Model", found: Predictions, path: str) -> None:
    columns = columns_of(model, found)
    text = as_csv(list(columns), zip(*columns.values(), strict=True))
    write_text(path, text + "\n")
    say(f"wrote {path}")


command = PredictCommand(
    "predict", help=_HELP, short_help="Label the rows of a data set by a saved model.", callback=predict_rows,
    params=[
        click.Argument(["model"]), click.Argument(["data"]),
        Flag(["--proba"], section="Output", is_flag=True, help="the probability of each class too"),
        Flag(["--classes"], section="Data", type=Vector(), help="of the built-in digits: which of them"),
        format_flag("all rows"),
        Flag(["--out", "out_file"], section="Output", metavar="FILE", help="write all rows to this .csv"),
    ],
)  # fmt: skip
