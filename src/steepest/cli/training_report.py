"""What ``train`` shows: the lines of the terminal, the summary, the pictures."""

from typing import TYPE_CHECKING, Any, NamedTuple

from ..base.text import duration, number
from ..problems.tables import Parted
from .tables import aligned
from .training_data import data_lines
from .training_model import Score, described

if TYPE_CHECKING:
    from ..plots.display import Display

__all__ = ["Report", "lines", "pictures", "summary", "whole_picture"]

MOST_CLASSES = 12
"""Classes up to which the confusion matrix is written out."""
LONGEST = 14
"""Letters of a class's name in that matrix."""
MOST_IMAGES = 40


class Report(NamedTuple):
    """All that is known at the end. ``confusion`` (classes, classes) counts the rows held out, or the training rows
    where there are none; None for a regression."""

    data: Parted
    estimator: Any
    scores: list[Score]
    notes: list[str]
    seed: int
    confusion: Any
    labels: list[str]

    @property
    def part(self) -> str:
        return "training rows" if self.data.test is None else "test rows"


# -- lines -----------------------------------------------------------------------------------------------------------


def lines(report: Report) -> list[str]:
    """The whole report in text."""
    from ..verbs.report import head_lines

    run = report.estimator.run_
    method = head_lines(run)[1].replace(f"seed {run.recipe['seed']}", f"seed {report.seed}")  # drawn from it
    return [
        *data_lines(report.data, report.seed), f"{method}   {described(report.estimator)}", "",
        *outcome_lines(report), "", *score_lines(report.scores), *confusion_lines(report),
    ]  # fmt: skip


def outcome_lines(report: Report) -> list[str]:
    """How training ended; w, which has as many numbers as there are features, is left out."""
    from ..verbs.report import end_lines
    from .minimize_flags import flags_of

    run = report.estimator.run_
    spelled = flags_of(run.recipe["method"])
    found = [plain(line) for line in end_lines(run, spelled) if not line.startswith("  w  ")]
    if report.estimator.early_stopping:  # the callback was the estimator's
        found[0] = found[0].replace("the callback stopped it", "the validation score no longer rose")
    scores = report.estimator.validation_scores_
    notes = [f"  note  {note}" for note in report.notes]
    if scores:
        best = f"the best of {len(scores):,} validation scores is {number(max(scores))}, the last {number(scores[-1])}"
        notes.append(f"  note  {best}")
    if run.failed:
        notes.append("  note  the model has the weights of the lowest objective")
    return [found[0], *notes, *found[1:]]


def plain(line: str) -> str:
    """A line of the run's report without what only Python can be asked for."""
    return line.partition(": w is that of the scaled columns")[0].partition(", w = (")[0]


def score_lines(scores: list[Score]) -> list[str]:
    """A row for each model."""
    names = list(scores[0].train)
    titles = {"accuracy": "accuracy", "r2": "R2", "rmse": "RMSE"}
    parts = ["train", "test"] if scores[0].test is not None else ["train"]
    rows = [["", *(f"{part} {titles[name]}" for name in names for part in parts), "fit in"]]
    for score in scores:
        cells = [shown(name, (score.train, score.test or {})[part == "test"].get(name))
                 for name in names for part in parts]  # fmt: skip
        time = duration(score.seconds) if score.seconds else ""
        rows.append([score.name, *cells, "  ".join(word for word in (time, score.note) if word)])
    return aligned(rows, indent=2)


def shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return number(value) if name == "rmse" else f"{round(value, 4) + 0.0:.4f}"  # no -0.0000


def confusion_lines(report: Report) -> list[str]:
    """A row for each true class, a column for each predicted one."""
    if report.confusion is None or len(report.labels) > MOST_CLASSES:
        return []
    names = [label if len(label) <= LONGEST else f"{label[: LONGEST - 3]}..." for label in report.labels]
    cells = [[f"{count:,}" for count in row] for row in report.confusion.tolist()]
    widths = [max(len(name), *(len(row[k]) for row in cells)) for k, name in enumerate(names)]
    side = max(map(len, names))

    def line(first: str, words: list[str]) -> str:
        return f"  {first:<{side}}  " + "  ".join(w.rjust(n) for w, n in zip(words, widths, strict=True))

    rows = [line(name, row) for name, row in zip(names, cells, strict=True)]
    return ["", f"{report.part} by true class (down) and predicted class (across)", line("", names), *rows]


# -- the summary -----------------------------------------------------------------------------------------------------


def summary(report: Report) -> dict[str, Any]:
    """Plain JSON values; numbers that are not finite are strings."""
    import json

    from ..records.storage import dumps

    data, estimator = report.data, report.estimator
    run, table = estimator.run_, data.table
    whole = json.loads(run.to_json())
    whole.pop("w")
    whole.pop("best")
    found = {
        "data": {
            "source": table.source, "kind": table.kind, "target": table.target.name if table.target else None,
            "rows": len(table), "columns": len(table.names), "features": len(data.train.feature_names),
            "train_rows": int(data.train.X.shape[0]),
            "test_rows": 0 if data.test is None else int(data.test.X.shape[0]), "seed": report.seed,
            "impute": data.preparation.impute, "standardize": data.preparation.standardize, "filled": data.filled,
            "classes": report.labels or None,
        },
        "model": {"minimised": described(estimator), "notes": report.notes},
        "scores": [
            {"name": s.name, "train": s.train, "test": s.test, "seconds": s.seconds, "note": s.note}
            for s in report.scores
        ],
        "confusion": None if report.confusion is None else {
            "rows": report.part, "labels": report.labels, "matrix": report.confusion.tolist(),
        },
        "loss_curve": {"start": run.f_start, "after": estimator.loss_curve_},
        "validation_scores": estimator.validation_scores_, "run": whole,
    }  # fmt: skip
    summary: dict[str, Any] = json.loads(dumps(found))
    return summary


# -- pictures --------------------------------------------------------------------------------------------------------


def pictures(report: Report) -> "dict[str, Display]":
    """``loss``, ``confusion`` of a classification, ``weights`` where a row is an image; not drawn yet."""
    from ..plots.confusion import confusion_of
    from ..plots.images import images_of
    from ..plots.loss import loss_of
    from ..plots.rows import what_f_is

    run, source = report.estimator.run_, report.data.table.source
    title = f"{run.recipe['method']['name']} on {source}"
    penalised = run.problem.l1 or run.problem.l2
    found = {"loss": loss_of([run.record], title=title, ylabel=what_f_is(run.problem) + " + penalty" * bool(penalised))}
    if report.confusion is not None:
        found["confusion"] = confusion_of(report.confusion, report.labels, title=f"{source}, {report.part}")
    images = weight_images(report)
    if images is not None and len(images) <= MOST_IMAGES:
        names = report.labels if len(images) > 1 else [f"towards {report.labels[1]}" if report.labels else "weights"]
        title = f"{source}: what each pixel adds" if len(images) > 1 else "what each pixel adds"
        found["weights"] = images_of(
            images, titles=names, diverging=True, title=title, value_label="weight x spread of the pixel"
        )
    return found


def weight_images(report: Report) -> Any:
    """(outputs, height, width), or None where a row of the data is no image. Each weight is multiplied by its pixel's
    spread over the training rows: the bare weight of a pixel that is hardly ever inked is large and means little."""
    import numpy as np

    shape, weights = report.data.preparation.image_shape, np.atleast_2d(report.estimator.coef_)
    if shape is None or shape[0] * shape[1] != weights.shape[1]:
        return None
    return (weights * report.data.train.X.std(axis=0)).reshape(-1, *shape)


def whole_picture(parts: "dict[str, Display]") -> "Display":
    """All of them in one figure: loss and confusion side by side, the weights below; a single image beside them.

    ``data``: that of each part by its name, title.
    """
    from ..plots.display import Display

    if len(parts) == 1:
        return next(iter(parts.values()))
    few = "weights" in parts and len(parts["weights"].data["images"]) == 1
    layout = (("loss", "confusion", "weights"),) if few else (("loss", "confusion"), ("weights",))
    rows = [row for row in ([name for name in names if name in parts] for names in layout) if row]
    sizes = {name: part._size for name, part in parts.items()}
    heights = [max(sizes[name][1] for name in row) for row in rows]
    width = max(sum(sizes[name][0] for name in row) for row in rows)

    def draw(ax: Any, data: dict[str, Any]) -> Any:
        place, figure = ax.get_subplotspec(), ax.figure
        ax.remove()
        outer = place.subgridspec(len(rows), 1, height_ratios=heights)
        drawn = []
        for k, row in enumerate(rows):
            inner = outer[k].subgridspec(1, len(row), width_ratios=[sizes[name][0] for name in row])
            drawn += [parts[name].plot(figure.add_subplot(inner[j])).ax_ for j, name in enumerate(row)]
        return [one for axes in drawn for one in (axes.flat if hasattr(axes, "flat") else [axes])]

    data = {"view": "training", "title": parts["loss"].title, **{name: part.data for name, part in parts.items()}}
    return Display(data, draw, (width, sum(heights)))
