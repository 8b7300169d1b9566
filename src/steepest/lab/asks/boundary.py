"""``boundary``: what a model of two columns predicts all over their plane, with the rows on it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...problems.tables.table import Column
from ...problems.targets import label_texts
from ..learning import Learning, held_run
from ..reading import whole
from ..work import Job
from .judge import certainty
from .problem import window_given

__all__ = ["ask"]

slow = False
WIDE, HIGH = 160, 120
MOST_POINTS = 2000
MARGIN = 0.08
"""Of the columns' range, that is shown beyond it."""
Array = NDArray[np.float64]


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"key", "row"?, "view"?: {"x": [low, high], "y": [low, high]}}`` in the columns' own units, for a run on two
    columns of numbers. ``values`` are the numbers of the classes (or values), ``confidence`` from 0 to 1: a probability
    where the loss has one, else the distance from the boundary against the farthest shown."""
    found = held_run(arguments.get("key"), job.held)
    learning, last = found.learning, len(found.run.history) - 1
    row = whole(arguments.get("row", last), "row", 0, last)
    plans = learning.data.parts.preparation.columns
    if len(plans) != 2 or any(plan.categories is not None for plan in plans):
        raise ArgumentError("features must be two columns of numbers for a boundary; choose them and train again")
    points = points_of(learning)
    window = window_given(arguments["view"], 2) if arguments.get("view") is not None else window_of(points)
    x, y = (np.linspace(low, high, size) for (low, high), size in zip(window, (WIDE, HIGH), strict=True))
    grid = np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)
    w = found.weights(row)
    o = learning.outputs(w, prepared(plans, grid))
    if not np.isfinite(o).all():
        raise ArgumentError(f"row {row:,} has weights that are not finite, or outputs: it predicts nothing")
    predicted = learning.predictions(o)
    places = np.stack((points["x"], points["y"]), axis=1)
    points["predicted"] = learning.predictions(learning.outputs(w, prepared(plans, places)))
    return {
        "row": row, "kind": learning.data.kind, "features": [plan.name for plan in plans],
        "view": {"x": window[0].tolist(), "y": window[1].tolist()}, "shape": [HIGH, WIDE],
        "values": predicted.reshape(HIGH, WIDE), "confidence": sureness(learning, o, predicted).reshape(HIGH, WIDE),
        "classes": label_texts(learning.labels) if learning.classifies else None, "points": points,
    }  # fmt: skip


def prepared(plans: Any, places: Array) -> Array:
    """Places in the columns' own units (points, 2) as the model takes them."""
    X = np.empty(places.shape)
    for k, plan in enumerate(plans):
        plan.apply(Column(plan.name, places[:, k]), lambda i: f"point {i}", X[:, k : k + 1])
    return X


def sureness(learning: Learning, o: Array, predicted: Array) -> Array:
    """(points,) from 0 to 1; of a regression how high the value is between the lowest and the highest."""
    if not learning.classifies:
        low, high = float(predicted.min()), float(predicted.max())
        return np.asarray((predicted - low) / (high - low or 1.0))
    kind, p = certainty(learning, o)
    own = p[np.arange(len(p)), predicted.astype(int)]
    if kind == "probability":
        return np.asarray(own)
    others = np.where(np.arange(p.shape[1]) == predicted[:, None], -np.inf, p).max(axis=1)
    lead = own - others
    return np.asarray(lead / (lead.max() or 1.0))


def points_of(learning: Learning) -> dict[str, Any]:
    """Rows of the table in the plane, evenly chosen where they are many: what they are, and of which part."""
    table, parts = learning.data.whole, learning.data.parts
    first, second = (table.column(plan.name).values for plan in parts.preparation.columns)
    rows = np.concatenate((parts.train_rows, parts.test_rows))
    tested = np.arange(len(rows)) >= len(parts.train_rows)
    if len(rows) > MOST_POINTS:
        picked = np.unique(np.linspace(0, len(rows) - 1, MOST_POINTS).astype(int))
        rows, tested = rows[picked], tested[picked]
    assert table.target is not None
    at, y = rows - 1, table.target.values
    labels = learning.truth(y[at].astype(str) if table.target.categorical else y[at])
    return {
        "x": first[at], "y": second[at], "label": labels, "part": ["test" if one else "train" for one in tested],
        "index": rows.tolist(),
    }  # fmt: skip


def window_of(points: dict[str, Any]) -> Array:
    """The rows with a margin, (2, 2)."""
    sides = []
    for values in (points["x"], points["y"]):
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        margin = MARGIN * (high - low) or 1.0
        sides.append([low - margin, high + margin])
    return np.array(sides)
