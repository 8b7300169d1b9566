"""``judge``: what the weights of one row of a run get right and wrong: the confusion matrix, the rows to look at."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...problems.targets import label_texts, probabilities
from ..learning import Learning, Trained, held_run
from ..reading import whole
from ..work import Job
from .table import cell_text

__all__ = ["ask", "certainty"]

slow = False
MOST_LISTED, MOST_PAIRS, MOST_CELLS = 60, 2000, 30
"""Rows that are listed, pairs that are drawn, columns of a row that are told."""
Array = NDArray[np.float64]


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"key", "row"?: recorded row, "part"?: "test" | "train", "cell"?: [true, predicted]}``; by default the last row
    and the rows held out, if any. With a cell only the rows of that cell of the matrix are listed."""
    found = held_run(arguments.get("key"), job.held)
    learning, last = found.learning, len(found.run.history) - 1
    row = whole(arguments.get("row", last), "row", 0, last)
    held_out = learning.data.parts.test is not None
    part = arguments.get("part") or ("test" if held_out else "train")
    if part not in ("test", "train"):
        raise ArgumentError(f"part must be 'test' or 'train'; got {part!r}")
    X, truth, rows = learning.part(part)
    o = learning.outputs(found.weights(row), X)
    if not np.isfinite(o).all():
        raise ArgumentError(f"row {row:,} has weights that are not finite, or outputs: it predicts nothing")
    head = {"kind": learning.data.kind, "row": row, "part": part, "rows": len(truth)}
    if learning.classifies:
        return head | classified(learning, o, truth, rows, cell_of(arguments.get("cell"), len(learning.labels)))
    return head | measured(found, o, truth, rows)


def cell_of(given: Any, classes: int) -> tuple[int, int] | None:
    """A cell of the matrix, as the numbers of its classes."""
    if given is None:
        return None
    if not isinstance(given, list) or len(given) != 2:
        raise ArgumentError("cell must be [true, predicted], the numbers of two classes")
    return whole(given[0], "cell", 0, classes - 1), whole(given[1], "cell", 0, classes - 1)


# -- classes -----------------------------------------------------------------------------------------------------------


def classified(
    learning: Learning, o: Array, truth: Array, rows: NDArray[np.int64], cell: tuple[int, int] | None
) -> dict[str, Any]:
    names = label_texts(learning.labels)
    true, predicted = truth.astype(int), learning.predictions(o).astype(int)
    matrix = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(matrix, (true, predicted), 1)
    kind, p = certainty(learning, o)
    wanted = true != predicted if cell is None else (true == cell[0]) & (predicted == cell[1])
    picked = np.flatnonzero(wanted)
    lead = p[picked, predicted[picked]] - p[picked, true[picked]]
    picked = picked[np.argsort(-lead, kind="stable")][:MOST_LISTED]
    train = learning.part("train")[1].astype(int)
    usual = int(np.bincount(train, minlength=len(names)).argmax())
    return {
        "accuracy": float((true == predicted).mean()), "constant": float((true == usual).mean()),
        "constant_class": names[usual], "classes": names, "matrix": matrix.tolist(),
        "wrong_count": int((true != predicted).sum()), "listed_of": int(wanted.sum()),
        "wrong": [
            {
                "index": int(rows[i]), "true": names[true[i]], "predicted": names[predicted[i]],
                kind: float(p[i, predicted[i]] if kind == "probability" else abs(p[i, predicted[i]])),
                "values": values_of(learning, int(rows[i])),
            }
            for i in picked
        ],
    }  # fmt: skip


def certainty(learning: Learning, o: Array) -> tuple[str, Array]:
    """``("probability", p)`` where the loss gives probabilities, else ``("margin", outputs)``, both (rows, classes)."""
    loss = learning.model.loss
    if hasattr(loss, "fold") or hasattr(loss, "probability"):
        return "probability", probabilities(loss, o)
    if o.ndim == 2:
        return "margin", o
    middle = 0.0 if learning.model.classes is not None else float(learning.labels.mean())
    return "margin", np.stack((middle - o, o - middle), axis=1)


# -- values ------------------------------------------------------------------------------------------------------------


def measured(found: Trained, o: Array, truth: Array, rows: NDArray[np.int64]) -> dict[str, Any]:
    learning = found.learning
    predicted = learning.predictions(o)
    mean = float(learning.part("train")[1].mean())
    off = np.abs(predicted - truth)
    worst = np.argsort(-off, kind="stable")[:MOST_LISTED]
    drawn = (
        np.unique(np.linspace(0, len(truth) - 1, MOST_PAIRS).astype(int)) if len(truth) > MOST_PAIRS else slice(None)
    )
    with np.errstate(all="ignore"):
        spread = float(((truth - truth.mean()) ** 2).sum())
        return {
            "rmse": float(np.sqrt(np.mean((predicted - truth) ** 2))),
            "constant": float(np.sqrt(np.mean((mean - truth) ** 2))),
            "r2": 1 - float(((predicted - truth) ** 2).sum()) / spread if spread > 0 else None,
            "pairs": np.column_stack((truth, predicted))[drawn],
            "worst": [
                {
                    "index": int(rows[i]), "true": float(truth[i]), "predicted": float(predicted[i]),
                    "margin": float(off[i]), "values": values_of(learning, int(rows[i])),
                }
                for i in worst
            ],
        }  # fmt: skip


# -- a row -------------------------------------------------------------------------------------------------------------


def values_of(learning: Learning, number: int) -> Any:
    """What row ``number`` (from 1) holds: the pixels of an image, else [name, text] of its first columns."""
    table = learning.data.whole
    if table.sparse is not None:
        row = table.sparse[number - 1]
        names = table.names
        return [[names[int(j)], cell_text(float(v))] for j, v in zip(row.indices[:MOST_CELLS], row.data, strict=False)]
    if table.image_shape is not None:
        return np.array([column.values[number - 1] for column in table.columns])
    return [[column.name, cell_text(column.values[number - 1])] for column in table.columns[:MOST_CELLS]]
