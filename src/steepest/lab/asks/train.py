"""``train``: a linear model trained on data: loss, errors and weights row by row, while it works and after."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import SteepestError
from ...engines.task import updates_a_row
from ...problems.targets import label_texts
from ...verbs import report
from ...verbs.limits import stability_limit
from ..learning import Learning, Trained, trained
from ..work import Job

__all__ = ["ask", "spaced", "told"]

slow = work = True
ERROR_ROWS, LEAST_ROWS, MOST_WORK = 200, 20, 4_000_000_000
"""Rows that errors are counted at; fewer where that is more than so many products."""
WEIGHT_ROWS, MOST_NUMBERS, MOST_NAMES = 120, 1_000_000, 20_000
"""Rows whose weights are sent, and numbers: 1 million are 11 MB of text; columns that are named."""
LIMIT_WORK = 2_000_000
"""Numbers of the data times weights up to which the stability limit of batches is worked out."""
Array = NDArray[np.float64]


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"data", "model", "run", "epochs"}``. It may be paused, resumed and stopped: the answer is what there is."""
    job.progress(0.0, "reading the data")
    learning = Learning(arguments, job.held)
    job.progress(0.0, "getting ready")
    return told(trained(learning, job, live=True), job)


def told(found: Trained, job: Job) -> dict[str, Any]:
    """A run on data as the page holds it. Arrays have an entry a recorded row; ``error_rows`` and ``weights.rows`` say
    which of these rows theirs are."""
    run, learning = found.run, found.learning
    history, record = run.history, run.record
    name = run.outcome.name if run.outcome is not None else "RUNNING"
    batch = record.setup["batch_size"]
    passes = None if history.n_grad is None else history.n_grad.astype(float)
    each = updates_a_row(learning.model, batch)
    job.progress(1.0, "counting errors")
    rows, errors = errors_of(found, job)
    return {
        "key": found.key, "outcome": name, "state": "good" if run.success else "bad" if run.failed else "",
        "sentence": sentence_of(found, name), "method": report.method_line(record),
        "advice": record.advice, "fields": record.setup["method"], "unit": record.unit, "nit": run.nit, "f": run.f,
        "limit": limit_of(learning, job) if batch is None else known_limit(learning, job),
        "seconds": run.seconds - sum(length for _, length in found.pauses),
        "engine": run.engine, "stopped": found.stopped, "iteration": history.iteration.astype(float),
        "values": history.f, "error_rows": rows, "error_train": errors["train"], "error_test": errors["test"],
        "epochs_axis": passes, "gradients_axis": (history.iteration * each).astype(float),
        "samples_axis": None if passes is None else passes * learning.model.rows,
        "seconds_axis": worked_seconds(history.seconds, found.pauses),
        "weights": weights_of(found), "coefficient_scale": scale_of(found),
        "feature_names": list(learning.data.parts.train.feature_names[:MOST_NAMES]),
        "classes": classes_of(learning), "train_rows": learning.model.rows,
        "image_shape": learning.data.parts.table.image_shape, "loss": learning.model.loss_name,
    }  # fmt: skip


def sentence_of(found: Trained, name: str) -> str:
    """The run's message after its outcome; what stopped it for the library is the page's wish."""
    sentence = found.run.message.removeprefix(name).strip()
    return sentence.replace("the callback stopped it", "you stopped it") if found.stopped else sentence


def classes_of(learning: Learning) -> list[str] | None:
    return label_texts(learning.labels) if learning.classifies else None


def spaced(rows: int, most: int) -> NDArray[np.int64]:
    """At most ``most`` of so many rows: all, else closer together at the beginning; the first and the last always."""
    if rows <= most:
        return np.arange(rows)
    if most < 3:
        return np.array([0, rows - 1][-most:])
    between = np.geomspace(1, rows - 1, most - 1).round().astype(np.int64)
    return np.unique(np.concatenate(([0], between)))


def errors_of(found: Trained, job: Job) -> tuple[list[int], dict[str, Array | None]]:
    """The rows, and the errors at them over the rows trained on and those held out."""
    learning, run = found.learning, found.run
    parts = learning.data.parts
    held = ["train"] if parts.test is None else ["train", "test"]
    numbers = sum(int(X.nnz if hasattr(X, "nnz") else X.size) for X in (learning.part(name)[0] for name in held))
    most = int(np.clip(MOST_WORK // (numbers * learning.model.outputs_per_row + 1), LEAST_ROWS, ERROR_ROWS))
    chosen = spaced(len(run.history), most)
    errors: dict[str, Array | None] = {"train": None, "test": None}
    for name in held:
        X, truth, _ = learning.part(name)
        values = []
        for row in chosen:
            job.stop_if_cancelled()
            values.append(learning.error(learning.outputs(found.weights(int(row)), X), truth))
        errors[name] = np.array(values)
    return chosen.tolist(), errors


def weights_of(found: Trained) -> dict[str, Any]:
    """Some rows' weights, (rows, features, outputs), and their intercepts, (rows, outputs)."""
    model, history = found.learning.model, found.run.history
    chosen = spaced(len(history), int(np.clip(MOST_NUMBERS // model.n, 1, WEIGHT_ROWS)))
    assert history.w is not None
    w = history.w[chosen].reshape(len(chosen), -1, model.outputs_per_row)
    return {
        "rows": chosen.tolist(), "values": w[:, model.base :],
        "intercepts": w[:, 0] if model.base else np.zeros((len(chosen), model.outputs_per_row)),
    }  # fmt: skip


def scale_of(found: Trained) -> float:
    """The largest |coefficient| among the rows sent."""
    values = np.abs(weights_of(found)["values"])
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0


def worked_seconds(seconds: Array | None, pauses: tuple[tuple[float, float], ...]) -> Array | None:
    """Without the time that the run stood still."""
    if seconds is None:
        return None
    found = np.array(seconds, dtype=float)
    for at, length in pauses:
        found[seconds > at] -= length
    return found


def limit_of(learning: Learning, job: Job) -> float | None:
    """The largest stable learning rate at the start, worked out once for all rates; null where there is none, or it
    takes long."""
    words = learning.words_but("learning_rate")
    if job.held.limits.get(words) is None:
        job.held.limits.put(words, (stable_limit(learning, learning.batch_size),), {})
    return known_limit(learning, job)


def known_limit(learning: Learning, job: Job) -> float | None:
    """The same where it was worked out before: that of batches takes longer than many a training."""
    found: tuple[float | None] | None = job.held.limits.get(learning.words_but("learning_rate"))
    return None if found is None else found[0]


def stable_limit(learning: Learning, batch: int | None) -> float | None:
    X = learning.model.X
    numbers = int(X.nnz if hasattr(X, "nnz") else X.size)
    if batch is not None and numbers * learning.model.n > LIMIT_WORK:
        return None
    others = {name: value for name, value in learning.fields.items() if name != "learning_rate"}
    try:
        limit = float(stability_limit(learning.model, learning.method, batch_size=batch, **others))
    except SteepestError:
        return None
    return limit if np.isfinite(limit) else None
